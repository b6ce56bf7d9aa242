//! nsqd's limits on what a client sends, checked before a byte is written.
//!
//! nsqd closes the connection over a breach, and IDENTIFY does not tell the limits: they are
//! configured.

use bytes::Bytes;

/// The sizes one nsqd accepts. The default is nsqd's default.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// The longest message body in bytes, inclusive (`--max-msg-size`).
    pub max_message: u32,
    /// The longest body of IDENTIFY and MPUB in bytes, inclusive (`--max-body-size`).
    pub max_body: u32,
    /// The longest delay of REQ and DPUB in milliseconds, inclusive (`--max-req-timeout`).
    pub max_delay_ms: u32,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            max_message: 1_048_576,
            max_body: 5_242_880,
            max_delay_ms: 3_600_000,
        }
    }
}

/// A part of a command that nsqd would refuse.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum SizeError {
    /// NSQ has no empty messages.
    #[error("a message is empty: NSQ wants at least one byte")]
    Empty,
    /// The body of a message is too long.
    #[error("a message of {size} bytes: this nsqd takes {limit}")]
    Message {
        /// Its size in bytes.
        size: usize,
        /// The most that is accepted.
        limit: u32,
    },
    /// The body of IDENTIFY or MPUB is too long.
    #[error("a command's body of {size} bytes: this nsqd takes {limit}")]
    Body {
        /// Its size in bytes.
        size: usize,
        /// The most that is accepted.
        limit: u32,
    },
    /// A message is deferred for too long.
    #[error("a delay of {delay_ms} ms: this nsqd takes {limit_ms}")]
    Delay {
        /// The delay asked for.
        delay_ms: u128,
        /// The most that is accepted.
        limit_ms: u32,
    },
}

impl Limits {
    /// Checks the body of one message.
    ///
    /// # Errors
    /// [`SizeError::Empty`] or [`SizeError::Message`].
    pub fn check_message(&self, body: &Bytes) -> Result<(), SizeError> {
        match body.len() {
            0 => Err(SizeError::Empty),
            size if size > self.max_message as usize => Err(SizeError::Message {
                size,
                limit: self.max_message,
            }),
            _ => Ok(()),
        }
    }

    pub(crate) fn check_body(&self, size: usize) -> Result<(), SizeError> {
        if size > self.max_body as usize {
            return Err(SizeError::Body {
                size,
                limit: self.max_body,
            });
        }
        Ok(())
    }
}
