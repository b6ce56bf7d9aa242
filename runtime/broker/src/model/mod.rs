//! nsqd as pure state: no sockets, no clock of its own, no waiting.
//!
//! `message` and `ids` → `queue`, `timed` → `consumer`, `channel` → `topic` → `nsqd`, whose
//! changes ask for [`Effects`]; `clients`, `publishing`, `admin`, `scan` and `stats` are parts of
//! `nsqd`.

mod admin;
mod channel;
mod clients;
mod consumer;
mod effects;
mod ids;
mod message;
mod nsqd;
mod publishing;
mod queue;
mod scan;
pub(crate) mod stats;
mod timed;
mod topic;

#[cfg(test)]
mod tests;

pub(crate) use admin::NotFound;
pub(crate) use channel::{Delivery, NotHeld, Take};
pub(crate) use clients::{Authed, Client, Encryption, Phase};
pub(crate) use effects::{Announcement, ClientId, Effects};
pub(crate) use message::{Id, Message};
pub(crate) use nsqd::Nsqd;
pub(crate) use topic::Full;
