//! Connections of clients: the NSQ protocol, V2.
//!
//! Each has two tasks, as in nsqd: the session reads commands and answers them in order, the pump
//! delivers messages and heartbeats; they share the [`output`](output::Output). `socket` →
//! `input`, `output` → `failure`, `params`, `identify` → `publish`, `consume` → `session`; and
//! `pump` beside them.

mod accept;
mod consume;
mod failure;
mod identify;
mod input;
mod mpub;
mod output;
mod params;
mod publish;
mod pump;
mod session;
mod socket;
mod source;

pub(crate) use accept::accept;
pub(crate) use input::Ended;
pub(crate) use mpub::{Bodies, read_items};
