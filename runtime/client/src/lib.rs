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
//! a deadline, [`Client::emit`] publishes an event that nobody waits for, [`Client::submit`] one whose
//! outcome is told later.
//!
//! ```no_run
//! use kubefuncs::{CallOptions, Client, Config, HttpRequest, Method};
//!
//! # async fn example() -> Result<(), Box<dyn std::error::Error>> {
//! let client = Client::connect(Config::from_env()?).await?;
//! client.ready().await;
//! let reply = client.call("orders", HttpRequest::new(Method::GET, "/"), CallOptions::new()).await?;
//! println!("{}", reply.into_http()?.status);
//! client.emit("audit", ()).await?;
//! # Ok(())
//! # }
//! ```
//!
//! Everything is configured by the environment: [`Config`] lists the variables. Metrics are counted
//! by every function and client ([`metrics`]), and served at `/metrics` beside `/healthz` and
//! `/readyz`. [`testing`] runs a handler with no broker at all.
//!
//! # Handlers
//!
//! A handler is an async function of a [`Context`] and a payload. The payload is whatever type it
//! asks for: [`HttpRequest`], [`Json<T>`](Json), a protobuf message ([`Proto`]), [`Raw`] bytes, or
//! `()`. Its reply is any of these, too; to an HTTP request the answer is an HTTP response in any
//! case. Functions that block go through [`blocking`].
//!
//! ```
//! use kubefuncs::{Context, Failure, Json};
//! # #[derive(serde::Deserialize)] struct Order { pieces: u32 }
//! # async fn store(_: &str, _: Order) -> Result<(), std::io::Error> { Ok(()) }
//!
//! async fn order(context: Context, Json(order): Json<Order>) -> Result<(), Failure> {
//!     if order.pieces == 0 {
//!         return Err(Failure::reject("an order of nothing")); // never again
//!     }
//!     store(context.event_id(), order).await?; // any error: tried again
//!     Ok(())
//! }
//! # fn takes<M: 'static>(_: impl kubefuncs::Handler<M>) {}
//! # takes(order);
//! ```
//!
//! A handler is dropped at its next await point when its time is up, when the broker takes the
//! message back, and when a drain ends; [`Context::cancelled`] tells whatever it has spawned. A
//! panic is a failure of the one message.
//!
//! # Delivery
//!
//! At least once, in no order. A function may see a message again after a crash, a drain or a lost
//! connection: [`Context::may_have_run`] says so, and [`Context::event_id`] is the same each time.
//! What becomes of a message that fails is told by its [`Failure`]:
//!
//! | | a caller waits | nobody waits |
//! |---|---|---|
//! | [`retry`](Failure::retry), a panic, a deadline that passed | told at once, as retryable | comes again after a delay, `KUBEFUNCS_ATTEMPTS` times, then as a dead letter |
//! | [`reject`](Failure::reject) | told at once | dropped |
//! | [`dead_letter`](Failure::dead_letter) | told at once, and kept | kept in the [dead-letter topic](dead_letter) |
//!
//! A message that comes for the third time, and that this process did not give back itself, may have
//! killed a process: it runs while nothing else does. A request whose caller has gone is not begun.
//!
//! A caller sees one answer, the first; later ones are counted and forgotten. A [`CallError`] says
//! whether the function [may have run](CallError::may_have_run), and which HTTP status fits.
//! `OK`, to [`Client::emit`] as to [`Client::submit`], means that one broker has the event, in
//! memory or in a file.
//!
//! # Cancellation
//!
//! Every future here can be dropped at any await point. One that has sent something takes nothing
//! back by that: a call is forgotten, and its answer counted as unmatched when it comes.

mod blocking;
mod broker;
mod call;
mod client;
pub mod config;
mod connections;
mod context;
pub mod dead_letter;
pub mod duration;
mod error;
mod event;
mod handler;
mod health;
pub mod hop_by_hop;
mod http;
mod id;
mod json;
pub mod metrics;
mod outcome;
mod payload;
mod reply;
mod reply_topic;
mod run;
mod serve;
pub mod testing;
pub mod timeout;
pub mod trace;

pub use self::http::{HttpRequest, HttpResponse};
pub use ::http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode};
pub use blocking::blocking;
pub use call::{CallOptions, Reply};
pub use client::{
    ChannelState, Client, NodeState, Outcome, OutcomeKind, Submission, TopicState, TopicWatch,
};
pub use config::Config;
pub use context::Context;
pub use error::{CallError, CallErrorKind, Error, Failure};
pub use event::new_event;
pub use handler::Handler;
pub use id::uuid as new_event_id;
pub use json::Json;
pub use kubefuncs_messages as messages;
pub use kubefuncs_nsq::{Address, Channel, Topic};
pub use payload::{FromPayload, IntoPayload, PayloadError, Proto, Raw};
pub use run::run;
pub use serve::Function;
