//! Errors as nsqd sends them, told apart by their first word.

use std::fmt;

use crate::MessageId;

macro_rules! codes {
    ($($(#[$doc:meta])* $variant:ident = $word:literal,)*) => {
        /// The first word of an error frame. The words after it are for people, and differ between
        /// releases.
        #[derive(Clone, Debug, PartialEq, Eq, Hash)]
        #[non_exhaustive]
        pub enum ErrorCode {
            $($(#[$doc])* $variant,)*
            /// A word that this crate does not know.
            Other(Box<str>),
        }

        impl ErrorCode {
            fn parse(word: &str) -> Self {
                match word {
                    $($word => Self::$variant,)*
                    other => Self::Other(other.into()),
                }
            }

            /// The word as nsqd writes it.
            #[must_use]
            pub fn as_str(&self) -> &str {
                match self {
                    $(Self::$variant => $word,)*
                    Self::Other(word) => word,
                }
            }

            #[cfg(test)]
            const ALL: &[&str] = &[$($word),*];
        }
    };
}

codes! {
    /// A command that is unknown, or illegal in this state, or has bad parameters.
    Invalid = "E_INVALID",
    /// The first bytes were not the magic of V2.
    BadProtocol = "E_BAD_PROTOCOL",
    /// A body of bad length or content.
    BadBody = "E_BAD_BODY",
    /// A bad topic name.
    BadTopic = "E_BAD_TOPIC",
    /// A bad channel name.
    BadChannel = "E_BAD_CHANNEL",
    /// A message of bad size.
    BadMessage = "E_BAD_MESSAGE",
    /// PUB failed, for instance because the disk is full.
    PubFailed = "E_PUB_FAILED",
    /// MPUB failed; messages before the failing one may have been stored.
    MpubFailed = "E_MPUB_FAILED",
    /// DPUB failed.
    DpubFailed = "E_DPUB_FAILED",
    /// SUB failed, for instance because the channel has its most consumers.
    SubFailed = "E_SUB_FAILED",
    /// IDENTIFY failed.
    IdentifyFailed = "E_IDENTIFY_FAILED",
    /// The message is not in flight here any more: it timed out, or was answered already.
    FinFailed = "E_FIN_FAILED",
    /// As [`ErrorCode::FinFailed`], of a REQ.
    ReqFailed = "E_REQ_FAILED",
    /// As [`ErrorCode::FinFailed`], of a TOUCH.
    TouchFailed = "E_TOUCH_FAILED",
    /// AUTH has to come first.
    AuthFirst = "E_AUTH_FIRST",
    /// AUTH was refused.
    AuthFailed = "E_AUTH_FAILED",
    /// This nsqd has no AUTH.
    AuthDisabled = "E_AUTH_DISABLED",
    /// nsqd could not ask its AUTH server.
    AuthError = "E_AUTH_ERROR",
    /// AUTH allows something, but not this.
    Unauthorized = "E_UNAUTHORIZED",
}

impl fmt::Display for ErrorCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// An error frame (type 1).
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("nsqd answered {code}{}{text}", if text.is_empty() { "" } else { " " })]
pub struct ServerError {
    /// Its first word.
    pub code: ErrorCode,
    /// The rest, for people. It can name files of the broker: keep it in logs.
    pub text: String,
}

impl ServerError {
    /// The longest text that is kept, in bytes; nsqd's own are far shorter.
    const MAX_TEXT: usize = 1024;

    /// Reads the data of an error frame. Bytes that are not UTF-8 are replaced.
    #[must_use]
    pub fn parse(data: &[u8]) -> Self {
        let text = String::from_utf8_lossy(&data[..data.len().min(Self::MAX_TEXT)]);
        let (word, rest) = text.split_once(' ').unwrap_or((&text, ""));
        Self {
            code: ErrorCode::parse(word),
            text: rest.to_owned(),
        }
    }

    /// Whether nsqd closes the connection after this error. All errors do, but for a FIN, REQ or
    /// TOUCH that came too late.
    #[must_use]
    pub fn is_fatal(&self) -> bool {
        !matches!(
            self.code,
            ErrorCode::FinFailed | ErrorCode::ReqFailed | ErrorCode::TouchFailed
        )
    }

    /// The message a failed FIN, REQ or TOUCH was about: nsqd writes `FIN <id> failed …`.
    #[must_use]
    pub fn message_id(&self) -> Option<MessageId> {
        if self.is_fatal() {
            return None;
        }
        let id = self.text.split(' ').nth(1)?;
        MessageId::new(id.as_bytes().try_into().ok()?)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_word_is_read_back_as_itself() {
        for word in ErrorCode::ALL {
            let code = ErrorCode::parse(word);
            assert_eq!(code.as_str(), *word);
            assert!(!matches!(code, ErrorCode::Other(_)), "{word}");
        }
    }

    #[test]
    fn only_the_first_word_decides() {
        let late = ServerError::parse(b"E_FIN_FAILED FIN 0123456789abcdef failed ID not in flight");
        assert_eq!(late.code, ErrorCode::FinFailed);
        assert!(!late.is_fatal());
        assert_eq!(late.message_id().unwrap().as_str(), "0123456789abcdef");

        let fatal = ServerError::parse(b"E_INVALID cannot E_FIN_FAILED in current state");
        assert!(fatal.is_fatal());
        assert_eq!(fatal.message_id(), None);
        assert!(ServerError::parse(b"E_BAD_PROTOCOL").is_fatal());
        assert!(ServerError::parse(b"\xff\xfe").is_fatal());
    }
}
