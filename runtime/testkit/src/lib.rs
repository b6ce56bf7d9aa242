//! Starts real nsqd and nsqlookupd processes for tests, and our own programs beside them.
//!
//! ```no_run
//! use kubefuncs_testkit::{Nsqd, NsqdOptions, Nsqlookupd, http, require_nsq};
//!
//! // #[test]
//! fn a_message_is_counted() {
//!     require_nsq!(); // says so and returns where NSQ cannot be had; fails in CI
//!     let lookupd = Nsqlookupd::start();
//!     let nsqd = Nsqd::start(NsqdOptions::default().lookupd(&lookupd));
//!     http::post(nsqd.http(), "/pub?topic=t", b"hello").unwrap();
//! }
//! ```
//!
//! - [`Nsqd`], [`Nsqlookupd`]: servers on loopback ports of their own, with temporary data.
//! - [`Ca`], [`AuthServer`]: certificates and permissions for them, made on the spot.
//! - [`Process`]: any program, with its output kept and its signals at hand.
//! - [`binary`]: a program of this workspace, built once.
//! - [`Proxy`]: a network between client and server that can be cut or silenced.
//! - [`Port`]: a loopback port that no other test takes.
//! - [`http`], [`wait_until`]: ask, and ask again until a deadline.
//!
//! Everything is synchronous, so that it serves tests with and without an executor; a test that
//! must keep its own tasks running meanwhile needs a multi-threaded executor. What fails here
//! fails the test: most functions panic with what the process last wrote. Every process is killed
//! when its handle is dropped, and also when the test process itself is killed.
//!
//! Unix only. nsqd and nsqlookupd are found through `NSQD_BIN` and `NSQLOOKUPD_BIN` (taken as they
//! are), then on `PATH` (only if they say they are [`NSQ_VERSION`]), then built with Go from
//! `tools/nsq` into the target directory.

mod auth;
mod binary;
mod certificates;
mod go_signals;
pub mod http;
mod janitor;
mod nsqd;
mod nsqlookupd;
mod port;
mod process;
mod proxy;
mod servers;
mod target;
mod wait;

pub use auth::AuthServer;
pub use binary::binary;
pub use certificates::{Ca, KeyPair};
pub use go_signals::go_handles_term;
pub use nsqd::{Nsqd, NsqdOptions};
pub use nsqlookupd::Nsqlookupd;
pub use port::Port;
pub use process::Process;
pub use proxy::{Link, Proxy};
pub use servers::{NSQ_VERSION, leave_out, nsq_is_available, nsqd_program, nsqlookupd_program};
pub use target::workspace_dir;
pub use wait::wait_until;

/// Ends the test here when NSQ's servers can neither be found nor built.
///
/// The reason and the test's name go to standard error, past the capture of the test harness. With
/// `CI` set to anything the test fails instead. For tests that return `()`.
#[macro_export]
macro_rules! require_nsq {
    () => {
        if !$crate::nsq_is_available() {
            return;
        }
    };
}
