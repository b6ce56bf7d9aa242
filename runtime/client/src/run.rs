//! A function from start to end.

use std::io::IsTerminal;
use std::sync::mpsc::{self, Receiver};
use std::time::Duration;

use tokio::signal::unix::{Signal, SignalKind, signal};
use tokio::sync::oneshot;
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
/// A handler that is stuck, and blocks a thread of the executor, cannot be dropped, and would keep
/// the program from ending: a moment after the drain the process is ended all the same, with exit
/// code 0.
///
/// # Errors
/// When the configuration is wrong or the health port is taken. A broker that cannot be reached is
/// no error: the function is not ready and goes on trying.
pub async fn run<M: 'static>(handler: impl Handler<M>) -> Result<(), Error> {
    let config = Config::from_env()?;
    log_to_stderr(&config);
    config.announce();
    #[cfg(feature = "otlp")]
    let exporting = crate::trace::export_from_env(config.topic.as_str())
        .map_err(|error| Error::process("traces cannot be exported", error))?;
    let drain = config.drain;
    // Before anybody can see that it lives. They are seen also while handlers keep every thread of the
    // executor busy: the connections' own one listens, too.
    let failed = |error| Error::process("signals cannot be received", error);
    let terminate = signal(SignalKind::terminate()).map_err(failed)?;
    let signals = (terminate, signal(SignalKind::interrupt()).map_err(failed)?);
    let function = Function::start(config, handler).await?;
    tracing::info!(health = %function.health_addr(), "started");
    let io = function.io();
    let (ended, end) = oneshot::channel();
    io.spawn(async move {
        live(function, signals, drain).await;
        let _ = ended.send(());
    });
    let _ = end.await;
    #[cfg(feature = "otlp")]
    if let Some(exporting) = exporting {
        exporting.end().await;
    }
    Ok(())
}

async fn live(
    function: Function,
    (mut terminate, mut interrupt): (Signal, Signal),
    drain: Duration,
) {
    let name = tokio::select! {
        _ = terminate.recv() => "SIGTERM",
        _ = interrupt.recv() => "SIGINT",
    };
    tracing::info!(signal = name, "draining");
    let (drained, told) = mpsc::channel();
    std::thread::spawn(move || leave(&told, drain));
    tokio::select! {
        () = function.drain() => {}
        _ = terminate.recv() => tracing::warn!("a second signal: leaving at once"),
        _ = interrupt.recv() => tracing::warn!("a second signal: leaving at once"),
    }
    drop(drained);
}

/// How long a program may take to end after its function has.
const GOODBYE: Duration = Duration::from_secs(1);

/// Ends the process when it does not end by itself.
fn leave(drained: &Receiver<()>, drain: Duration) {
    // Disconnected when the drain has ended; nothing is ever sent.
    let _ = drained.recv_timeout(drain + GOODBYE);
    #[expect(
        clippy::disallowed_methods,
        reason = "a thread of its own, to outlive the executor"
    )]
    std::thread::sleep(GOODBYE);
    tracing::warn!("something keeps the process from ending: leaving all the same");
    std::process::exit(0);
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
