//! Talks to functions from a shell.
//!
//! Data goes to standard output, everything else to standard error. `args` has the flags,
//! one module each has a command; `brokers` is what they share of NSQ, `trouble` says why no
//! broker is there and `unserved` that nobody listens, `directory` asks nsqlookupd and nsqd over HTTP,
//! `places` says which brokers may be looked into, `payload` and `print` are what goes in and what
//! comes out.

mod args;
mod brokers;
mod call;
mod directory;
mod emit;
mod exit;
mod input;
mod payload;
mod places;
mod print;
mod publisher;
mod redrive;
mod serve;
mod signals;
mod tail;
mod trouble;
mod unserved;

use std::io::Write;
use std::process::ExitCode;

use args::{Args, Command};
use clap::Parser;
use exit::Failure;

fn main() -> ExitCode {
    let args = match Args::try_parse() {
        Ok(args) => args,
        Err(error) => {
            // A closed pipe is no reason to complain about a help text.
            let _ = error.print();
            return if error.use_stderr() { 2 } else { 0 }.into();
        }
    };
    match start(&args) {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            // Nothing is left to tell when stderr is gone.
            let _ = writeln!(std::io::stderr(), "kubefuncs: {failure}");
            failure.into()
        }
    }
}

fn start(args: &Args) -> Result<(), Failure> {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .map_err(|error| Failure::unreachable(format!("the system gives no threads: {error}")))?;
    let done = runtime.block_on(run(&args.command));
    // A name lookup that hangs must not hold the process.
    runtime.shutdown_background();
    done
}

async fn run(command: &Command) -> Result<(), Failure> {
    match command {
        Command::Emit(command) => emit::run(command).await,
        Command::Call(command) => call::run(command).await,
        Command::Tail(command) => tail::run(command).await,
        Command::Redrive(command) => redrive::run(command).await,
        Command::Serve(command) => serve::run(command).await,
    }
}
