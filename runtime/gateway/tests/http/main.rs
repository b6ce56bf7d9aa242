//! The gateway over real sockets: its own HTTP server, a handler in this process behind it.
//!
//! The queue is left out here so that every answer of a function can be produced at will; the
//! tests of `runtime/e2e` put it back in.

#![expect(clippy::unwrap_used, reason = "it is how a test fails")]

mod abandoned;
mod auth;
mod cors;
mod drain;
mod http2;
mod limits;
mod overload;
mod paths;
mod readers;
mod reload;
mod requests;
mod respond_async;
mod responses;
mod seen;
mod smuggling;
mod support;
