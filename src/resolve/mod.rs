//! From what is written to what is meant: defaults filled in, names made, references checked.
//!
//! What comes out is complete: no later stage asks what a missing field means.

mod account;
mod app;
mod config;
mod cors;
mod cron;
mod delivery;
mod duration;
mod entrance;
mod env;
mod function;
mod gateway;
mod http;
mod image;
mod labels;
mod links;
mod monitoring;
mod names;
mod network;
mod nsq;
mod plain;
mod pod;
mod resources;
mod route;
mod scaling;
mod schedule;
mod size;
mod timeout;
mod workload;

pub use account::Account;
pub use app::{App, Options};
pub use config::{Config, fingerprint};
pub use cron::{Cron, Numbers};
pub use delivery::Retries;
pub use entrance::Entrance;
pub use env::EnvVar;
pub use function::{Function, Health, check_overrides};
pub use gateway::Gateway;
pub use image::{ImageRef, PullPolicy};
pub use links::link;
pub use monitoring::{Exporter, Monitoring};
pub use names::is_topic;
pub use network::Network;
pub use nsq::{Broker, Endpoint, Nsq, Nsqadmin, Nsqd, Nsqlookupd, Tls};
pub use pod::PodSettings;
pub use resources::Resources;
pub use route::{Async, Route, SecretKey};
pub use scaling::Scaling;
pub use schedule::Schedule;
pub use timeout::{POLLING, Timeout};
pub use workload::Workload;

use crate::diag::Report;
use crate::schema::spec::Patch;
use crate::schema::{Located, Read};
use crate::templates::UserKind;

/// Changes of rendered objects, as written.
pub type Patches = Vec<Located<Patch>>;

/// Resolves one application as far as that can be done; all findings are reported.
///
/// Of what could not be read, the absence is not. `kinds` are those that templates of the user's
/// add.
pub fn resolve(read: &Read, options: &Options, kinds: &[UserKind], report: &mut Report) -> App {
    app::resolve(read, options, kinds, report)
}
