//! The HTTP gateway: a route becomes a topic, an answer a response.
//!
//! A request's way, one module each: [`config`] is read into a table of routes, which `live` holds
//! and `reload` replaces; a connection is taken by `server`, whose sockets (`patience`) give up on
//! slow clients; `service` leads the request through [`path`] (has it one meaning?), [`cors`],
//! [`route`] (whose is it?), `auth` (may it?), `circuit` (is anybody there?), `admission` (is there
//! room?), `body`, `exchange` and `headers` (what travels) to the [`Backend`], which is the client
//! library and in it the queue. With `respond_async` nobody waits for the answer, and `accepted`
//! keeps for a while what became of it. Whatever goes wrong is a [`Reject`], whose status and words
//! [`reject`] declares. `gateway` holds the two ports and the order in which they end.

mod accepted;
mod access_log;
mod admin;
mod admission;
mod auth;
mod backend;
mod body;
mod call;
mod circuit;
pub mod config;
pub mod cors;
mod exchange;
mod follow;
mod gateway;
mod headers;
mod lifecycle;
mod limits;
mod live;
mod metrics;
pub mod path;
mod patience;
pub mod reject;
mod reload;
mod request_id;
mod respond_async;
pub mod route;
mod server;
mod service;
mod status;
mod topic;
mod trip;
mod visit;

pub use backend::{Backend, Ended, Ending, Fresh, Watch};
pub use circuit::Sight;
pub use config::Config;
pub use follow::Followed;
pub use gateway::Gateway;
pub use limits::Limits;
pub use reject::Reject;

/// An error and its causes in one line.
#[must_use]
pub fn describe(error: &dyn std::error::Error) -> String {
    let causes = std::iter::successors(error.source(), |&cause| cause.source());
    causes.fold(error.to_string(), |line, cause| format!("{line}: {cause}"))
}
