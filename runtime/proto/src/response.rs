//! What nsqd says that is neither an error nor a message.

use bytes::Bytes;

/// The data of a response frame (type 0).
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Response {
    /// `OK`: the oldest unanswered SUB, PUB, DPUB, MPUB (or IDENTIFY without negotiation)
    /// succeeded.
    Ok,
    /// `_heartbeat_`: nsqd wants a sign of life; any command will do. It answers nothing.
    Heartbeat,
    /// `CLOSE_WAIT`: the answer to CLS.
    CloseWait,
    /// Anything else, such as the JSON that answers IDENTIFY.
    Other(Bytes),
}

impl From<Bytes> for Response {
    fn from(data: Bytes) -> Self {
        match &data[..] {
            b"OK" => Self::Ok,
            b"_heartbeat_" => Self::Heartbeat,
            b"CLOSE_WAIT" => Self::CloseWait,
            _ => Self::Other(data),
        }
    }
}

impl Response {
    /// The bytes on the wire, without the frame's header.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8] {
        match self {
            Self::Ok => b"OK",
            Self::Heartbeat => b"_heartbeat_",
            Self::CloseWait => b"CLOSE_WAIT",
            Self::Other(data) => data,
        }
    }
}
