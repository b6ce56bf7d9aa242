//! What NSQ's brokers tell, for Prometheus and for autoscalers.
//!
//! Every few seconds all brokers are asked for their figures, and whoever asks the exporter gets
//! the answer of the last round: how often it is asked makes no difference to the brokers.
//!
//! - `roster`: which brokers there are, by the directory and by flags.
//! - `ask`, `stats`, `directory`: one bounded question over HTTP, and what the answers mean.
//! - `label`, `tally`, `figures`: bounded names, and counters that only rise.
//! - `snapshot`: what one round gave; `collector` tells it to Prometheus, `queue` to autoscalers.
//! - `janitor`: deletes the reply topics that crashed callers leave behind.
//!
//! A broker that does not answer is told as such, never as an empty one.

mod argument;
mod ask;
mod collector;
mod directory;
mod exporter;
mod figures;
mod janitor;
mod label;
mod poll;
mod queue;
mod roster;
mod server;
mod snapshot;
mod stats;
mod sweep;
mod tally;

pub use exporter::{Config, Exporter};
