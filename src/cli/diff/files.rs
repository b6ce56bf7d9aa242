//! Files and folders of this machine.

use std::io::Read;
use std::path::{Path, PathBuf};

use crate::source::Limits;

/// A file that was read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Named {
    /// How it is called in messages.
    pub(super) name: String,
    pub(super) bytes: Vec<u8>,
}

/// Folders within folders, at most.
const DEEPEST: usize = 64;
/// Files of one operand, at most.
const MOST_FILES: usize = 100_000;
/// Their bytes, at most.
const MOST_BYTES: u64 = 512 << 20;

/// How much more may be read.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Budget {
    files: usize,
    bytes: u64,
}

impl Budget {
    /// Accounts for a file of that size.
    pub(super) fn take(&mut self, name: &str, size: u64) -> Result<(), String> {
        let limit = Limits::default().bytes;
        if usize::try_from(size).is_ok_and(|size| size > limit) {
            return Err(format!("{name} is larger than {} MiB", limit >> 20));
        }
        self.files += 1;
        self.bytes += size;
        if self.files > MOST_FILES || self.bytes > MOST_BYTES {
            return Err(format!(
                "there is more than can be compared: {MOST_FILES} files, {} MiB",
                MOST_BYTES >> 20
            ));
        }
        Ok(())
    }
}

/// Whether a path below a folder is that of a manifest, by its name; hidden ones are none.
pub(super) fn is_manifest(path: &str) -> bool {
    let ending = path.rsplit_once('.').map(|(_, ending)| ending);
    let hidden = path.split('/').any(|part| part.starts_with('.'));
    !hidden && matches!(ending, Some("yaml" | "yml" | "json"))
}

/// A stream, up to the bound.
pub(super) fn stream(name: &str, from: &mut impl Read) -> Result<Named, String> {
    let limit = u64::try_from(Limits::default().bytes).unwrap_or(u64::MAX);
    let mut bytes = Vec::new();
    from.take(limit.saturating_add(1))
        .read_to_end(&mut bytes)
        .map_err(|error| format!("cannot read {name}: {error}"))?;
    let mut budget = Budget::default();
    budget.take(name, u64::try_from(bytes.len()).unwrap_or(u64::MAX))?;
    Ok(Named {
        name: name.to_owned(),
        bytes,
    })
}

/// A file, or the manifests of a folder in the order of their names; none where there is nothing.
pub(super) fn read(path: &str) -> Result<Option<Vec<Named>>, String> {
    let cannot = |error: std::io::Error| format!("cannot read {path}: {error}");
    match std::fs::metadata(path) {
        Ok(found) if found.is_dir() => folder(Path::new(path)).map(Some),
        Ok(_) => Ok(Some(vec![file(path)?])),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(cannot(error)),
    }
}

/// Regular files only, here and in the folders below: a link may lead anywhere.
fn folder(top: &Path) -> Result<Vec<Named>, String> {
    let mut paths = Vec::new();
    list(top, DEEPEST, &mut paths)?;
    paths.sort();
    let mut budget = Budget::default();
    let mut files = Vec::new();
    for path in paths {
        let below = path.strip_prefix(top).unwrap_or(&path).to_string_lossy();
        if is_manifest(&below) {
            let file = file(&path.to_string_lossy())?;
            budget.take(
                &file.name,
                u64::try_from(file.bytes.len()).unwrap_or(u64::MAX),
            )?;
            files.push(file);
        }
    }
    Ok(files)
}

#[allow(
    clippy::disallowed_methods,
    reason = "the command line is what reads files"
)]
fn list(folder: &Path, depth: usize, paths: &mut Vec<PathBuf>) -> Result<(), String> {
    let cannot = |error: std::io::Error| format!("cannot read {}: {error}", folder.display());
    for entry in std::fs::read_dir(folder).map_err(cannot)? {
        let entry = entry.map_err(cannot)?;
        // Of the entry itself, not of what it may link to.
        let kind = entry.file_type().map_err(cannot)?;
        if kind.is_dir() && !entry.file_name().to_string_lossy().starts_with('.') {
            if depth == 0 {
                return Err(format!("{} is nested too deeply", folder.display()));
            }
            list(&entry.path(), depth - 1, paths)?;
        } else if kind.is_file() {
            paths.push(entry.path());
        }
        if paths.len() > MOST_FILES {
            return Err(format!(
                "{} holds more than {MOST_FILES} files",
                folder.display()
            ));
        }
    }
    Ok(())
}

#[allow(
    clippy::disallowed_methods,
    reason = "the command line is what reads files"
)]
fn file(path: &str) -> Result<Named, String> {
    let mut file =
        std::fs::File::open(path).map_err(|error| format!("cannot read {path}: {error}"))?;
    stream(path, &mut file)
}
