//! Why a program of ours could not start or go on.

mod call;
mod failure;

pub use call::{CallError, CallErrorKind};
pub use failure::Failure;

use std::fmt;

use crate::config::ConfigError;

type Source = Box<dyn std::error::Error + Send + Sync>;

/// Why a function or a client could not start or go on.
///
/// The Debug form is what `main` prints for an error it returns, so it is written for people: the
/// error and its causes, one after the other.
pub struct Error {
    kind: Kind,
    source: Option<Source>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Kind {
    Config,
    Health(String),
    Process(&'static str),
}

impl Error {
    pub(crate) fn health(address: &str, source: std::io::Error) -> Self {
        Self {
            kind: Kind::Health(address.to_owned()),
            source: Some(source.into()),
        }
    }

    pub(crate) fn process(what: &'static str, source: impl Into<Source>) -> Self {
        Self {
            kind: Kind::Process(what),
            source: Some(source.into()),
        }
    }

    /// Whether the environment holds values that cannot be: the message names all of them.
    pub fn is_config(&self) -> bool {
        self.kind == Kind::Config
    }

    /// Whether the same program, started again, may well succeed.
    pub fn is_retryable(&self) -> bool {
        matches!(self.kind, Kind::Process(_))
    }
}

impl From<ConfigError> for Error {
    fn from(source: ConfigError) -> Self {
        Self {
            kind: Kind::Config,
            source: Some(source.into()),
        }
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.kind {
            Kind::Config => f.write_str("the configuration is wrong"),
            Kind::Health(address) => write!(f, "cannot listen on HEALTHZ_ADDR {address}"),
            Kind::Process(what) => f.write_str(what),
        }
    }
}

impl fmt::Debug for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{self}")?;
        let mut cause = std::error::Error::source(self);
        while let Some(error) = cause {
            write!(f, ": {error}")?;
            cause = error.source();
        }
        Ok(())
    }
}

impl std::error::Error for Error {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        self.source.as_deref().map(|source| source as _)
    }
}
