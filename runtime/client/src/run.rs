//! A function from start to end.

use std::io::IsTerminal;

use tokio::signal::unix::{SignalKind, signal};
use tracing_subscriber::EnvFilter;

use crate::config::Config;
use crate::error::Error;
use crate::handler::Handler;
use crate::serve::Function;

/// Runs `handler` for the messages of the function's topic until SIGTERM or SIGINT.
///
/// Reads [`Config`] from the environment and logs to standard error, unless the program has a log
/// subscriber already. On a signal it takes no more messages, returns those it has not begun,
/// finishes those it has, and returns within the drain time; a second signal is not waited for.
///
/// # Errors
/// When the configuration is wrong or the health port is taken. A broker that cannot be reached is
/// no error: the function is not ready and goes on trying.
pub async fn run<M: 'static>(handler: impl Handler<M>) -> Result<(), Error> {
    let config = Config::from_env()?;
    log_to_stderr(&config);
    tracing::info!(?config, "starting");
    let failed = |error| Error::process("signals cannot be received", error);
    let mut terminate = signal(SignalKind::terminate()).map_err(failed)?;
    let mut interrupt = signal(SignalKind::interrupt()).map_err(failed)?;
    let function = Function::start(config, handler).await?;
    tracing::info!(health = %function.health_addr(), "started");
    let name = tokio::select! {
        _ = terminate.recv() => "SIGTERM",
        _ = interrupt.recv() => "SIGINT",
    };
    tracing::info!(signal = name, "draining");
    tokio::select! {
        () = function.drain() => {}
        _ = terminate.recv() => tracing::warn!("a second signal: leaving at once"),
        _ = interrupt.recv() => tracing::warn!("a second signal: leaving at once"),
    }
    Ok(())
}

fn log_to_stderr(config: &Config) {
    // Checked when the configuration was read.
    let filter = EnvFilter::try_new(&config.log).unwrap_or_default();
    let subscriber = tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(std::io::stderr)
        .with_ansi(std::io::stderr().is_terminal());
    // Fails where the program has set one up itself, and that one is used then.
    let _ = subscriber.try_init();
}
