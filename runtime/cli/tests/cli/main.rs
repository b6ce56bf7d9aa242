//! The real binary against real NSQ: what a shell sees of it.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod emit_and_call;
mod help;
mod redrive;
mod serve;
mod server;
mod support;
mod tail;
mod unserved;
