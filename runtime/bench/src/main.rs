//! Benchmarks of the runtime, side by side in one run, against real nsqd.
//!
//! ```text
//! cargo run --release -p kubefuncs-bench -- runtime [--quick]
//! cargo run --release -p kubefuncs-bench -- gateway [--quick]
//! ```
//!
//! What is compared runs in a process of its own (`subject`), one after the other in turn, round by
//! round; a figure is the median of its rounds. Tables in Markdown go to standard output, progress
//! to standard error.
//!
//! - `job`: what a subject is asked to do, and what it answers; the programs in `tools/bench` read
//!   the same flags and write the same line.
//! - `probe`: the bare protocol on blocking sockets: the floor, of calls and of a gateway.
//! - `ours`: our clients.
//! - `foreign`: the programs in other languages and other workspaces, built on demand.
//! - `runtime`, `gateway`: the two programmes; `load`: the HTTP load generator.

mod foreign;
mod gateway;
mod hello;
mod job;
mod load;
mod ours;
mod probe;
mod resources;
mod runtime;
mod samples;
mod table;

use std::error::Error;
use std::net::SocketAddr;
use std::process::ExitCode;

use clap::{Parser, Subcommand};

/// Anything that ends a benchmark.
type Fault = Box<dyn Error + Send + Sync>;

/// Benchmarks of the runtime, side by side, against real nsqd.
#[derive(Debug, Parser)]
#[command(version)]
struct Args {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Clients: calls, publishing, consuming, memory
    Runtime(Extent),
    /// Gateways: throughput, latency at a fixed rate, memory
    Gateway(Extent),
    /// One measurement in a process of its own
    #[command(hide = true)]
    Subject(job::Job),
    /// A plain hyper server: the ceiling of what a gateway can do
    #[command(hide = true)]
    Hello {
        /// Where to listen
        #[arg(long)]
        listen: SocketAddr,
    },
    /// HTTP over the bare protocol: the floor under a gateway and its function
    #[command(hide = true)]
    Relay {
        /// Where the messages pass
        #[arg(long)]
        nsqd: SocketAddr,
        /// Where to listen
        #[arg(long)]
        listen: SocketAddr,
    },
}

/// How much is measured.
#[derive(Debug, Clone, Copy, clap::Args)]
struct Extent {
    /// One short round: whether it works, not what it gives
    #[arg(long)]
    quick: bool,
}

impl Extent {
    /// The one or the other.
    fn pick<T>(self, quick: T, full: T) -> T {
        if self.quick { quick } else { full }
    }
}

fn main() -> ExitCode {
    let done = match Args::parse().command {
        Command::Runtime(extent) => runtime::run(extent),
        Command::Gateway(extent) => gateway::run(extent),
        Command::Subject(job) => job::run(&job),
        Command::Hello { listen } => hello::serve(listen),
        Command::Relay { nsqd, listen } => probe::relay(nsqd, listen),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(fault) => {
            progress(&format!("kubefuncs-bench: {fault}"));
            ExitCode::FAILURE
        }
    }
}

/// A line for whoever waits.
#[expect(clippy::print_stderr, reason = "progress is for people")]
fn progress(line: &str) {
    eprintln!("{line}");
}

/// A part of the report.
#[expect(clippy::print_stdout, reason = "the report is the product")]
fn report(text: &str) {
    println!("{text}");
}
