//! How a handler says that it failed.

use std::fmt;

use super::Source;

/// How a handler says that it failed, and what is to become of the message.
///
/// Every error converts into a failure that is worth trying again, so `?` works in a handler:
///
/// ```
/// # use kubefuncs::Failure;
/// fn stock(text: &str) -> Result<u32, Failure> {
///     let stock = text.parse()?;
///     if stock > 1_000 {
///         return Err(Failure::reject("nobody has that many"));
///     }
///     Ok(stock)
/// }
/// # assert!(stock("x").unwrap_err().is_retryable());
/// # assert!(!stock("1001").unwrap_err().is_retryable());
/// ```
///
/// A caller that waits is told at once in either case, with the message of the failure. An event
/// that nobody waits for is delivered again after a delay, up to `KUBEFUNCS_ATTEMPTS` times, when
/// the failure says [`retry`](Self::retry). When it says [`dead_letter`](Self::dead_letter), or the
/// attempts are used up, it is put into the function's dead-letter topic (`KUBEFUNCS_DEAD_LETTER`);
/// when it says [`reject`](Self::reject), or there is no such topic, it is dropped with an error in
/// the log.
pub struct Failure {
    kind: Kind,
    code: &'static str,
    message: String,
    source: Option<Source>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Retry,
    Reject,
    DeadLetter,
}

impl Failure {
    /// A failure that may pass: the same message may succeed later.
    pub fn retry(message: impl Into<String>) -> Self {
        Self::new(Kind::Retry, "failed", message.into())
    }

    /// A failure of the message itself: it can never succeed, and is of no use to anybody.
    pub fn reject(message: impl Into<String>) -> Self {
        Self::new(Kind::Reject, "rejected", message.into())
    }

    /// A failure that somebody has to look at: trying again does not help, and the message is kept.
    pub fn dead_letter(message: impl Into<String>) -> Self {
        Self::new(Kind::DeadLetter, "dead-letter", message.into())
    }

    fn new(kind: Kind, code: &'static str, message: String) -> Self {
        Self {
            kind,
            code,
            message,
            source: None,
        }
    }

    /// The same failure, after the last attempt.
    pub(crate) fn into_dead_letter(self) -> Self {
        Self {
            kind: Kind::DeadLetter,
            ..self
        }
    }

    /// The same failure with a word for programs, which a waiting caller sees as
    /// [`CallError::code`](crate::CallError::code).
    #[must_use]
    pub fn with_code(mut self, code: &'static str) -> Self {
        self.code = code;
        self
    }

    /// Whether the same message may succeed later.
    pub fn is_retryable(&self) -> bool {
        self.kind == Kind::Retry
    }

    /// Whether the message is to be kept.
    pub fn is_dead_letter(&self) -> bool {
        self.kind == Kind::DeadLetter
    }

    /// The word for programs.
    pub fn code(&self) -> &str {
        self.code
    }

    /// What went wrong, for people.
    pub fn message(&self) -> &str {
        &self.message
    }
}

// `Failure` is no `std::error::Error` itself: that is what lets every error convert into one.
impl<E: std::error::Error + Send + Sync + 'static> From<E> for Failure {
    fn from(error: E) -> Self {
        Self {
            source: Some(error.into()),
            ..Self::retry("")
        }
        .named_by_source()
    }
}

impl Failure {
    fn named_by_source(mut self) -> Self {
        if let Some(source) = &self.source {
            self.message = source.to_string();
        }
        self
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)?;
        let mut cause = self.source.as_deref().and_then(std::error::Error::source);
        while let Some(error) = cause {
            write!(f, ": {error}")?;
            cause = error.source();
        }
        Ok(())
    }
}

impl fmt::Debug for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?} ({}): {self}", self.kind, self.code)
    }
}
