//! One nsqlookupd, two nsqd, and programs of ours that find them.

use std::net::SocketAddr;
use std::process::Command;
use std::time::Duration;

use kubefuncs_testkit::{Nsqd, NsqdOptions, Nsqlookupd, Port, Process, binary, http, wait_until};
use tempfile::TempDir;

/// For a busy machine; nothing here is expected to take so long.
pub(crate) const LIMIT: Duration = Duration::from_secs(60);

pub(crate) struct Cluster {
    pub(crate) nsqds: [Nsqd; 2],
    lookupd: Nsqlookupd,
    config: TempDir,
}

/// A gateway or a function: a process that says when it is ready.
pub(crate) struct Program {
    pub(crate) process: Process,
    /// Where callers go; a function has no such port.
    main: Option<Port>,
    admin: Port,
}

impl Cluster {
    /// Gateways have these routes, in YAML.
    pub(crate) fn start(routes: &str) -> Self {
        Self::start_with(routes, |options| options)
    }

    /// As [`start`](Self::start), with the first nsqd started as it is told.
    pub(crate) fn start_with(routes: &str, first: impl FnOnce(NsqdOptions) -> NsqdOptions) -> Self {
        let lookupd = Nsqlookupd::start();
        let options = NsqdOptions::default().lookupd(&lookupd);
        let config = tempfile::tempdir().unwrap();
        std::fs::write(
            config.path().join("routes.yaml"),
            format!("routes: {routes}\n"),
        )
        .unwrap();
        Self {
            nsqds: [Nsqd::start(first(options.clone())), Nsqd::start(options)],
            lookupd,
            config,
        }
    }

    fn command(&self, program: &std::path::Path) -> Command {
        let mut command = Command::new(program);
        command
            .env_clear()
            .env("KUBEFUNCS_LOOKUPD", self.lookupd.http().to_string());
        command
    }

    pub(crate) fn gateway(&self) -> Program {
        let (main, admin) = (Port::reserve(), Port::reserve());
        let program = env!("CARGO_BIN_EXE_kubefuncs-gateway");
        let mut command = self.command(program.as_ref());
        command
            .arg("--config")
            .arg(self.config.path().join("routes.yaml"));
        command.args(["--listen", &main.to_string(), "--admin", &admin.to_string()]);
        Program::start("gateway", command, Some(main), admin)
    }

    /// The example function, which answers `pong`; ready when it is subscribed on both nsqd.
    pub(crate) fn function(&self) -> Program {
        let health = Port::reserve();
        let command = self.example("test", &health);
        Program::start("function", command, None, health)
    }

    /// The same of any topic, not waited for.
    pub(crate) fn beginning(&self, topic: &str) -> Process {
        Process::start(topic, self.example(topic, &Port::reserve()))
    }

    fn example(&self, topic: &str, health: &Port) -> Command {
        let mut command = self.command(&binary("kubefuncs-example", "kubefuncs-example"));
        command
            .env("TOPIC", topic)
            .env("KUBEFUNCS_TIMEOUT", "10s")
            .env("KUBEFUNCS_CONCURRENCY", "64")
            .env("HEALTHZ_ADDR", health.to_string());
        command
    }
}

impl Program {
    fn start(name: &str, command: Command, main: Option<Port>, admin: Port) -> Self {
        let mut process = Process::start(name, command);
        let probe = admin.addr();
        process.wait_ready(LIMIT, "it is ready", || http::is_ok(probe, "/readyz"));
        Self {
            process,
            main,
            admin,
        }
    }

    pub(crate) fn main(&self) -> SocketAddr {
        self.main.as_ref().unwrap().addr()
    }

    pub(crate) fn admin(&self) -> SocketAddr {
        self.admin.addr()
    }

    /// SIGTERM, and the end in good order.
    #[track_caller]
    pub(crate) fn leave(&mut self) {
        let status = self.process.stop();
        assert!(status.success(), "{}", self.process.last_words());
    }

    /// The value of a metric without labels.
    pub(crate) fn metric(&self, name: &str) -> f64 {
        let text = http::get(self.admin(), "/metrics").unwrap().text();
        let value = text
            .lines()
            .find_map(|line| line.strip_prefix(name)?.trim().parse().ok());
        value.unwrap_or_else(|| panic!("no {name} in\n{text}"))
    }
}

/// The first answer through a gateway is 200.
#[track_caller]
pub(crate) fn wait_served(gateway: &Program, path: &str) {
    wait_until(LIMIT, "calls are answered", || {
        http::get(gateway.main(), path).is_ok_and(|answer| answer.status == 200)
    });
}
