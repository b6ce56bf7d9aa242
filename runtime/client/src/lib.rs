//! Write a function, call a function: the Kubefuncs client library.
//!
//! A function is a program that consumes a queue topic. This is all of one:
//!
//! ```no_run
//! use kubefuncs::{Context, HttpRequest, HttpResponse};
//!
//! #[tokio::main]
//! async fn main() -> Result<(), kubefuncs::Error> {
//!     kubefuncs::run(|_: Context, _: HttpRequest| async { Ok(HttpResponse::text("pong\n")) }).await
//! }
//! ```
//!
//! [`Client`] is the other side: [`Client::call`] sends a request and waits for the answer within
//! a deadline, [`Client::emit`] publishes an event that nobody waits for.
//!
//! Everything is configured by the environment: [`Config`] lists the variables.
//!
//! # Delivery
//!
//! At least once, in no order. A function may see a message again after a crash, a drain or a lost
//! connection ([`Context::may_have_run`] says so), and a caller sees one answer, the first.

mod broker;
mod call;
mod client;
pub mod config;
mod context;
pub mod duration;
mod error;
mod handler;
mod health;
mod http;
mod id;
mod payload;
mod reply_topic;
mod run;
mod serve;
pub mod timeout;

pub use self::http::{HttpRequest, HttpResponse};
pub use ::http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode};
pub use call::{CallOptions, Reply};
pub use client::Client;
pub use config::Config;
pub use context::Context;
pub use error::{CallError, CallErrorKind, Error, Failure};
pub use handler::Handler;
pub use kubefuncs_messages as messages;
pub use kubefuncs_nsq::{Address, Channel, Topic};
pub use payload::{FromPayload, IntoPayload, PayloadError, Proto, Raw};
pub use run::run;
pub use serve::Function;
