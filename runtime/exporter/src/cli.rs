//! The command line.

use std::time::Duration;

use clap::Parser;
use kubefuncs::Address;
use kubefuncs::duration;

/// Tells Prometheus and autoscalers what NSQ's brokers tell.
#[derive(Debug, Parser)]
#[command(name = "kubefuncs-exporter", version, after_help = EXAMPLE)]
pub(crate) struct Args {
    /// An nsqlookupd's HTTP address, for each; default: what the environment says, unless --nsqd
    #[arg(long, value_name = "HOST:PORT")]
    pub(crate) lookupd: Vec<Address>,

    /// An nsqd's HTTP address, for each that has to be there whether or not it is registered
    #[arg(long, value_name = "HOST:PORT")]
    pub(crate) nsqd: Vec<Address>,

    /// Where /metrics, /queue, /healthz and /readyz are; port 0 takes a free one
    #[arg(long, value_name = "HOST:PORT", default_value = "0.0.0.0:9117")]
    pub(crate) listen: String,

    /// How often the brokers are asked, from 100ms to 5m
    #[arg(long, value_name = "DURATION", default_value = "5s", value_parser = interval)]
    pub(crate) interval: Duration,

    /// How long one answer may take, from 100ms to 1m
    #[arg(long, value_name = "DURATION", default_value = "2s", value_parser = timeout)]
    pub(crate) timeout: Duration,

    /// Delete the reply topics that crashed callers leave behind
    #[arg(long)]
    pub(crate) janitor: bool,

    /// How long such a topic must have had no reader, from 1s to 1h
    #[arg(long, value_name = "DURATION", default_value = "60s", value_parser = rest)]
    pub(crate) janitor_rest: Duration,
}

fn interval(text: &str) -> Result<Duration, String> {
    bounded(text, Duration::from_millis(100), Duration::from_secs(300))
}

fn timeout(text: &str) -> Result<Duration, String> {
    bounded(text, Duration::from_millis(100), Duration::from_secs(60))
}

fn rest(text: &str) -> Result<Duration, String> {
    bounded(text, Duration::from_secs(1), Duration::from_secs(3600))
}

fn bounded(text: &str, least: Duration, most: Duration) -> Result<Duration, String> {
    let wanted = || {
        let (least, most) = (duration::show(least), duration::show(most));
        format!("expected a duration such as 5s or 250ms, from {least} to {most}")
    };
    let read = duration::parse(text).filter(|read| (least..=most).contains(read));
    read.ok_or_else(wanted)
}

const EXAMPLE: &str = "\
Example:
  kubefuncs-exporter --lookupd 127.0.0.1:4161 --listen 127.0.0.1:9117
  curl localhost:9117/metrics
  curl 'localhost:9117/queue?topic=orders&channel=default'

Environment:
  KUBEFUNCS_LOOKUPD    nsqlookupds, host:port,…; or NSQ_LOOKUPD_ADDR and NSQ_LOOKUPD_PORT
  KUBEFUNCS_LOG        what is logged on stderr: error, warn, info (default), debug

Exit status: 0 after SIGTERM or Ctrl-C, 2 when it could not start.";
