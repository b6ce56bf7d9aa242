//! Errors as they are said to a client.

/// A command failed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Failure {
    /// Said, and the connection is closed.
    Fatal(Vec<u8>),
    /// Said; the connection goes on.
    Minor(Vec<u8>),
}

impl Failure {
    pub(crate) fn fatal(text: impl Into<Vec<u8>>) -> Self {
        Self::Fatal(text.into())
    }

    /// `cannot VERB in current state`.
    pub(crate) fn state(verb: &str) -> Self {
        Self::fatal(format!("E_INVALID cannot {verb} in current state"))
    }

    /// `cannot VERB in current state (TLS required)`.
    pub(crate) fn needs_tls(verb: &[u8]) -> Self {
        let (before, after) = (b"E_INVALID cannot ", b" in current state (TLS required)");
        Self::Fatal([&before[..], verb, after].concat())
    }

    /// A fatal error that quotes bytes of the client as they came.
    pub(crate) fn quoting(before: &str, bytes: &[u8]) -> Self {
        Self::Fatal([before.as_bytes(), bytes].concat())
    }

    /// The first word without `E_`, as HTTP says it.
    pub(crate) fn http_code(&self) -> String {
        let (Self::Fatal(text) | Self::Minor(text)) = self;
        let word = text.split(|byte| *byte == b' ').next().unwrap_or_default();
        let word = String::from_utf8_lossy(word);
        word.strip_prefix("E_").unwrap_or(&word).to_owned()
    }
}
