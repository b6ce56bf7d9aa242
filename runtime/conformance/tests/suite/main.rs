//! What nsqd does, told once and run on nsqd and on the embedded broker.

#![allow(clippy::unwrap_used)]

mod auth;
mod buffering;
mod compression;
mod consuming;
mod differential;
mod directory;
mod handshake;
mod http;
mod lifecycle;
mod ours;
mod publishing;
mod registering;
mod round_trip;
mod silence;
mod stats;
mod timing;
mod tls;
