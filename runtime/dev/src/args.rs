//! Flags and their help.

use clap::Parser;
use kubefuncs::Address;

/// Runs an application on this machine, without a cluster or anything installed: a broker, the
/// gateway, and each function as a process.
///
/// A function is started by `dev.command` of functions.yaml, else by its command. When its program
/// or functions.yaml changes, it is started again. Its `schedule` is run. Ctrl-C lets everything
/// finish, and leaves nothing behind.
#[derive(Debug, Parser)]
#[command(name = "kubefuncs-dev", version, max_term_width = 100, after_help = EXAMPLE)]
pub(crate) struct Args {
    /// The applications [default: functions.yaml]
    #[arg(value_name = "FILE")]
    pub(crate) files: Vec<String>,

    /// Where callers connect to the gateway; port 0 takes a free one, as everywhere below
    #[arg(long, value_name = "HOST:PORT", default_value = "127.0.0.1:8080")]
    pub(crate) listen: String,

    /// Where the gateway's /readyz and /metrics are
    #[arg(long, value_name = "HOST:PORT", default_value = "127.0.0.1:0")]
    pub(crate) admin: String,

    /// Where the embedded broker speaks the NSQ protocol
    #[arg(long, value_name = "HOST:PORT", default_value = "127.0.0.1:4150")]
    pub(crate) broker: String,

    /// Where nsqd's HTTP endpoints are
    #[arg(long, value_name = "HOST:PORT", default_value = "127.0.0.1:4151")]
    pub(crate) broker_http: String,

    /// Where nsqlookupd's HTTP endpoints are
    #[arg(long, value_name = "HOST:PORT", default_value = "127.0.0.1:4161")]
    pub(crate) lookupd_http: String,

    /// Use this nsqd, and embed none
    #[arg(long, value_name = "HOST:PORT", conflicts_with_all = ["broker", "broker_http", "lookupd_http"])]
    pub(crate) nsqd: Option<Address>,

    /// The environment of the file that is merged over the rest of it
    #[arg(long, value_name = "NAME")]
    pub(crate) env: Option<String>,

    /// The application's name, instead of the file's `app`
    #[arg(long, value_name = "NAME")]
    pub(crate) release: Option<String>,
}

const EXAMPLE: &str = "\
Example, in a clone of the repository:
  cargo run -p kubefuncs-dev -- example/functions.yaml
  curl localhost:8080/test/        # pong: in another terminal, once it says `test: ready`

Routes are those of the file; where it has no gateway, each function is at /NAME/.
Values of Secrets and ConfigMaps are taken from the environment, from variables of the same name.
Files of `config` are in a folder that KUBEFUNCS_CONFIG_DIR names to the function; where its
variables and command say /etc/config in functions.yaml, they lead there.
Patches, volumes and what else is Kubernetes' own change nothing here.

Environment:
  KUBEFUNCS_LOG    what gateway and broker log: error, warn (default), info, debug
  NO_COLOR         no colour

Exit status: 0 after Ctrl-C or SIGTERM, 1 when functions.yaml is wrong, 2 when it could not start.";
