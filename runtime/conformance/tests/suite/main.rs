//! What nsqd does, told once and run on nsqd and on the embedded broker.

#![allow(clippy::unwrap_used)]

mod buffering;
mod compression;
mod consuming;
mod differential;
mod directory;
mod handshake;
mod http;
mod lifecycle;
mod publishing;
mod registering;
mod silence;
mod stats;
mod timing;
