//! One suite of tests, two servers: real nsqd and nsqlookupd, and the embedded broker.
//!
//! A test is a story told once and run against both by [`on_both`]. It speaks to them through a
//! [`Probe`], which knows frames and nothing else, and shares no code with our client or broker.
//!
//! ```no_run
//! use kubefuncs_conformance::{Probe, Settings, on_both};
//!
//! on_both(Settings::default(), |server| {
//!     let mut probe = Probe::connect(server.tcp());
//!     probe.publish("orders", b"one");
//!     assert_eq!(server.topic("orders")["depth"], 1);
//! });
//! ```
//!
//! Where NSQ's servers cannot be had, a story runs against the broker alone, and says so; with `CI`
//! set that is a failure.

#![allow(
    clippy::unwrap_used,
    clippy::missing_panics_doc,
    reason = "all of it is for tests"
)]

mod both;
mod event;
mod probe;
mod random;
mod server;
mod settings;
pub mod twins;
mod wire;

pub use both::on_both;
pub use event::{End, Event, Message};
pub use probe::{PATIENCE, Probe, fresh, many};
pub use random::Random;
pub use server::Server;
pub use settings::{Settings, TlsSettings};
pub use wire::Trust;
