//! The secret of AUTH.

use std::fmt;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use bytes::Bytes;

/// No secret is longer; a file that is was not meant.
const LONGEST: usize = 64 << 10;

/// What AUTH proves to nsqd. It is never shown, neither in `{:?}` nor in errors.
#[derive(Clone)]
pub struct AuthSecret(Source);

#[derive(Clone)]
enum Source {
    Given(Bytes),
    File(Arc<Path>),
}

/// A file of a secret cannot be used.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum AuthSecretError {
    /// It cannot be read.
    #[error("{path}: the secret cannot be read: {source}")]
    File {
        /// The file.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// There is nothing in it, or more than 64 KiB.
    #[error("{path}: expected a secret of 1 to 65,536 bytes, found {length}")]
    Length {
        /// The file.
        path: PathBuf,
        /// The bytes in it, without a line end after them.
        length: usize,
    },
}

impl AuthSecret {
    /// This secret.
    pub fn new(secret: impl Into<Bytes>) -> Self {
        Self(Source::Given(secret.into()))
    }

    /// The secret in a file, without a line end after it. The file is read now, and again for each
    /// connection: a secret that is replaced counts from the next connection on.
    ///
    /// # Errors
    /// [`AuthSecretError`]: it cannot be read, is empty, or too long.
    pub fn file(path: impl AsRef<Path>) -> Result<Self, AuthSecretError> {
        read(path.as_ref())?;
        Ok(Self(Source::File(path.as_ref().into())))
    }

    pub(crate) fn read(&self) -> Result<Bytes, AuthSecretError> {
        match &self.0 {
            Source::Given(secret) => Ok(secret.clone()),
            Source::File(path) => read(path),
        }
    }
}

fn read(path: &Path) -> Result<Bytes, AuthSecretError> {
    let mut secret = fs::read(path).map_err(|source| AuthSecretError::File {
        path: path.to_owned(),
        source,
    })?;
    while matches!(secret.last(), Some(b'\n' | b'\r')) {
        secret.pop();
    }
    if secret.is_empty() || secret.len() > LONGEST {
        return Err(AuthSecretError::Length {
            path: path.to_owned(),
            length: secret.len(),
        });
    }
    Ok(secret.into())
}

impl fmt::Debug for AuthSecret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.0 {
            Source::Given(_) => f.write_str("AuthSecret(…)"),
            Source::File(path) => write!(f, "AuthSecret(… of {})", path.display()),
        }
    }
}
