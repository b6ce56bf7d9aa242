//! The process around the gateway: arguments, environment, ports, signals.

mod cli;

use std::error::Error;
use std::io::Write;
use std::process::ExitCode;
use std::time::Duration;

use clap::Parser;
use kubefuncs::Client;
use kubefuncs_gateway::{Config, Gateway, Limits};
use tokio::net::TcpListener;
use tokio::signal::unix::{SignalKind, signal};

fn main() -> ExitCode {
    let args = cli::Args::parse();
    match start(&args) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            // Nothing is left to tell when stderr is gone.
            let _ = writeln!(std::io::stderr(), "kubefuncs-gateway: {}", chain(&*error));
            ExitCode::from(2)
        }
    }
}

/// Reads everything that can be wrong before any port opens.
fn start(args: &cli::Args) -> Result<(), Box<dyn Error>> {
    let config = Config::load(&args.config)?;
    let environment = kubefuncs::Config::from_env()?;
    tracing_subscriber::fmt()
        .with_env_filter(&environment.log)
        .with_writer(std::io::stderr)
        .with_ansi(false)
        .init();
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()?;
    runtime.block_on(run(args, config, environment))
}

async fn run(
    args: &cli::Args,
    config: Config,
    environment: kubefuncs::Config,
) -> Result<(), Box<dyn Error>> {
    let drain = drain(&config, &environment);
    let main = listen(&args.listen).await?;
    let admin = listen(&args.admin).await?;
    let shutdown = shutdown()?;
    tracing::info!(
        listen = %main.local_addr()?,
        admin = %admin.local_addr()?,
        routes = config.routes.len(),
        brokers = ?environment.brokers,
        max_message = environment.max_message,
        ?drain,
        "started",
    );
    let backend = Client::connect(environment).await?;
    let gateway = Gateway {
        config,
        limits: Limits::default(),
        drain,
        backend,
    };
    if gateway.run(main, admin, shutdown).await {
        tracing::info!("closed");
    } else {
        tracing::warn!("closed with calls still waiting: the drain time was over");
    }
    Ok(())
}

/// How long leaving may take: what the environment says, or enough for the slowest route.
fn drain(config: &Config, environment: &kubefuncs::Config) -> Duration {
    match std::env::var_os("KUBEFUNCS_DRAIN") {
        Some(named) if !named.is_empty() => environment.drain,
        _ => environment
            .drain
            .max(kubefuncs::timeout::drain(config.routes.longest_timeout())),
    }
}

async fn listen(address: &str) -> Result<TcpListener, Box<dyn Error>> {
    TcpListener::bind(address)
        .await
        .map_err(|error| format!("cannot listen on {address}: {error}").into())
}

/// Ends with the first SIGTERM or Ctrl-C; from here on neither kills the process.
fn shutdown() -> std::io::Result<impl Future<Output = ()>> {
    let mut terminate = signal(SignalKind::terminate())?;
    let mut interrupt = signal(SignalKind::interrupt())?;
    Ok(async move {
        tokio::select! {
            _ = terminate.recv() => (),
            _ = interrupt.recv() => (),
        }
    })
}

/// An error and its causes in one line.
fn chain(error: &dyn Error) -> String {
    let causes = std::iter::successors(error.source(), |&cause| cause.source());
    causes.fold(error.to_string(), |line, cause| format!("{line}: {cause}"))
}
