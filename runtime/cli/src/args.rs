//! Flags and their help.

use std::time::Duration;

use clap::{Args as ClapArgs, Parser, Subcommand};
use kubefuncs::{Address, Topic};

/// Talks to functions over NSQ: sends events, calls, looks, puts dead letters back, and makes any
/// HTTP server a function.
#[derive(Debug, Parser)]
#[command(name = "kubefuncs", version, max_term_width = 100, after_help = ENVIRONMENT)]
pub(crate) struct Args {
    #[command(subcommand)]
    pub(crate) command: Command,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    Emit(crate::emit::Emit),
    Call(crate::call::Call),
    Tail(crate::tail::Tail),
    Redrive(crate::redrive::Redrive),
    Serve(crate::serve::Serve),
}

/// The end of each command's help.
pub(crate) const ENVIRONMENT: &str = "\
Environment:
  KUBEFUNCS_LOOKUPD   nsqlookupds, host:port,…; or NSQ_LOOKUPD_ADDR and NSQ_LOOKUPD_PORT, or
                      NSQ_NSQD_ADDR and NSQ_NSQD_PORT; none: 127.0.0.1:4161
  KUBEFUNCS_TIMEOUT   the default of --timeout, 3s where it is not set
  KUBEFUNCS_LOG       what is logged on stderr: error (default), warn, info, debug

Exit status: 0 done, 1 the function's error, 2 could not be reached or asked,
124 no answer within the deadline.";

/// Where the brokers are: instead of the environment
#[derive(Debug, Clone, Default, ClapArgs)]
#[command(next_help_heading = "Brokers (default: the environment's)")]
pub(crate) struct Brokers {
    /// HTTP addresses of nsqlookupds, separated by commas
    #[arg(long, value_name = "HOST:PORT", value_delimiter = ',')]
    pub(crate) lookupd: Vec<Address>,

    /// TCP address of the one nsqd to use
    #[arg(long, value_name = "HOST:PORT", conflicts_with = "lookupd")]
    pub(crate) nsqd: Option<Address>,
}

/// Reads a duration such as `3s`.
pub(crate) fn duration(text: &str) -> Result<Duration, String> {
    let wanted = "a duration reads like `3s`, `250ms` or `1m30s`";
    match kubefuncs::duration::parse(text) {
        Some(Duration::ZERO) => Err("it has to be more than nothing".to_owned()),
        Some(duration) => Ok(duration),
        None => Err(wanted.to_owned()),
    }
}

/// Reads the name of a topic.
pub(crate) fn topic(text: &str) -> Result<Topic, String> {
    Topic::new(text).map_err(|error| error.to_string())
}

/// Reads `NAME=VALUE`.
pub(crate) fn pair(text: &str) -> Result<(String, String), String> {
    match text.split_once('=') {
        Some((name, value)) if !name.is_empty() => Ok((name.to_owned(), value.to_owned())),
        _ => Err("write NAME=VALUE".to_owned()),
    }
}
