//! The process around the exporter: arguments, environment, port, signals.

mod cli;

use std::error::Error;
use std::io::Write;
use std::process::ExitCode;

use clap::Parser;
use kubefuncs::Address;
use kubefuncs::config::Brokers;
use kubefuncs_exporter::{Config, Exporter};
use tokio::net::TcpListener;
use tokio::signal::unix::{SignalKind, signal};

fn main() -> ExitCode {
    let args = cli::Args::parse();
    match start(&args) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            // Nothing is left to tell when stderr is gone.
            let _ = writeln!(std::io::stderr(), "kubefuncs-exporter: {error}");
            ExitCode::from(2)
        }
    }
}

/// Reads everything that can be wrong before the port opens.
fn start(args: &cli::Args) -> Result<(), Box<dyn Error>> {
    let environment = kubefuncs::Config::from_env()?;
    let config = Config {
        lookupds: lookupds(args, &environment)?,
        nsqds: args.nsqd.clone(),
        interval: args.interval,
        timeout: args.timeout,
        janitor: args.janitor.then_some(args.janitor_rest),
    };
    tracing_subscriber::fmt()
        .with_env_filter(&environment.log)
        .with_writer(std::io::stderr)
        .with_ansi(false)
        .init();
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()?;
    runtime.block_on(run(&args.listen, config))
}

/// The directory that flags name; without any flag, that of the environment.
fn lookupds(
    args: &cli::Args,
    environment: &kubefuncs::Config,
) -> Result<Vec<Address>, Box<dyn Error>> {
    if !args.lookupd.is_empty() || !args.nsqd.is_empty() {
        return Ok(args.lookupd.clone());
    }
    match &environment.brokers {
        Brokers::Lookupd(lookupds) => Ok(lookupds.clone()),
        Brokers::Nsqd(_) => Err(
            "NSQ_NSQD_ADDR names a broker's TCP port, and figures are on \
            its HTTP port: use --nsqd HOST:4151, or name an nsqlookupd"
                .into(),
        ),
    }
}

async fn run(listen: &str, config: Config) -> Result<(), Box<dyn Error>> {
    let listener = TcpListener::bind(listen)
        .await
        .map_err(|error| format!("cannot listen on {listen}: {error}"))?;
    let mut terminate = signal(SignalKind::terminate())?;
    let mut interrupt = signal(SignalKind::interrupt())?;
    tracing::info!(listen = %listener.local_addr()?, ?config, "started");
    let shutdown = async {
        tokio::select! {
            _ = terminate.recv() => (),
            _ = interrupt.recv() => (),
        }
        tracing::info!("leaving");
    };
    Exporter::new(config).run(listener, shutdown).await;
    Ok(())
}
