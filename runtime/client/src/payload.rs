//! What travels in an event: typed payloads, and bytes with the name of their type.

use std::fmt;

use bytes::Bytes;
use kubefuncs_messages::{self as messages, Any, Empty, Message, Name, UnpackError};

/// A payload as it travels: bytes and the name of their type.
///
/// As the payload of a handler it takes whatever comes; as a reply or an emitted payload it is
/// sent as it is.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Raw {
    /// Type of the bytes, such as `type.googleapis.com/kubefuncs.HTTPRequest`; only what stands
    /// after the last `/` counts. Empty when the sender named none, or when the function takes
    /// bodies that no client of ours wrote (`KUBEFUNCS_PAYLOAD=raw`).
    pub type_url: String,
    /// The bytes.
    pub bytes: Bytes,
}

impl Raw {
    /// Packs a protobuf message under its own name.
    pub fn pack<M: Message + Name>(message: &M) -> Self {
        Any::pack(message).into()
    }

    /// Reads the payload as the protobuf message `M`.
    ///
    /// # Errors
    /// When it says it is something else, or is not a valid `M`.
    pub fn unpack<M: Message + Name + Default>(self) -> Result<M, PayloadError> {
        Ok(Any::from(self).unpack()?)
    }

    /// Whether the payload says it is an `M`.
    pub fn is<M: Name>(&self) -> bool {
        messages::names::<M>(&self.type_url)
    }

    /// Whether the sender named no type, as whoever only has bytes.
    pub fn is_untyped(&self) -> bool {
        self.type_url.is_empty()
    }

    /// The full message name, such as `kubefuncs.HTTPRequest`.
    pub fn type_name(&self) -> &str {
        messages::type_name(&self.type_url)
    }
}

impl From<Any> for Raw {
    fn from(any: Any) -> Self {
        Self {
            type_url: any.type_url,
            bytes: any.value,
        }
    }
}

impl From<Raw> for Any {
    fn from(raw: Raw) -> Self {
        Self {
            type_url: raw.type_url,
            value: raw.bytes,
        }
    }
}

/// What a handler takes: read from the payload of an event.
pub trait FromPayload: Sized {
    /// Reads the payload.
    ///
    /// # Errors
    /// When the payload is something else. The message is not tried again then: a waiting caller is
    /// told, an event nobody waits for becomes a dead letter.
    fn from_payload(payload: Raw) -> Result<Self, PayloadError>;
}

/// What a handler replies and a client sends.
pub trait IntoPayload {
    /// Writes the payload.
    fn into_payload(self) -> Raw;
}

impl FromPayload for Raw {
    fn from_payload(payload: Raw) -> Result<Self, PayloadError> {
        Ok(payload)
    }
}

impl IntoPayload for Raw {
    fn into_payload(self) -> Raw {
        self
    }
}

/// Nothing: travels as `kubefuncs.Empty`, and answers an HTTP request with 204.
impl IntoPayload for () {
    fn into_payload(self) -> Raw {
        Raw::pack(&Empty {})
    }
}

/// Ignores the payload, whatever it is.
impl FromPayload for () {
    fn from_payload(_: Raw) -> Result<Self, PayloadError> {
        Ok(())
    }
}

/// A protobuf message of the user's own, in a handler's arguments, replies and emitted payloads.
///
/// The message needs [`prost::Name`](Name), which prost-build writes with `enable_type_names`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Proto<M>(pub M);

impl<M: Message + Name + Default> FromPayload for Proto<M> {
    fn from_payload(payload: Raw) -> Result<Self, PayloadError> {
        payload.unpack().map(Self)
    }
}

impl<M: Message + Name> IntoPayload for Proto<M> {
    fn into_payload(self) -> Raw {
        Raw::pack(&self.0)
    }
}

/// Why a payload is not what was wanted.
#[derive(Debug)]
pub struct PayloadError {
    reason: String,
    source: Option<UnpackError>,
}

impl PayloadError {
    /// An error with a reason for people.
    pub fn new(reason: impl Into<String>) -> Self {
        Self {
            reason: reason.into(),
            source: None,
        }
    }
}

impl From<UnpackError> for PayloadError {
    fn from(source: UnpackError) -> Self {
        Self {
            reason: source.to_string(),
            source: Some(source),
        }
    }
}

impl fmt::Display for PayloadError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.reason)
    }
}

impl std::error::Error for PayloadError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        // The reason is that of the source: what the source itself was caused by comes next.
        self.source.as_ref().and_then(std::error::Error::source)
    }
}
