//! The client against real nsqd and nsqlookupd processes.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on fails")]

mod answer;
mod auth;
mod compression;
mod consume;
mod drain;
mod nodes;
mod publish;
mod shared;
mod stalled;
mod support;
mod timeouts;
mod tls;
