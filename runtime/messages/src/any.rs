//! A payload of any message type.

use std::fmt;

use bytes::Bytes;
use prost::{DecodeError, Message, Name};

/// A serialised message together with the name of its type: `google.protobuf.Any`.
///
/// The same bytes as the well-known type, but the value is a [`Bytes`], so that reading an event
/// copies no payload.
#[derive(Clone, PartialEq, Eq, Message)]
pub struct Any {
    /// Type of the value: anything, a `/`, and the full message name.
    #[prost(string, tag = "1")]
    pub type_url: String,
    /// The serialised message.
    #[prost(bytes = "bytes", tag = "2")]
    pub value: Bytes,
}

impl Any {
    /// Packs a message under `type.googleapis.com/<full name>`.
    pub fn pack<M: Message + Name>(message: &M) -> Self {
        Self {
            type_url: M::type_url(),
            value: message.encode_to_vec().into(),
        }
    }

    /// The full message name, such as `kubefuncs.HTTPRequest`: what stands after the last `/` of
    /// the type URL. Hosts and prefixes before it mean nothing.
    pub fn type_name(&self) -> &str {
        type_name(&self.type_url)
    }

    /// Whether the value says it is an `M`.
    pub fn is<M: Name>(&self) -> bool {
        names::<M>(&self.type_url)
    }

    /// Reads the value as an `M`.
    ///
    /// # Errors
    /// When the value says it is something else, or is not a valid `M`.
    pub fn unpack<M: Message + Name + Default>(&self) -> Result<M, UnpackError> {
        if !self.is::<M>() {
            return Err(UnpackError::OtherType {
                expected: M::full_name(),
                found: self.type_name().to_owned(),
            });
        }
        M::decode(self.value.clone()).map_err(|source| UnpackError::Invalid {
            expected: M::full_name(),
            source,
        })
    }
}

/// The full message name of a type URL: what stands after its last `/`.
pub fn type_name(type_url: &str) -> &str {
    type_url.rsplit('/').next().unwrap_or_default()
}

/// Whether a type URL names an `M`.
pub fn names<M: Name>(type_url: &str) -> bool {
    // Asked some times of every message: to look for the last `/` would be most of it.
    let before = type_url.strip_suffix(M::full_name().as_str());
    before.is_some_and(|before| before.is_empty() || before.ends_with('/'))
}

/// Why a payload could not be read as the wanted message.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum UnpackError {
    /// The payload says it is another message.
    OtherType {
        /// Full name of the wanted message.
        expected: String,
        /// Full name of the message that is there.
        found: String,
    },
    /// The payload says it is the wanted message, but its bytes are not.
    Invalid {
        /// Full name of the wanted message.
        expected: String,
        /// Where decoding stopped.
        source: DecodeError,
    },
}

impl fmt::Display for UnpackError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::OtherType { expected, found } if found.is_empty() => {
                write!(f, "expected a payload of type {expected}, found none")
            }
            Self::OtherType { expected, found } => {
                write!(
                    f,
                    "expected a payload of type {expected}, found {}",
                    found.escape_debug()
                )
            }
            Self::Invalid { expected, .. } => write!(f, "the payload is not a valid {expected}"),
        }
    }
}

impl std::error::Error for UnpackError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::Invalid { source, .. } => Some(source),
            Self::OtherType { .. } => None,
        }
    }
}
