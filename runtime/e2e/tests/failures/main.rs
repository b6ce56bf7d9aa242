//! Real NSQ, and what can happen to it: killed, stopped, cut off, full.
//!
//! Nothing is lost beyond what nsqd itself loses, no caller sees a second answer, every publish has
//! exactly one outcome. `README.md` beside this folder is the table of all failures and numbered
//! tests; `table.rs` holds it to the truth.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod clock;
mod disk;
mod gateways;
mod killed;
mod newcomers;
mod partition;
mod poison;
mod soak;
mod support;
mod table;
