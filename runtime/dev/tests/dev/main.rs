//! The real binary: an application on this machine, from start to end.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod changes;
mod failures;
mod files;
mod leaving;
mod readme;
mod running;
mod shell;
mod support;
