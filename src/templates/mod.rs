//! Templates of the user's: instead of one of ours, or for a kind that we have none for.
//!
//! They come from a directory that whoever calls the compiler reads for it, through a [`Reader`]:
//!
//! ```text
//! rollout.yaml                            a kind of its own: `kind: Rollout` in functions.yaml
//! service.serving.knative.dev.yaml        the same, where the name of the kind alone is taken
//! deployment.yaml                         instead of ours
//! parts.yaml                              neither, to be included by others
//! schemas/argoproj.io/Rollout.json        what objects of a kind of its own are checked against
//! ```

mod read;

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;

pub use read::read;

use crate::schema::fault::Checker;

/// The most that all files of a directory may have together, in bytes.
pub const MOST_BYTES: usize = 4 * 1024 * 1024;
/// The most files it may have.
pub const MOST_FILES: usize = 1000;

/// Where templates are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Directory<'a> {
    /// As it is named on the command line.
    Given(&'a str),
    /// As a file names it: a relative path without `..`, from where that file is.
    Beside {
        /// The file's name, as it was given to the compiler.
        file: &'a str,
        /// The path.
        path: &'a str,
    },
}

/// Reads directories for the compiler, which itself reads nothing.
pub trait Reader: fmt::Debug + Sync {
    /// All regular files of a directory and the directories in it: their paths from there,
    /// separated by `/`, and contents. No link is followed out of it. No more is read than
    /// [`MOST_BYTES`] and [`MOST_FILES`] and what shows that there is more.
    ///
    /// # Errors
    /// Why it cannot be read, as a few words to be shown.
    fn files(&self, directory: Directory<'_>) -> Result<Vec<(String, Vec<u8>)>, String>;
}

/// Whoever reads for the compiler; nobody by default, and then no directory can be named.
#[derive(Clone, Debug, Default)]
pub struct Files(pub Option<Arc<dyn Reader + Send>>);

impl Files {
    fn files(&self, directory: Directory<'_>) -> Result<Vec<(String, Vec<u8>)>, String> {
        match &self.0 {
            Some(reader) => reader.files(directory),
            None => Err("no files are read here".to_owned()),
        }
    }
}

/// The same reader, or none in both.
impl PartialEq for Files {
    fn eq(&self, other: &Self) -> bool {
        match (&self.0, &other.0) {
            (Some(one), Some(other)) => Arc::ptr_eq(one, other),
            (one, other) => one.is_none() && other.is_none(),
        }
    }
}

impl Eq for Files {}

/// The templates of one directory.
#[derive(Debug, Default)]
pub struct Templates {
    /// Their names and texts.
    pub texts: BTreeMap<String, String>,
    /// The kinds they add.
    pub kinds: Vec<UserKind>,
    /// Schemas by group and kind.
    schemas: BTreeMap<(String, String), Checker>,
}

/// A kind that a template of the user's adds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UserKind {
    /// Its API group and version.
    pub api_version: String,
    /// Its name.
    pub kind: String,
    /// The template's file.
    pub template: String,
    /// Whether its template asks how many replicas there are: then an autoscaler and a disruption
    /// budget have a meaning too.
    pub scaled: bool,
}

impl UserKind {
    /// The API group; empty for the core one.
    #[must_use]
    pub fn group(&self) -> &str {
        self.api_version
            .split_once('/')
            .map_or("", |(group, _)| group)
    }

    /// Whether this is the kind that is written as `Rollout` or `Rollout.argoproj.io`.
    #[must_use]
    pub fn is(&self, written: &str) -> bool {
        match written.split_once('.') {
            Some((kind, group)) => kind == self.kind && group == self.group(),
            None => written == self.kind,
        }
    }
}

impl Templates {
    /// What objects of a kind are checked against, if there is a schema for it.
    #[must_use]
    pub fn schema(&self, kind: &UserKind) -> Option<&Checker> {
        self.schemas
            .get(&(kind.group().to_owned(), kind.kind.clone()))
    }

    /// The kind with that API version and name.
    #[must_use]
    pub fn kind(&self, api_version: &str, kind: &str) -> Option<&UserKind> {
        let mut kinds = self.kinds.iter();
        kinds.find(|one| one.api_version == api_version && one.kind == kind)
    }
}
