//! The client against real nsqd and nsqlookupd processes.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on fails")]

mod answer;
mod consume;
mod drain;
mod nodes;
mod publish;
mod support;
mod timeouts;
