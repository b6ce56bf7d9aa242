//! The real binary, as it is used.

#![allow(
    clippy::disallowed_methods,
    clippy::disallowed_types,
    clippy::unwrap_used,
    reason = "tests read files and clocks, and fail by panicking"
)]

mod begin;
mod directory;
mod environments;
mod explain;
mod formats;
mod help;
mod kill;
mod pictures;
mod run;
mod single;
mod streams;
