//! A running `kubefuncs-dev`, and what it says.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use kubefuncs_testkit::{Process, binary, http, wait_until};
use tempfile::TempDir;

/// Nothing here should take this long; a test that waits for it fails. A function may have to be
/// built.
pub(crate) const PATIENCE: Duration = Duration::from_secs(120);

/// A folder with a functions.yaml.
pub(crate) struct Project {
    pub(crate) folder: TempDir,
}

impl Project {
    pub(crate) fn new(functions: &str) -> Self {
        let folder = TempDir::with_prefix("kubefuncs-dev-test-").unwrap();
        let project = Self { folder };
        project.write("functions.yaml", functions);
        project
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// Writes a file as editors do: at once.
    pub(crate) fn write(&self, name: &str, text: &str) {
        let fresh = self.path(".fresh");
        std::fs::write(&fresh, text).unwrap();
        std::fs::rename(fresh, self.path(name)).unwrap();
    }

    /// The program on this project, on free ports.
    pub(crate) fn command(&self) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_kubefuncs-dev"));
        command.arg(self.path("functions.yaml"));
        command.args(FREE_PORTS);
        command
    }

    pub(crate) fn start(&self) -> Dev {
        Dev::start(self.command())
    }
}

pub(crate) const FREE_PORTS: [&str; 8] = [
    "--listen",
    "127.0.0.1:0",
    "--broker",
    "127.0.0.1:0",
    "--broker-http",
    "127.0.0.1:0",
    "--lookupd-http",
    "127.0.0.1:0",
];

/// A running `kubefuncs-dev`.
pub(crate) struct Dev {
    pub(crate) process: Process,
}

impl Dev {
    /// Starts it and waits until the gateway is there.
    pub(crate) fn start(command: Command) -> Self {
        let mut process = Process::start("kubefuncs-dev", command);
        process.wait_ready(PATIENCE, "it names its gateway", || true);
        let mut dev = Self { process };
        dev.says("gateway: http://");
        dev
    }

    /// Waits until it has said this.
    #[track_caller]
    pub(crate) fn says(&mut self, text: &str) {
        self.says_times(text, 1);
    }

    /// Waits until it has said this so often.
    #[track_caller]
    pub(crate) fn says_times(&mut self, text: &str, times: usize) {
        let deadline = std::time::Instant::now() + PATIENCE;
        wait_until(PATIENCE, text, || {
            let said = self.process.stderr() + &self.process.stdout();
            let enough = said.matches(text).count() >= times;
            let over = !self.process.is_running() || std::time::Instant::now() > deadline;
            assert!(enough || !over, "{text}\n{}", self.process.last_words());
            enough
        });
    }

    /// The address after a word in what it has said.
    pub(crate) fn address(&self, after: &str) -> String {
        let said = self.process.stderr();
        let at = said
            .find(after)
            .unwrap_or_else(|| panic!("{after}: {said}"));
        let rest = &said[at + after.len()..];
        let end = rest.find(|c: char| !c.is_ascii_alphanumeric() && !".:".contains(c));
        rest[..end.unwrap_or(rest.len())].to_owned()
    }

    pub(crate) fn gateway(&self) -> String {
        self.address("gateway: http://")
    }

    /// GETs a path from the gateway.
    pub(crate) fn get(&self, path: &str) -> (u16, String) {
        let response = http::get(self.gateway(), path).unwrap();
        (response.status, response.text())
    }

    /// Ctrl-C, and waits for the end.
    #[track_caller]
    pub(crate) fn interrupt(&mut self) {
        self.process.interrupt();
        let status = self.process.wait(PATIENCE);
        assert_eq!(status.code(), Some(0), "{}", self.process.last_words());
    }
}

/// The example function, built.
pub(crate) fn example() -> String {
    shown(&binary("kubefuncs-example", "kubefuncs-example"))
}

pub(crate) fn shown(path: &Path) -> String {
    path.to_str().unwrap().to_owned()
}

/// A functions.yaml with one function.
pub(crate) fn one(name: &str, command: &[&str]) -> String {
    let command = serde_json::to_string(command).unwrap();
    format!(
        "app: shop\nimage: acme/shop:1.0\nfunctions:\n- name: {name}\n  dev: {{command: {command}}}\n"
    )
}

/// Whether a process runs.
pub(crate) fn is_alive(pid: &str) -> bool {
    let stat = std::fs::read_to_string(format!("/proc/{pid}/stat")).unwrap_or_default();
    // One that nobody has reaped yet runs no more.
    let state = stat.rsplit_once(") ").map(|(_, rest)| rest.to_owned());
    state.is_some_and(|state| !state.starts_with('Z'))
}
