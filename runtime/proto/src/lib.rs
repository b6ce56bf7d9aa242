//! The NSQ wire protocol (V2) as bytes: frames, commands, messages, names; no input or output.
//!
//! Layouts and limits are those of nsqd 1.x. What a peer sends is decoded by [`FrameDecoder`]; what
//! we send is a [`Command`], which can only be made from valid parts, so that no name and no size
//! of ours can make nsqd close a connection.
//!
//! ```
//! use bytes::{Bytes, BytesMut};
//! use kubefuncs_nsq_proto::{Command, Limits, Topic};
//!
//! let topic = Topic::new("orders")?;
//! let publish = Command::publish(&topic, Bytes::from_static(b"hello"), &Limits::default())?;
//! let mut out = BytesMut::new();
//! publish.encode(&mut out);
//! assert_eq!(&out[..], b"PUB orders\n\0\0\0\x05hello");
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod command;
pub mod compress;
mod frame;
mod identify;
mod limits;
mod message;
mod name;
mod response;
mod server_error;

pub use command::{Command, MAGIC};
pub use frame::{DecodeError, Frame, FrameDecoder, MAX_FRAME_SIZE};
pub use identify::{Identify, IdentifyReply};
pub use limits::{Limits, SizeError};
pub use message::{Message, MessageId};
pub use name::{Channel, MAX_NAME_LENGTH, NameError, Topic};
pub use response::Response;
pub use server_error::{ErrorCode, ServerError};
