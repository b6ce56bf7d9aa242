//! HTTP: the endpoints of nsqd and of nsqlookupd that clients use.
//!
//! `query`, `reply` → `admin`, `publish`, `stats`, `settings` → `nsqd`; `lookupd` beside them.

mod admin;
mod lookupd;
mod nsqd;
mod publish;
mod query;
mod reply;
mod serve;
mod settings;
mod stats;
mod text;

pub(crate) use nsqd::Identity;
pub(crate) use serve::{Pages, serve};
