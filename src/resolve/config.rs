//! Files that a function reads.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use sha2::{Digest, Sha256};

use crate::diag::codes::shape::{BAD_FORMAT, OUT_OF_RANGE};
use crate::diag::{Diagnostic, Report};
use crate::schema::{Located, Text};

/// The most that a ConfigMap holds, in bytes.
const MOST: usize = 1024 * 1024;

/// The longest name of a file in a ConfigMap.
const LONGEST: usize = 253;

/// Files that a function reads, below `/etc/config`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Config {
    /// Names and contents.
    pub files: BTreeMap<String, String>,
    /// What changes when a file does: a pod that has it as an annotation is replaced then.
    pub checksum: String,
}

pub(super) fn resolve(
    spec: Option<&Located<BTreeMap<String, Located<Text>>>>,
    report: &mut Report,
) -> Option<Config> {
    let located = spec.filter(|files| !files.is_empty())?;
    let mut size = 0;
    for (name, content) in &located.value {
        size += name.len() + content.0.len();
        let word = |b: u8| b.is_ascii_alphanumeric() || b"-_.".contains(&b);
        let good = !name.is_empty() && name.len() <= LONGEST && name.bytes().all(word);
        if !good || name.starts_with("..") || name == "." {
            let message = format!("`{}` is not a name of a file here", name.escape_debug());
            report.push(
                Diagnostic::at(&BAD_FORMAT, content.span, message)
                    .label("its key: letters, digits, `-`, `_` and `.` only, in no directory"),
            );
        }
    }
    if size > MOST {
        report.push(
            Diagnostic::at(&OUT_OF_RANGE, located.span, "the files are too large")
                .label(format!("{size} bytes, {MOST} at most"))
                .help("put large files into the image, or into a volume"),
        );
    }
    let files: BTreeMap<_, _> = located
        .iter()
        .map(|(name, content)| (name.clone(), content.value.0.clone()))
        .collect();
    let parts = files.iter().flat_map(|(name, content)| [name, content]);
    let checksum = fingerprint(parts.map(String::as_str));
    Some(Config { files, checksum })
}

/// The first half of SHA-256 over texts, each with its length, in hexadecimal.
pub fn fingerprint<'a>(texts: impl IntoIterator<Item = &'a str>) -> String {
    let mut hash = Sha256::new();
    for text in texts {
        hash.update((text.len() as u64).to_be_bytes());
        hash.update(text.as_bytes());
    }
    let mut hex = String::new();
    for byte in &hash.finalize()[..16] {
        let _ = write!(hex, "{byte:02x}");
    }
    hex
}

#[cfg(test)]
mod tests {
    use super::fingerprint;

    #[test]
    fn no_two_lists_of_texts_look_alike() {
        let lists: [&[&str]; 5] = [&[], &[""], &["a", "bc"], &["ab", "c"], &["a", "", "bc"]];
        let all = lists.map(|list| fingerprint(list.iter().copied()));
        for (index, one) in all.iter().enumerate() {
            assert_eq!(one.len(), 32);
            assert!(!all[..index].contains(one));
        }
    }
}
