//! A gateway with all it needs, or what it is compared with.

use std::net::{SocketAddr, TcpStream};
use std::process::Command;
use std::time::Duration;

use kubefuncs_testkit::{Nsqd, NsqdOptions, Port, Process, binary, http};
use tempfile::TempDir;

use crate::{Fault, foreign};

const START_LIMIT: Duration = Duration::from_secs(30);

const ROUTES: &str = "\
routes:
  /test/: {topic: test, timeout: 10s}
  /wait/: {topic: wait, timeout: 60s}
";

/// What answers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Ours,
    Original,
    Relay,
    Hello,
}

impl Kind {
    pub(super) fn name(self) -> &'static str {
        match self {
            Kind::Ours => "kubefuncs-gateway",
            Kind::Original => "Go gateway in the original's manner",
            Kind::Relay => "bare relay, nsqd alone",
            Kind::Hello => "hyper alone, no queue",
        }
    }
}

/// It runs as long as this lives.
pub(super) struct Server {
    pub(super) kind: Kind,
    port: Port,
    gateway: Process,
    nsqd: Option<Nsqd>,
    _function: Option<Process>,
    _files: TempDir,
}

impl Server {
    /// Starts one, with a function that answers or without, and waits until it serves.
    pub(super) fn start(kind: Kind, function: bool) -> Result<Server, Fault> {
        let files = tempfile::tempdir()?;
        let (port, admin) = (Port::reserve(), Port::reserve());
        // What waits is not to fill memory that the gateway needs.
        let nsqd = (kind != Kind::Hello)
            .then(|| Nsqd::start(NsqdOptions::default().arg("-mem-queue-size=20000")));
        let gateway = match (kind, &nsqd) {
            (Kind::Ours, Some(nsqd)) => {
                let config = files.path().join("gateway.yaml");
                std::fs::write(&config, ROUTES)?;
                let mut command = ours("kubefuncs-gateway", nsqd);
                command.arg("--config").arg(config);
                command.args(["--listen", &port.to_string(), "--admin", &admin.to_string()]);
                command
            }
            (Kind::Original, Some(nsqd)) => {
                let mut command = original("gateway", nsqd)?;
                command.args(["-listen", &port.to_string()]);
                command
            }
            (Kind::Relay, Some(nsqd)) => {
                let mut command = Command::new(std::env::current_exe()?);
                command.args(["relay", "--nsqd", &nsqd.tcp().to_string()]);
                command.args(["--listen", &port.to_string()]);
                command
            }
            _ => {
                let mut command = Command::new(std::env::current_exe()?);
                command.args(["hello", "--listen", &port.to_string()]);
                command
            }
        };
        let function_process = match (kind, &nsqd) {
            (Kind::Ours, Some(nsqd)) if function => {
                let health = Port::reserve();
                let mut command = ours("kubefuncs-example", nsqd);
                command.env("HEALTHZ_ADDR", health.to_string());
                let mut process = Process::start("function", command);
                process.wait_ready(START_LIMIT, "the function is ready", || {
                    http::is_ok(health.addr(), "/readyz")
                });
                Some(process)
            }
            (Kind::Original, Some(nsqd)) if function => {
                Some(Process::start("function", original("function", nsqd)?))
            }
            _ => None,
        };
        let mut gateway = Process::start("gateway", gateway);
        gateway.wait_ready(START_LIMIT, "the gateway serves", || match kind {
            Kind::Ours => http::is_ok(admin.addr(), "/readyz"),
            Kind::Relay => TcpStream::connect(port.addr()).is_ok(),
            _ if function => http::is_ok(port.addr(), "/test/"),
            _ => http::get(port.addr(), "/test/").is_ok(),
        });
        Ok(Server {
            kind,
            port,
            gateway,
            nsqd,
            _function: function_process,
            _files: files,
        })
    }

    pub(super) fn addr(&self) -> SocketAddr {
        self.port.addr()
    }

    /// The gateway's process.
    pub(super) fn id(&self) -> u32 {
        self.gateway.id()
    }

    pub(super) fn nsqd(&self) -> Option<&Nsqd> {
        self.nsqd.as_ref()
    }
}

/// One of our programs on that nsqd.
fn ours(name: &str, nsqd: &Nsqd) -> Command {
    let mut command = Command::new(binary(name, name));
    command
        .env("NSQ_NSQD_ADDR", nsqd.tcp().ip().to_string())
        .env("NSQ_NSQD_PORT", nsqd.tcp().port().to_string())
        .env("KUBEFUNCS_CONCURRENCY", "256");
    command
}

fn original(role: &str, nsqd: &Nsqd) -> Result<Command, Fault> {
    let mut command = Command::new(foreign::go("gateway")?);
    command.args(["-role", role, "-nsqd", &nsqd.tcp().to_string()]);
    Ok(command)
}
