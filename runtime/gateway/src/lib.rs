//! The HTTP gateway: a route becomes a topic, an answer a response.
//!
//! A request's way, one module each: [`config`] is read once into a table of routes; a connection
//! is taken by `server`, whose sockets (`patience`) give up on slow clients; `service` leads the
//! request through [`path`] (has it one meaning?), [`route`] (whose is it?), `admission` (is there
//! room?), `body`, `exchange` and `headers` (what travels) to the [`Backend`], which is the client
//! library and in it the queue. Whatever goes wrong is a [`Reject`], whose status and words
//! [`reject`] declares. `gateway` holds the two ports and the order in which they end.

mod admin;
mod admission;
mod backend;
mod body;
pub mod config;
mod exchange;
mod gateway;
mod headers;
mod lifecycle;
mod limits;
pub mod path;
mod patience;
pub mod reject;
mod request_id;
pub mod route;
mod server;
mod service;

pub use backend::Backend;
pub use config::Config;
pub use gateway::Gateway;
pub use limits::Limits;
pub use reject::Reject;
