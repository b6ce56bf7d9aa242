//! What is wrong with a configuration file, and where.

use std::fmt;
use std::path::{Path, PathBuf};

/// A configuration file that cannot be used. Reads `file:line:column: reason`.
#[derive(Debug)]
pub struct ConfigError {
    path: PathBuf,
    place: Option<(usize, usize)>,
    reason: String,
    source: Option<std::io::Error>,
}

impl ConfigError {
    pub(super) fn unreadable(path: &Path, source: std::io::Error) -> Self {
        let path = path.to_owned();
        Self {
            path,
            place: None,
            reason: "cannot be read".into(),
            source: Some(source),
        }
    }

    pub(super) fn yaml(path: &Path, error: &serde_yaml::Error) -> Self {
        let place = error.location().map(|at| (at.line(), at.column()));
        Self::at(path, place, &error.to_string())
    }

    pub(super) fn json(path: &Path, error: &serde_json::Error) -> Self {
        Self::at(
            path,
            Some((error.line(), error.column())),
            &error.to_string(),
        )
    }

    pub(super) fn nesting(path: &Path, place: (usize, usize)) -> Self {
        Self::at(
            path,
            Some(place),
            "nested too deeply: a file of routes needs three levels",
        )
    }

    fn at(path: &Path, place: Option<(usize, usize)>, message: &str) -> Self {
        let place = place.filter(|&(line, _)| line > 0);
        // Both readers end their messages with the place, which ours begin with.
        let reason = match place {
            Some((line, column)) => {
                message.replacen(&format!(" at line {line} column {column}"), "", 1)
            }
            None => message.to_owned(),
        };
        Self {
            path: path.to_owned(),
            place,
            reason,
            source: None,
        }
    }

    /// Line and column of the fault, both from 1; `None` where the file as a whole is meant.
    #[must_use]
    pub fn place(&self) -> Option<(usize, usize)> {
        self.place
    }
}

impl fmt::Display for ConfigError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.path.display())?;
        if let Some((line, column)) = self.place {
            write!(f, ":{line}:{column}")?;
        }
        write!(f, ": {}", self.reason)
    }
}

impl std::error::Error for ConfigError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        self.source.as_ref().map(|source| source as _)
    }
}
