//! Directories of another revision, for the compiler.

use std::path::{Component, Path, PathBuf};
use std::sync::Arc;

use super::git;
use crate::templates::{Directory, Files, Reader};

/// Reads what a commit has: a revision's input is rendered with its own templates.
#[derive(Clone, Debug)]
pub(super) struct AtCommit(pub(super) git::Commit);

impl From<AtCommit> for Files {
    fn from(reader: AtCommit) -> Self {
        Self(Some(Arc::new(reader)))
    }
}

impl Reader for AtCommit {
    fn files(&self, directory: Directory<'_>) -> Result<Vec<(String, Vec<u8>)>, String> {
        let place = match directory {
            Directory::Given(path) => PathBuf::from(path),
            Directory::Beside { file, path } => {
                Path::new(file).parent().unwrap_or(Path::new("")).join(path)
            }
        };
        // As git writes it, without `.`; what lies above or elsewhere is not the revision's.
        let mut names = Vec::new();
        for part in place.components() {
            match part {
                Component::Normal(name) => names.push(name.to_string_lossy()),
                Component::CurDir => {}
                _ => return Err("it lies outside of this directory".to_owned()),
            }
        }
        let place = names.join("/");
        let found = git::all(&self.0, &place)?;
        if found.is_empty() {
            return Err("the revision has no such directory".to_owned());
        }
        let below = |name: String| match name.strip_prefix(&format!("{place}/")) {
            Some(below) => below.to_owned(),
            None => name,
        };
        let files = found.into_iter();
        Ok(files.map(|file| (below(file.name), file.bytes)).collect())
    }
}
