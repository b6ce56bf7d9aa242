//! From what is written to what is meant: defaults filled in, names made, references checked.
//!
//! What comes out is complete: no later stage asks what a missing field means.

mod app;
mod env;
mod function;
mod gateway;
mod image;
mod labels;
mod links;
mod names;
mod nsq;
mod resources;
mod scaling;
mod timeout;

pub use app::{App, Options};
pub use env::EnvVar;
pub use function::{Function, Health};
pub use gateway::{Gateway, Route};
pub use image::{ImageRef, PullPolicy};
pub use links::link;
pub use names::is_topic;
pub use nsq::{Broker, Endpoint, Nsq, Nsqd, Nsqlookupd};
pub use resources::Resources;
pub use scaling::Scaling;
pub use timeout::Timeout;

use crate::diag::Report;
use crate::schema::spec::Application;

/// Resolves one application as far as that can be done; all findings are reported.
///
/// `complete` says that nothing was left out of `spec`: only then is an absence reported.
pub fn resolve(spec: &Application, complete: bool, options: &Options, report: &mut Report) -> App {
    app::resolve(spec, complete, options, report)
}
