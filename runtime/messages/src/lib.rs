//! The protobuf messages that functions, gateways and callers exchange.
//!
//! The body of one NSQ message is one serialised [`Event`]; its payload is an [`Any`] that holds
//! an [`HttpRequest`], an [`HttpResponse`], [`Empty`], [`Error`] or a message of the user's own.
//! `proto/kubefuncs.proto` is the contract: field numbers never change, and a peer skips the
//! numbers it does not know, so old and new programs understand each other.
//!
//! Nothing here reads or writes anything but bytes in memory, and no input makes it panic.
//!
//! ```
//! use kubefuncs_messages::{Any, Event, HttpRequest, Message};
//!
//! let request = HttpRequest { url: "/hello".into(), ..HttpRequest::default() };
//! let event = Event { id: "1".into(), payload: Some(Any::pack(&request)), ..Event::default() };
//! let read = Event::decode(event.encode_to_vec().as_slice())?;
//! assert_eq!(read.payload.unwrap().unpack::<HttpRequest>()?, request);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod any;
mod borrowed;
#[allow(missing_docs, unreachable_pub, clippy::all)]
#[rustfmt::skip]
mod generated;
mod headers;
mod received;
mod request;

pub use any::{Any, UnpackError, names, type_name};
pub use borrowed::{BorrowedRequest, BorrowedResponse};
pub use generated::{Empty, Error, Event, Header, HttpRequest, HttpResponse};
pub use headers::{combined, join};
pub use prost::{DecodeError, Message, Name};
pub use received::{ReceivedHeader, ReceivedRequest, ReceivedResponse};
pub use request::METHOD_HEADER;

/// The event id that old callers publish to create their reply topic: acknowledged and ignored,
/// and never used for an event of ours.
pub const PING_ID: &str = "ping";
