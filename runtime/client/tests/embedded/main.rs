//! Functions and clients on brokers in process, which fail as they are told to.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod alone;
mod answers;
mod brokers;
mod callers;
mod clocks;
mod letters;
mod outcomes;
mod replies;
mod steps;
