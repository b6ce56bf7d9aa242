//! `.kubefunctl-inventory`: which files of a directory are ours, and what we wrote into them.
//!
//! One line a file, sorted, as `sha256sum` writes and checks them. While files are being written
//! a name may stand on several lines: what was in it, and what will be.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

use sha2::{Digest, Sha256};

/// The file's name.
pub(super) const NAME: &str = ".kubefunctl-inventory";

/// Our files, and the hashes of what may be in each.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Inventory {
    files: BTreeMap<String, BTreeSet<String>>,
}

impl Inventory {
    /// Reads an inventory. Lines that name anything but a plain file of the directory come back
    /// apart: nothing is ever done to what they name.
    pub(super) fn parse(text: &str) -> (Self, Vec<String>) {
        let mut inventory = Self::default();
        let mut strange = Vec::new();
        for line in text.lines().filter(|line| !line.trim().is_empty()) {
            match line.split_once("  ") {
                Some((hash, name)) if is_hash(hash) && is_plain(name) => {
                    inventory.add(name, hash.to_owned());
                }
                _ => strange.push(line.chars().take(200).collect()),
            }
        }
        (inventory, strange)
    }

    /// Adds what a file may hold.
    pub(super) fn add(&mut self, name: &str, hash: String) {
        self.files.entry(name.to_owned()).or_default().insert(hash);
    }

    /// Adds all of another one.
    pub(super) fn absorb(&mut self, other: &Self) {
        for (name, hashes) in &other.files {
            self.files
                .entry(name.clone())
                .or_default()
                .extend(hashes.iter().cloned());
        }
    }

    /// What a file of ours may hold; `None` for one that is not ours.
    pub(super) fn hashes(&self, name: &str) -> Option<&BTreeSet<String>> {
        self.files.get(name)
    }

    /// Our files, sorted.
    pub(super) fn names(&self) -> impl Iterator<Item = &str> {
        self.files.keys().map(String::as_str)
    }

    /// The file's text.
    pub(super) fn text(&self) -> String {
        let mut out = String::new();
        for (name, hashes) in &self.files {
            for hash in hashes {
                let _ = writeln!(out, "{hash}  {name}");
            }
        }
        out
    }
}

/// The hash of a text, with line endings as we write them: a checkout may have changed those.
pub(super) fn hash(bytes: &[u8]) -> String {
    let mut hasher = Sha256::new();
    let mut rest = bytes;
    while let Some(at) = rest.windows(2).position(|pair| pair == b"\r\n") {
        hasher.update(&rest[..at]);
        rest = &rest[at + 1..];
    }
    hasher.update(rest);
    let mut out = String::new();
    for byte in hasher.finalize() {
        let _ = write!(out, "{byte:02x}");
    }
    out
}

fn is_hash(text: &str) -> bool {
    text.len() == 64
        && text
            .bytes()
            .all(|b| b.is_ascii_digit() || (b'a'..=b'f').contains(&b))
}

/// Whether a name is that of a file right in the directory, as we write them: a path, a hidden
/// file, a drive or a name of one's own invention is none of ours.
pub(super) fn is_plain(name: &str) -> bool {
    let plain = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b"-._".contains(&b);
    name.ends_with(".yaml") && !name.starts_with(['.', '-']) && name.bytes().all(plain)
}

#[cfg(test)]
mod tests {
    use super::{Inventory, hash, is_plain};

    #[test]
    fn what_is_written_is_read() {
        let mut inventory = Inventory::default();
        inventory.add("b.yaml", hash(b"x\n"));
        inventory.add("a.yaml", hash(b"y\n"));
        inventory.add("a.yaml", hash(b"z\n"));
        let text = inventory.text();
        let lines: Vec<_> = text.lines().collect();
        assert!(
            lines[0].ends_with("  a.yaml") && lines[2].ends_with("  b.yaml"),
            "{text}"
        );
        assert_eq!(Inventory::parse(&text), (inventory.clone(), vec![]));
        assert_eq!(
            Inventory::parse(&text.replace('\n', "\r\n")),
            (inventory, vec![])
        );
    }

    #[test]
    fn only_plain_names_are_ours() {
        assert!(is_plain("deployment-shop-a.yaml") && is_plain("kustomization.yaml"));
        for name in [
            "../a.yaml",
            "/etc/a.yaml",
            "a/b.yaml",
            "a\\b.yaml",
            "..",
            ".",
            "",
            ".yaml",
            "c:a.yaml",
            "a.yaml\0",
            "passwd",
            "A.yaml",
            "-rf.yaml",
            "a b.yaml",
        ] {
            assert!(!is_plain(name), "{name}");
            let (inventory, strange) = Inventory::parse(&format!("{}  {name}\n", hash(b"")));
            assert_eq!(
                (inventory, strange.len()),
                (Inventory::default(), 1),
                "{name}"
            );
        }
        assert_eq!(Inventory::parse("nonsense\n").1, ["nonsense"]);
    }

    #[test]
    fn line_endings_do_not_count() {
        assert_eq!(hash(b"a\r\nb\r\n"), hash(b"a\nb\n"));
        assert_ne!(hash(b"a\rb"), hash(b"a\nb"));
        // As `sha256sum` has it.
        assert_eq!(
            hash(b"abc"),
            "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
        );
    }
}
