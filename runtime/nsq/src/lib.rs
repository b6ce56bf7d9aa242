//! An NSQ client for calls as well as for queues: connections, discovery, consumers, producers.
//!
//! ```no_run
//! use kubefuncs_nsq::{Channel, Consumer, ConsumerConfig, Discovery, LookupConfig, Topic};
//!
//! # async fn example() -> Result<(), Box<dyn std::error::Error>> {
//! let discovery = Discovery::lookupd(LookupConfig::new(["127.0.0.1:4161".parse()?]));
//! let mut config = ConsumerConfig::new(Topic::new("orders")?, Channel::new("default")?);
//! config.max_in_flight = 16;
//! let consumer = Consumer::start(config, &discovery);
//! while let Some(delivery) = consumer.recv().await {
//!     println!("{} bytes, attempt {}", delivery.body().len(), delivery.attempts());
//!     delivery.finish();
//! }
//! # Ok(())
//! # }
//! ```
//!
//! The [guide] shows how to publish, consume, stay secure and shut down, and has the tables of
//! outcomes, delivery semantics and cancellation.
//!
//! # What is where
//!
//! - [`Discovery`]: which nsqds there are, from nsqlookupds or from a fixed list.
//! - [`Consumer`]: subscribes on every one of them and hands out [`Delivery`]s, never more at once
//!   than `max_in_flight`. RDY is decided in `ready.rs`.
//! - [`Delivery`]: one message, to be answered once: [`finish`](Delivery::finish),
//!   [`requeue`](Delivery::requeue), or [`answer`](Delivery::answer), which publishes a reply and
//!   finishes in one write. Dropped, it goes back to nsqd at once.
//! - [`Producer`]: publishes to any node that works, and leaves out those that stall.
//! - [`Connection`]: one socket to one nsqd, which the others are made of.
//! - [`Tls`], [`AuthSecret`], [`HostPattern`], [`Compression`]: how connections are secured, and
//!   made smaller.
//! - [`NodeSnapshot`]: what is known of each node, for metrics.
//!
//! # What is promised
//!
//! NSQ delivers at least once, in no order. The types do not pretend otherwise:
//!
//! - A publish has one of four outcomes: acknowledged, rejected by nsqd, not sent, or unknown. A
//!   [`PublishError`] tells which, and [whether the message may be stored all the same].
//! - nsqd does not answer FIN and REQ when they succeed. A [`Receipt`] tells what is known of one.
//! - A delivery tells [when it is lost](Delivery::lost): timed out, or its connection gone.
//! - Names are checked by their types and sizes against [`Limits`] before anything is written, so
//!   that no message can make nsqd close a connection that others share.
//! - Every `async fn` here can be dropped at any await. Where something was queued by then it says
//!   so, and stays queued.
//!
//! Everything runs on tokio. What is queued, held or read is bounded: publishes by
//! [`ConnectionConfig::max_pending`] and [`ConnectionConfig::max_pending_bytes`], deliveries by RDY,
//! frames by [`Limits`] before anything is allocated for them.
//!
//! [whether the message may be stored all the same]: PublishError::may_be_stored

mod address;
mod auth;
mod backoff;
mod config;
mod connection;
mod consumer;
mod delivery;
mod discovery;
mod error;
mod fate;
pub mod guide;
mod hosts;
mod inbox;
mod inflight;
mod io_thread;
mod ledger;
mod links;
mod node;
mod producer;
mod publish;
mod publishers;
mod ready;
mod receipt;
mod stall;
mod tls;

pub use address::{Address, AddressError, NodeSet};
pub use auth::{AuthSecret, AuthSecretError};
pub use backoff::Backoff;
pub use config::{Compression, ConnectionConfig, OutputBuffer};
pub use connection::{Connection, Reserved};
pub use consumer::{Consumer, ConsumerConfig, Drained, Sink};
pub use delivery::{AnswerError, Delivery, LossWatch};
pub use discovery::{Discovery, LookupConfig};
pub use error::{Error, ErrorKind};
pub use fate::LostReason;
pub use hosts::{HostPattern, HostPatternError, Rewrite};
pub use io_thread::IoThread;
pub use kubefuncs_nsq_proto::{
    Channel, ErrorCode, IdentifyReply, Limits, Message, MessageId, NameError, ServerError,
    SizeError, Topic,
};
pub use node::{NodeSnapshot, PublishCounts};
pub use producer::{Producer, ProducerConfig};
pub use publish::{PublishError, PublishErrorKind, Publishing};
pub use receipt::{Receipt, Settled};
pub use stall::StallConfig;
pub use tls::{Tls, TlsError};
