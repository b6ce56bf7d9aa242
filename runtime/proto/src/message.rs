//! A message as nsqd delivers it.

use std::fmt;

use bytes::{Buf, Bytes};

use crate::DecodeError;

/// nsqd's id of a message: 16 ASCII hex digits, unique within one topic of one nsqd only.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct MessageId([u8; 16]);

impl MessageId {
    /// The length of an id on the wire, in bytes.
    pub const LENGTH: usize = 16;

    /// Takes 16 printable ASCII bytes without a space: what can stand in a command line.
    #[must_use]
    pub fn new(id: [u8; 16]) -> Option<Self> {
        id.iter().all(u8::is_ascii_graphic).then_some(Self(id))
    }

    /// The id as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        // Only ASCII gets past `new`, so the fallback is never taken.
        std::str::from_utf8(&self.0).unwrap_or_default()
    }
}

impl fmt::Display for MessageId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl fmt::Debug for MessageId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// One delivery of a message.
#[derive(Clone, PartialEq, Eq)]
pub struct Message {
    /// When nsqd took the message, in nanoseconds of its own clock since 1970.
    pub timestamp_ns: i64,
    /// How often it was delivered, this time included; wraps after 65,535.
    pub attempts: u16,
    /// nsqd's id, by which it is answered.
    pub id: MessageId,
    /// What was published: at least one byte.
    pub body: Bytes,
}

impl Message {
    /// The bytes before the body: timestamp (8), attempts (2), id (16).
    pub const HEADER: usize = 26;

    pub(crate) fn decode(mut data: Bytes) -> Result<Self, DecodeError> {
        if data.len() < Self::HEADER {
            return Err(DecodeError::ShortMessage { size: data.len() });
        }
        let timestamp_ns = data.get_i64();
        let attempts = data.get_u16();
        let mut id = [0; MessageId::LENGTH];
        data.copy_to_slice(&mut id);
        let id = MessageId::new(id).ok_or(DecodeError::MessageId)?;
        Ok(Self {
            timestamp_ns,
            attempts,
            id,
            body: data,
        })
    }
}

impl fmt::Debug for Message {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // Bodies are other people's data, and up to a megabyte of it: only the length is shown.
        f.debug_struct("Message")
            .field("id", &self.id)
            .field("attempts", &self.attempts)
            .field("timestamp_ns", &self.timestamp_ns)
            .field("body", &format_args!("{} bytes", self.body.len()))
            .finish()
    }
}
