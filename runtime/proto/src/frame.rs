//! Frames from nsqd: a u32 size, an i32 type, then data; all integers big endian.

use bytes::{Buf, BufMut, Bytes, BytesMut};

use crate::{Message, Response, ServerError};

/// The largest frame a decoder takes unless told otherwise: a message of nsqd's largest default
/// body (5 MiB is nsqd's limit for any body) with room for its header.
pub const MAX_FRAME_SIZE: u32 = 5_242_880 + 64;

/// Bytes of the size field, which counts what follows it.
const SIZE: usize = 4;
/// Bytes of the type field, which the size counts.
const TYPE: usize = 4;

const RESPONSE: i32 = 0;
const ERROR: i32 = 1;
const MESSAGE: i32 = 2;

/// One frame from nsqd.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Frame {
    /// Type 0.
    Response(Response),
    /// Type 1.
    Error(ServerError),
    /// Type 2.
    Message(Message),
}

/// The peer does not speak the protocol; nothing after this can be trusted.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum DecodeError {
    /// A frame says it is larger than allowed. Nothing was allocated for it.
    #[error("a frame of {size} bytes is announced: at most {limit} are allowed")]
    TooLarge {
        /// The size in the frame's header.
        size: u32,
        /// The most that is allowed.
        limit: u32,
    },
    /// A frame says it is too small to have a type.
    #[error("a frame of {size} bytes is announced: it has at least {TYPE}")]
    TooSmall {
        /// The size in the frame's header.
        size: u32,
    },
    /// The peer speaks HTTP, most likely because an HTTP port was configured.
    #[error("the peer answers in HTTP: this is not nsqd's TCP port")]
    Http,
    /// A frame has an unknown type.
    #[error("a frame has the unknown type {0}")]
    UnknownType(i32),
    /// A message frame is shorter than a message's header.
    #[error(
        "a message frame of {size} bytes: the header alone has {}",
        Message::HEADER
    )]
    ShortMessage {
        /// The length of its data.
        size: usize,
    },
    /// A message's id is not 16 printable ASCII bytes.
    #[error("a message has an unprintable id")]
    MessageId,
}

/// Cuts frames off the front of a buffer, whatever pieces the bytes arrived in.
#[derive(Clone, Copy, Debug)]
pub struct FrameDecoder {
    max_size: u32,
}

impl Default for FrameDecoder {
    fn default() -> Self {
        Self::new(MAX_FRAME_SIZE)
    }
}

impl FrameDecoder {
    /// A decoder that refuses frames whose size field is above `max_size`.
    #[must_use]
    pub fn new(max_size: u32) -> Self {
        Self { max_size }
    }

    /// Takes one frame off the front of `input`. `None` means that more bytes are needed, room for
    /// which is reserved; nothing was consumed then. Bodies share the buffer: they are not copied.
    ///
    /// # Errors
    /// [`DecodeError`]; the connection is of no use after it.
    pub fn decode(&self, input: &mut BytesMut) -> Result<Option<Frame>, DecodeError> {
        let Some(header) = input.first_chunk::<SIZE>() else {
            return Ok(None);
        };
        let size = u32::from_be_bytes(*header);
        if header == b"HTTP" {
            return Err(DecodeError::Http);
        }
        if size > self.max_size {
            return Err(DecodeError::TooLarge {
                size,
                limit: self.max_size,
            });
        }
        if (size as usize) < TYPE {
            return Err(DecodeError::TooSmall { size });
        }
        let whole = SIZE + size as usize;
        if input.len() < whole {
            input.reserve(whole - input.len());
            return Ok(None);
        }
        let mut frame = input.split_to(whole).freeze();
        frame.advance(SIZE);
        let kind = frame.get_i32();
        match kind {
            RESPONSE => Ok(Some(Frame::Response(frame.into()))),
            ERROR => Ok(Some(Frame::Error(ServerError::parse(&frame)))),
            MESSAGE => Message::decode(frame).map(|message| Some(Frame::Message(message))),
            other => Err(DecodeError::UnknownType(other)),
        }
    }
}

impl Frame {
    /// Writes the frame as nsqd does: for brokers and for tests.
    pub fn encode(&self, out: &mut BytesMut) {
        let (kind, head, body): (i32, Bytes, &[u8]) = match self {
            Self::Response(response) => (RESPONSE, Bytes::new(), response.as_bytes()),
            Self::Error(error) => {
                let gap = if error.text.is_empty() { "" } else { " " };
                (
                    ERROR,
                    format!("{}{gap}{}", error.code, error.text).into(),
                    b"",
                )
            }
            Self::Message(message) => {
                let mut head = BytesMut::with_capacity(Message::HEADER);
                head.put_i64(message.timestamp_ns);
                head.put_u16(message.attempts);
                head.put_slice(message.id.as_str().as_bytes());
                (MESSAGE, head.freeze(), &message.body)
            }
        };
        // A frame of 4 GiB is beyond every limit above, so the length fits.
        let size = TYPE + head.len() + body.len();
        out.put_u32(u32::try_from(size).unwrap_or(u32::MAX));
        out.put_i32(kind);
        out.put_slice(&head);
        out.put_slice(body);
    }
}
