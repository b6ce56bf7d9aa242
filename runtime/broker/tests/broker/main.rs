//! The broker over sockets, on paused time: what tests can make go wrong, bounds, and directories.
//!
//! What it shares with nsqd is in `runtime/conformance`, and told there of both.

#![allow(clippy::unwrap_used)]

mod bounds;
mod client;
mod directories;
mod faults;
mod robustness;
mod secured;
mod time;
