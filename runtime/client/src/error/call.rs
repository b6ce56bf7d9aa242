//! Why a call got no answer.

use std::fmt;

use kubefuncs_messages as messages;

use super::Source;
use crate::payload::PayloadError;

/// Why a call or an emitted event did not get what it wanted.
#[derive(Debug)]
pub struct CallError {
    kind: CallErrorKind,
    reason: String,
    code: String,
    retryable: bool,
    source: Option<Source>,
}

/// What went wrong with a call.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum CallErrorKind {
    /// The call cannot be sent as it is: a topic that is no name, metadata that is too large.
    Invalid,
    /// The encoded event is larger than the broker takes.
    TooLarge,
    /// As many calls are waiting as may.
    TooManyPending,
    /// No broker took the call: none is ready, or each one tried refused it or was gone before a
    /// byte was written.
    Unavailable,
    /// The deadline passed without an answer.
    Timeout,
    /// The function answered that it failed.
    Function,
    /// The function answered something that is not an answer to this.
    BadReply,
    /// An emitted event was written, but nobody confirmed it: it may be stored or not.
    Unknown,
    /// The client is closing.
    Closed,
}

impl CallErrorKind {
    /// A short lower-case word for programs.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Invalid => "invalid",
            Self::TooLarge => "too_large",
            Self::TooManyPending => "too_many_pending",
            Self::Unavailable => "unavailable",
            Self::Timeout => "timeout",
            Self::Function => "function",
            Self::BadReply => "bad_reply",
            Self::Unknown => "unknown",
            Self::Closed => "closed",
        }
    }
}

impl CallError {
    pub(crate) fn new(kind: CallErrorKind, reason: impl Into<String>) -> Self {
        let retryable = matches!(
            kind,
            CallErrorKind::TooManyPending | CallErrorKind::Unavailable | CallErrorKind::Closed
        );
        Self {
            kind,
            reason: reason.into(),
            code: kind.as_str().to_owned(),
            retryable,
            source: None,
        }
    }

    pub(crate) fn with_source(mut self, source: impl Into<Source>) -> Self {
        self.source = Some(source.into());
        self
    }

    pub(crate) fn function(error: messages::Error) -> Self {
        Self {
            retryable: error.retryable,
            code: if error.code.is_empty() {
                "function".to_owned()
            } else {
                error.code
            },
            ..Self::new(CallErrorKind::Function, error.error)
        }
    }

    pub(crate) fn bad_reply(error: PayloadError) -> Self {
        Self::new(CallErrorKind::BadReply, error.to_string()).with_source(error)
    }

    /// What went wrong.
    pub fn kind(&self) -> CallErrorKind {
        self.kind
    }

    /// What went wrong, for people, in one line; for [`CallErrorKind::Function`] the words of the
    /// function, which may be anything.
    pub fn reason(&self) -> &str {
        &self.reason
    }

    /// What went wrong, for programs: the word the function chose for its failure, else
    /// [`CallErrorKind::as_str`].
    pub fn code(&self) -> &str {
        &self.code
    }

    /// Whether the function may have run, or may still run: the honest answer to "is it safe to
    /// send this again". False only where the call certainly never reached a queue.
    pub fn may_have_run(&self) -> bool {
        matches!(
            self.kind,
            CallErrorKind::Timeout
                | CallErrorKind::Function
                | CallErrorKind::BadReply
                | CallErrorKind::Unknown
        )
    }

    /// Whether the same call may succeed when it is sent again. Together with
    /// [`may_have_run`](Self::may_have_run) it tells whether to.
    pub fn is_retryable(&self) -> bool {
        self.retryable || matches!(self.kind, CallErrorKind::Timeout | CallErrorKind::Unknown)
    }

    /// The HTTP status that says the same: 400, 413, 429, 502, 503 or 504.
    pub fn http_status(&self) -> u16 {
        match self.kind {
            CallErrorKind::Invalid => 400,
            CallErrorKind::TooLarge => 413,
            CallErrorKind::TooManyPending => 429,
            CallErrorKind::Function | CallErrorKind::BadReply => 502,
            CallErrorKind::Unavailable | CallErrorKind::Unknown | CallErrorKind::Closed => 503,
            CallErrorKind::Timeout => 504,
        }
    }
}

impl fmt::Display for CallError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.kind {
            CallErrorKind::Function => write!(f, "the function failed: {}", self.reason),
            CallErrorKind::BadReply => write!(f, "the function's answer is none: {}", self.reason),
            _ => f.write_str(&self.reason),
        }
    }
}

impl std::error::Error for CallError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        self.source.as_deref().map(|source| source as _)
    }
}
