//! What a script consists of.

use std::fmt;

/// A connection of the script; opened when it is first used, and again after it was closed.
pub type Connection = usize;

/// One thing to do.
#[derive(Clone, Debug)]
pub enum Step {
    /// A command that is answered by one frame.
    Asked(Connection, String, Option<Body>),
    /// A command that is answered only when it fails.
    Told(Connection, String),
    /// SUB: topic, and whether the channel, which is the connection's own, is ephemeral.
    Subscribe(Connection, String, bool),
    /// FIN, REQ or TOUCH of a message, with what follows the id.
    Answer(Connection, &'static str, Which, &'static str),
    /// The connection is closed by the client.
    Drop(Connection),
    /// POST.
    Post(String, Vec<u8>),
    /// POST of a deletion, which cuts off the consumers of a topic, or of one connection's channel.
    Delete(String, Option<Connection>),
}

/// What follows a command's line.
#[derive(Clone)]
pub enum Body {
    /// A length and as many bytes.
    Bytes(Vec<u8>),
    /// Bytes as they are, the length (or whatever) included.
    Raw(Vec<u8>),
}

impl fmt::Debug for Body {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (kind, bytes) = match self {
            Body::Bytes(bytes) => ("bytes", bytes),
            Body::Raw(bytes) => ("raw", bytes),
        };
        write!(f, "{kind} \"{}\"", bytes.escape_ascii())
    }
}

/// Which message is answered.
#[derive(Clone, Copy, Debug)]
pub enum Which {
    /// The one that was received so many before the last; taken from all that this connection ever
    /// received.
    Received(usize),
    /// One that another connection has received last.
    Others(Connection),
    /// Sixteen bytes that are no id.
    Unknown,
    /// Something that is too short.
    Short,
}
