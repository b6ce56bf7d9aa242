//! Why a connection could not be made or has ended.

use std::error::Error as StdError;
use std::fmt;
use std::io;
use std::sync::Arc;

use kubefuncs_nsq_proto::compress::CompressionError;
use kubefuncs_nsq_proto::{DecodeError, ServerError};

/// What kind of thing went wrong with a connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ErrorKind {
    /// The peer could not be reached, or the connection broke.
    Connect,
    /// The peer said nothing for too long.
    Timeout,
    /// nsqd answered with an error: [`Error::server_error`] has it.
    Refused,
    /// The peer does not speak the protocol as nsqd does.
    Protocol,
    /// TLS is wanted, and the server does not have it, cannot be trusted, or does not trust us.
    Tls,
    /// We closed the connection.
    Closed,
    /// Our own configuration cannot be used.
    Config,
}

/// Why a connection could not be made or has ended. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Error {
    kind: ErrorKind,
    doing: &'static str,
    source: Option<Arc<dyn StdError + Send + Sync>>,
}

impl Error {
    pub(crate) fn new(kind: ErrorKind, doing: &'static str) -> Self {
        Self {
            kind,
            doing,
            source: None,
        }
    }

    pub(crate) fn because(
        kind: ErrorKind,
        doing: &'static str,
        source: impl StdError + Send + Sync + 'static,
    ) -> Self {
        Self {
            kind,
            doing,
            source: Some(Arc::new(source)),
        }
    }

    /// Layers below report what is not the network's fault by the same type.
    pub(crate) fn io(doing: &'static str, error: io::Error) -> Self {
        let kind = match error.get_ref() {
            Some(inner) if inner.is::<rustls::Error>() => ErrorKind::Tls,
            Some(inner) if inner.is::<CompressionError>() => ErrorKind::Protocol,
            _ => ErrorKind::Connect,
        };
        Self::because(kind, doing, error)
    }

    pub(crate) fn ended(doing: &'static str, how: io::ErrorKind) -> Self {
        Self::io(doing, how.into())
    }

    pub(crate) fn timeout(doing: &'static str) -> Self {
        Self::new(ErrorKind::Timeout, doing)
    }

    pub(crate) fn refused(doing: &'static str, error: ServerError) -> Self {
        Self::because(ErrorKind::Refused, doing, error)
    }

    pub(crate) fn decode(error: DecodeError) -> Self {
        Self::because(ErrorKind::Protocol, "reading a frame", error)
    }

    /// What kind of thing went wrong.
    #[must_use]
    pub fn kind(&self) -> ErrorKind {
        self.kind
    }

    /// What nsqd answered, if it is what went wrong.
    #[must_use]
    pub fn server_error(&self) -> Option<&ServerError> {
        self.source.as_deref()?.downcast_ref()
    }

    /// Whether the same may succeed later. Errors of nsqd count as such too: a full channel may
    /// empty, and a permission may be granted.
    #[must_use]
    pub fn is_retryable(&self) -> bool {
        !matches!(self.kind, ErrorKind::Config | ErrorKind::Closed)
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let what = match self.kind {
            ErrorKind::Connect => "the connection failed",
            ErrorKind::Timeout => "no answer in time",
            ErrorKind::Refused => "refused",
            ErrorKind::Protocol => "not the NSQ protocol",
            ErrorKind::Tls => "no TLS as configured",
            ErrorKind::Closed => "closed",
            ErrorKind::Config => "not possible with this configuration",
        };
        write!(f, "{}: {what}", self.doing)?;
        match &self.source {
            Some(source) => write!(f, ": {source}"),
            None => Ok(()),
        }
    }
}

impl StdError for Error {
    fn source(&self) -> Option<&(dyn StdError + 'static)> {
        // The source is part of the text already; what lies below it is not.
        self.source.as_deref().and_then(StdError::source)
    }
}
