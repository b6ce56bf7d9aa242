//! What a server sends, and how it closes.

use std::fmt;

/// One delivery.
#[derive(Clone, PartialEq, Eq)]
pub struct Message {
    /// Nanoseconds since 1970.
    pub timestamp_ns: i64,
    /// Deliveries so far, this one included.
    pub attempts: u16,
    /// Sixteen bytes.
    pub id: String,
    /// What was published.
    pub body: Vec<u8>,
}

impl Message {
    /// The body as text.
    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }
}

impl fmt::Debug for Message {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let text = self.text();
        let shown: String = text.chars().take(40).collect();
        write!(f, "{}#{}({shown:?})", self.id, self.attempts)
    }
}

/// How a connection ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum End {
    /// In order.
    Eof,
    /// By a reset.
    Reset,
}

/// One thing that comes from a server.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Event {
    /// A frame of type 0.
    Response(String),
    /// A frame of type 1.
    Error(String),
    /// A frame of type 2.
    Message(Message),
    /// The connection is closed.
    Closed(End),
}

impl Event {
    /// From a frame's type and data.
    pub(crate) fn decode(kind: u32, data: &[u8]) -> Event {
        let text = || String::from_utf8_lossy(data).into_owned();
        match kind {
            0 => Event::Response(text()),
            1 => Event::Error(text()),
            2 => Event::Message(Message {
                timestamp_ns: i64::from_be_bytes(data[..8].try_into().unwrap()),
                attempts: u16::from_be_bytes(data[8..10].try_into().unwrap()),
                id: String::from_utf8(data[10..26].to_vec()).unwrap(),
                body: data[26..].to_vec(),
            }),
            other => panic!("a frame of type {other}: {data:?}"),
        }
    }
}
