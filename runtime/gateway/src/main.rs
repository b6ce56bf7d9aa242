//! The process around the gateway: arguments, environment, ports, signals.

mod cli;

use std::error::Error;
use std::io::Write;
use std::net::SocketAddr;
use std::process::ExitCode;
use std::time::Duration;

use clap::Parser;
use kubefuncs::Client;
use kubefuncs::metrics::Metrics;
use kubefuncs_gateway::{Config, Followed, Gateway, describe};
use tokio::net::{TcpListener, TcpSocket};
use tokio::signal::unix::{SignalKind, signal};

/// A request is some dozens of small things made and dropped again, on several threads: an eighth of
/// the gateway's work with the system's allocator. This one carries as many requests as others and
/// more, in less memory. It is made for pages as large as those of the machine it is built on.
#[cfg(feature = "jemalloc")]
#[global_allocator]
static ALLOCATOR: tikv_jemallocator::Jemalloc = tikv_jemallocator::Jemalloc;

fn main() -> ExitCode {
    let args = cli::Args::parse();
    match start(&args) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            // Nothing is left to tell when stderr is gone.
            let _ = writeln!(
                std::io::stderr(),
                "kubefuncs-gateway: {}",
                describe(&*error)
            );
            ExitCode::from(2)
        }
    }
}

/// Reads everything that can be wrong before any port opens.
fn start(args: &cli::Args) -> Result<(), Box<dyn Error>> {
    let file = Followed::new(&args.config);
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
    runtime.block_on(run(args, file, config, environment))
}

async fn run(
    args: &cli::Args,
    file: Followed,
    config: Config,
    environment: kubefuncs::Config,
) -> Result<(), Box<dyn Error>> {
    let drain = named_drain(&environment);
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
    #[cfg(feature = "otlp")]
    let exporting = kubefuncs::trace::export_from_env("kubefuncs-gateway")?;
    let metrics = Metrics::new();
    let backend = Client::connect_with(environment, &metrics).await?;
    let mut gateway = Gateway::new(config, backend)
        .with_metrics(&metrics)
        .watching(file);
    if let Some(drain) = drain {
        gateway = gateway.with_drain(drain);
    }
    if args.access_log > 0.0 {
        gateway = gateway.with_access_log(args.access_log, std::io::stdout());
    }
    if gateway.run(main, admin, shutdown).await {
        tracing::info!("closed");
    } else {
        tracing::warn!("closed with calls still waiting: the drain time was over");
    }
    #[cfg(feature = "otlp")]
    if let Some(exporting) = exporting {
        exporting.end().await;
    }
    Ok(())
}

/// How long leaving may take, where the environment says so; without it the slowest route does.
fn named_drain(environment: &kubefuncs::Config) -> Option<Duration> {
    let named = std::env::var_os("KUBEFUNCS_DRAIN")?;
    (!named.is_empty()).then_some(environment.drain)
}

async fn listen(address: &str) -> Result<TcpListener, Box<dyn Error>> {
    let bound = async {
        let mut outcome = Err(std::io::ErrorKind::AddrNotAvailable.into());
        for address in tokio::net::lookup_host(address).await? {
            outcome = bind(address);
            if outcome.is_ok() {
                break;
            }
        }
        outcome
    };
    let refused = |error| format!("cannot listen on {address}: {error}").into();
    bound.await.map_err(refused)
}

/// Connections that the kernel keeps for us until we take them; it may have a lower limit of its own
/// (`net.core.somaxconn`). With the usual 128 a client among a few hundred that come at once has to
/// try again, which takes it a second.
const BACKLOG: u32 = 4096;

fn bind(address: SocketAddr) -> std::io::Result<TcpListener> {
    let socket = match address {
        SocketAddr::V4(_) => TcpSocket::new_v4(),
        SocketAddr::V6(_) => TcpSocket::new_v6(),
    }?;
    // A gateway that is started again finds the port in use by what the last one has closed.
    socket.set_reuseaddr(true)?;
    socket.bind(address)?;
    socket.listen(BACKLOG)
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
