//! Directories of templates, read from the file system.

use std::io::{Error, Read};
use std::path::{Path, PathBuf};

use crate::templates::{Directory, MOST_BYTES, MOST_FILES, Reader};

/// Directories below a directory deeper than this are not looked into: schemas have one of their
/// group.
const DEEPEST: usize = 4;

/// Reads directories of the file system.
#[derive(Clone, Debug, Default)]
pub struct Folder {
    root: PathBuf,
}

impl Folder {
    /// A reader for files whose names are relative to `root`.
    #[must_use]
    pub fn below(root: &Path) -> Self {
        Self {
            root: root.to_owned(),
        }
    }

    fn place(&self, directory: Directory<'_>) -> PathBuf {
        match directory {
            Directory::Given(path) => self.root.join(path),
            Directory::Beside { file, path } => {
                let beside = Path::new(file).parent().unwrap_or(Path::new(""));
                self.root.join(beside).join(path)
            }
        }
    }
}

impl Reader for Folder {
    fn files(&self, directory: Directory<'_>) -> Result<Vec<(String, Vec<u8>)>, String> {
        let place = self.place(directory);
        // A link in the place of the directory would lead anywhere.
        let named = matches!(directory, Directory::Beside { .. });
        if named
            && place
                .symlink_metadata()
                .is_ok_and(|found| found.is_symlink())
        {
            return Err("it is a link".to_owned());
        }
        let mut files = Vec::new();
        let mut left = MOST_BYTES + 1;
        // Sorted, so that a directory that is too large is so on every machine alike.
        let entries = walkdir::WalkDir::new(&place)
            .max_depth(DEEPEST)
            .follow_links(false)
            .sort_by_file_name();
        for entry in entries {
            let entry = entry.map_err(|error| reason(&error))?;
            let inner = entry.path().strip_prefix(&place);
            let hidden =
                entry.depth() > 0 && entry.file_name().as_encoded_bytes().starts_with(b".");
            if entry.depth() == 0 && !entry.file_type().is_dir() {
                return Err("it is no directory".to_owned());
            }
            if !entry.file_type().is_file() || hidden {
                continue;
            }
            let Some(name) = inner.ok().and_then(Path::to_str) else {
                return Err("a name in it is not text".to_owned());
            };
            let bytes = read(entry.path(), left).map_err(|error| format!("{name}: {error}"))?;
            left -= bytes.len();
            files.push((name.replace('\\', "/"), bytes));
            if left == 0 || files.len() > MOST_FILES {
                break;
            }
        }
        Ok(files)
    }
}

/// The system's own words: those of the walk name the path, which differs between machines.
fn reason(error: &walkdir::Error) -> String {
    error
        .io_error()
        .map_or_else(|| "it leads in circles".to_owned(), Error::to_string)
}

#[allow(
    clippy::disallowed_methods,
    reason = "the command line is what reads files"
)]
fn read(path: &Path, most: usize) -> std::io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    let most = u64::try_from(most).unwrap_or(u64::MAX);
    std::fs::File::open(path)?
        .take(most)
        .read_to_end(&mut bytes)?;
    Ok(bytes)
}
