//! The command line.

use std::path::PathBuf;

use clap::Parser;

/// Answers HTTP requests by calling functions over NSQ.
#[derive(Debug, Parser)]
#[command(version, after_help = EXAMPLE)]
pub(crate) struct Args {
    /// The routes: a YAML file, or a JSON file named `.json`; read again when it changes
    #[arg(long, value_name = "FILE")]
    pub(crate) config: PathBuf,

    /// Where callers connect; port 0 takes a free one
    #[arg(long, value_name = "HOST:PORT", default_value = "0.0.0.0:8080")]
    pub(crate) listen: String,

    /// Where /healthz, /readyz and /metrics are; port 0 takes a free one
    #[arg(long, value_name = "HOST:PORT", default_value = "0.0.0.0:8081")]
    pub(crate) admin: String,

    /// The share of requests, 0 to 1, that stdout gets a JSON line of; of those answered with 500
    /// or above it gets all, unless it is 0
    #[arg(long, value_name = "SHARE", default_value = "0.01", value_parser = share)]
    pub(crate) access_log: f64,
}

fn share(text: &str) -> Result<f64, String> {
    let share: Option<f64> = text.parse().ok();
    share
        .filter(|share| (0.0..=1.0).contains(share))
        .ok_or_else(|| "expected a number from 0 to 1, such as 0.01".to_owned())
}

const EXAMPLE: &str = "\
Example:
  echo 'routes: {/test/: test}' > routes.yaml
  NSQ_LOOKUPD_ADDR=127.0.0.1 kubefuncs-gateway --config routes.yaml
  curl localhost:8080/test/hello

Environment:
  KUBEFUNCS_LOOKUPD    nsqlookupds, host:port,…; or NSQ_LOOKUPD_ADDR and NSQ_LOOKUPD_PORT
  KUBEFUNCS_DRAIN      how long to wait for answers after SIGTERM, such as 10s
                       (default: the longest timeout of a route, and 5s)
  KUBEFUNCS_LOG        what is logged on stderr: error, warn, info (default), debug

Exit status: 0 after SIGTERM or Ctrl-C, 2 when it could not start.";
