//! Where output is committed: one file, one for each environment, or a folder.

use super::files::{self, Named};
use super::git;

/// The usual file, and the usual folder.
const FILE: &str = "out.yaml";
const FOLDER: &str = "deploy";

/// A committed output.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Output {
    /// The file or the folder.
    pub(super) path: String,
    /// The environment it is for; empty where there is only one.
    pub(super) environment: String,
}

impl Output {
    /// `out.yaml`, `out.staging.yaml`, `deploy`; none for anything else.
    fn named(name: &str) -> Option<Self> {
        let environment = match name {
            FILE | FOLDER => "",
            name => name.strip_prefix("out.")?.strip_suffix(".yaml")?,
        };
        Some(Self {
            path: name.to_owned(),
            environment: environment.to_owned(),
        })
    }

    /// Whether the output is one file, whose bytes count.
    pub(super) fn is_file(&self) -> bool {
        self.path != FOLDER
    }
}

/// The outputs of the folder we are in.
pub(super) fn here() -> Result<Vec<Output>, String> {
    let names = std::fs::metadata(".").and_then(|_| names());
    let names = names.map_err(|error| format!("cannot read this directory: {error}"))?;
    let mut found: Vec<_> = names
        .iter()
        .filter_map(|name| Output::named(name))
        .collect();
    found.sort();
    Ok(found)
}

#[allow(
    clippy::disallowed_methods,
    reason = "the command line is what reads files"
)]
fn names() -> std::io::Result<Vec<String>> {
    let entries = std::fs::read_dir(".")?;
    entries
        .map(|entry| Ok(entry?.file_name().to_string_lossy().into_owned()))
        .collect()
}

/// The outputs that a commit has in the folder we are in.
pub(super) fn of(commit: &git::Commit) -> Result<Vec<Output>, String> {
    let names = git::names(commit)?;
    let mut found: Vec<_> = names
        .iter()
        .filter_map(|name| Output::named(name))
        .collect();
    found.sort();
    Ok(found)
}

/// The files of an output, now.
pub(super) fn read(output: &Output) -> Result<Vec<Named>, String> {
    let found = files::read(&output.path)?;
    found.ok_or_else(|| format!("there is no `{}`", output.path))
}
