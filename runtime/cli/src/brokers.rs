//! The configuration of a command: the environment, and flags over it.

use std::time::Duration;

use kubefuncs::Config;
use kubefuncs::config::Brokers as Where;
use tracing_subscriber::EnvFilter;

use crate::args::Brokers;
use crate::exit::{Failure, chain};

/// Reads the environment; flags win. Nothing but errors is logged unless `KUBEFUNCS_LOG` says so.
pub(crate) fn config(flags: &Brokers, timeout: Option<Duration>) -> Result<Config, Failure> {
    let mut config = environment()?;
    log(&config, "error");
    apply(&mut config, flags);
    if let Some(timeout) = timeout {
        config.timeout = timeout;
    }
    Ok(config)
}

/// Reads the environment.
pub(crate) fn environment() -> Result<Config, Failure> {
    Config::from_env().map_err(|error| Failure::unreachable(chain(&error)))
}

/// Takes the brokers of the flags, if there are any.
pub(crate) fn apply(config: &mut Config, flags: &Brokers) {
    if let Some(nsqd) = &flags.nsqd {
        config.brokers = Where::Nsqd(nsqd.clone());
    } else if !flags.lookupd.is_empty() {
        config.brokers = Where::Lookupd(flags.lookupd.clone());
    }
}

/// Logs to standard error what `KUBEFUNCS_LOG` says, else what is `usual`.
pub(crate) fn log(config: &Config, usual: &str) {
    let named = std::env::var_os("KUBEFUNCS_LOG").is_some_and(|value| !value.is_empty());
    let filter = if named { config.log.as_str() } else { usual };
    let subscriber = tracing_subscriber::fmt()
        // Checked when the configuration was read.
        .with_env_filter(EnvFilter::try_new(filter).unwrap_or_default())
        .with_writer(std::io::stderr)
        .with_ansi(false);
    // There is none before; if there were, its way of logging would do.
    let _ = subscriber.try_init();
}
