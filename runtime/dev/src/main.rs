//! Runs an application on one machine, without a cluster.
//!
//! `app` is functions.yaml as the compiler understands it, `program` a function of it made local,
//! with its `files`, and `schedule` what the clock sends it, at the times of `cron`. `brokers` and
//! `gateway` run in this process, `supervise` runs each function as a `child`, `watch` tells when
//! files change, and `log` brings all their lines together. `session` holds it all from start to
//! end; a `crew` is a part of it that changes with functions.yaml.

mod app;
mod args;
mod brokers;
mod child;
mod clock;
mod crew;
mod cron;
mod files;
mod folder;
mod gateway;
mod health;
mod listen;
mod log;
mod program;
mod requests;
mod schedule;
mod session;
mod shell;
mod supervise;
mod watch;

use std::process::ExitCode;

use args::Args;
use clap::Parser;
use kubefuncs::Config;
use log::Log;
use tracing_subscriber::EnvFilter;

fn main() -> ExitCode {
    let args = match Args::try_parse() {
        Ok(args) => args,
        Err(error) => {
            // A closed pipe is no reason to complain about a help text.
            let _ = error.print();
            return if error.use_stderr() { 2 } else { 0 }.into();
        }
    };
    let log = Log::new();
    subscribe(&log);
    let runtime = match tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
    {
        Ok(runtime) => runtime,
        Err(error) => {
            log.say(&format!("the system gives no threads: {error}"));
            return ExitCode::from(2);
        }
    };
    let exit = runtime.block_on(session::run(&args, &log));
    // Whatever is still waited for must not hold the terminal.
    runtime.shutdown_background();
    exit
}

/// What gateway and broker log.
fn subscribe(log: &Log) {
    let named = std::env::var("KUBEFUNCS_LOG").unwrap_or_default();
    let filter = match named.is_empty() {
        true => EnvFilter::new("warn"),
        false => match Config::from_vars([("KUBEFUNCS_LOG", named)]) {
            Ok(config) => EnvFilter::new(config.log),
            Err(error) => {
                log.say(&error.to_string());
                EnvFilter::new("warn")
            }
        },
    };
    tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(std::io::stderr)
        .with_ansi(log.is_colourful())
        .without_time()
        .init();
}
