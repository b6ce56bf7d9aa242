//! Gateways as processes before functions as processes over real NSQ: what happens to callers when
//! any of them comes, goes, dies or hangs.
//!
//! Load lasts some seconds; `KUBEFUNCS_LOAD_SECONDS=60` makes it as long as that.

#![expect(clippy::unwrap_used, reason = "it is how a test fails")]

mod balancer;
mod brokers;
mod cluster;
mod events;
mod hostile;
mod load;
mod returning;
mod rolling;
