//! Connections of clients: the NSQ protocol, V2.
//!
//! Each has two tasks, as in nsqd: the session reads commands and answers them in order, the pump
//! delivers messages and heartbeats; they share the [`output`](output::Output). `socket` →
//! `stream` → `input`, `output` → `failure`, `params`, `identify` → `layers` → `body` → `upgrade`,
//! `authenticate`, `publish`, `consume` → `session`; and `pump` beside them.

mod accept;
mod authenticate;
mod body;
mod consume;
mod failure;
mod identify;
mod input;
mod layers;
mod mpub;
mod output;
mod params;
mod publish;
mod pump;
mod session;
mod socket;
mod source;
mod stream;
mod upgrade;

pub(crate) use accept::accept;
pub(crate) use input::Ended;
pub(crate) use mpub::{Bodies, read_items};
