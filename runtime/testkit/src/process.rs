//! A child process of a test.

use std::fs::{self, File};
use std::path::Path;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::time::{Duration, Instant};

use rustix::process::{
    Pid, Resource, Rlimit, Signal, WaitId, WaitIdOptions, kill_process, prlimit, waitid,
};
use tempfile::TempDir;

use crate::{janitor, wait};

/// How long a process may take to leave after SIGTERM before the test fails.
const STOP_LIMIT: Duration = Duration::from_secs(30);
/// How much of a stream a failing test shows: the first lines, where a wrong flag is named, and the
/// last, where it ended.
const SHOWN_FIRST: usize = 10;
const SHOWN_LAST: usize = 50;

/// A running program whose output is kept in files; killed and reaped when dropped.
///
/// When the test panics, dropping prints the ends of its output.
#[derive(Debug)]
pub struct Process {
    name: String,
    child: Child,
    status: Option<ExitStatus>,
    output: TempDir,
}

impl Process {
    /// Starts `command` with no input and its output captured; `name` is for messages.
    ///
    /// # Panics
    /// When it cannot be started.
    #[track_caller]
    pub fn start(name: &str, mut command: Command) -> Process {
        let output =
            TempDir::with_prefix(format!("kubefuncs-{name}-")).expect("a folder for output");
        let file = |stream: &str| File::create(output.path().join(stream)).expect("an output file");
        let spawned = command
            .stdin(Stdio::null())
            .stdout(file("stdout"))
            .stderr(file("stderr"))
            .spawn();
        let child = spawned.unwrap_or_else(|error| panic!("{name}: {command:?}: {error}"));
        janitor::add(child.id());
        Process {
            name: name.to_owned(),
            child,
            status: None,
            output,
        }
    }

    /// The process id.
    pub fn id(&self) -> u32 {
        self.child.id()
    }

    /// What standard output has received so far.
    pub fn stdout(&self) -> String {
        text(&self.output.path().join("stdout"))
    }

    /// What standard error has received so far.
    pub fn stderr(&self) -> String {
        text(&self.output.path().join("stderr"))
    }

    /// The first and last lines of both streams, for a message.
    pub fn last_words(&self) -> String {
        format!(
            "--- {} (pid {}, {}): stdout\n{}\n--- stderr\n{}\n---",
            self.name,
            self.id(),
            self.status
                .map_or_else(|| "running".to_owned(), |status| status.to_string()),
            shortened(&self.stdout()),
            shortened(&self.stderr()),
        )
    }

    /// Whether it runs; a paused process runs.
    pub fn is_running(&mut self) -> bool {
        self.poll().is_none()
    }

    /// Asks for the exit status without waiting.
    pub fn poll(&mut self) -> Option<ExitStatus> {
        if self.status.is_none() {
            self.status = self.child.try_wait().expect("a child of ours");
            if self.status.is_some() {
                janitor::remove(self.id());
            }
        }
        self.status
    }

    /// Waits for the process to leave by itself.
    ///
    /// # Panics
    /// When it has not within `limit`.
    #[track_caller]
    pub fn wait(&mut self, limit: Duration) -> ExitStatus {
        let deadline = Instant::now() + limit;
        loop {
            if let Some(status) = self.poll() {
                return status;
            }
            assert!(
                Instant::now() < deadline,
                "still runs after {limit:?}\n{}",
                self.last_words()
            );
            wait::pause();
        }
    }

    /// Waits until `probe` holds, and fails at once when the process leaves.
    ///
    /// # Panics
    /// When the process leaves, or `probe` does not hold within `limit`; shows the output.
    #[track_caller]
    pub fn wait_ready(&mut self, limit: Duration, what: &str, mut probe: impl FnMut() -> bool) {
        let deadline = Instant::now() + limit;
        while !probe() {
            let late = Instant::now() >= deadline;
            assert!(
                self.is_running(),
                "left before this: {what}\n{}",
                self.last_words()
            );
            assert!(!late, "not within {limit:?}: {what}\n{}", self.last_words());
            wait::pause();
        }
    }

    /// SIGTERM, then waits for the process to leave.
    ///
    /// # Panics
    /// When it has not after 30 s.
    #[track_caller]
    pub fn stop(&mut self) -> ExitStatus {
        self.terminate();
        self.wait(STOP_LIMIT)
    }

    /// SIGTERM, and does not wait.
    pub fn terminate(&mut self) {
        self.signal(Signal::TERM);
        // A paused process would keep the signal for later.
        self.signal(Signal::CONT);
    }

    /// SIGINT, as Ctrl-C sends, and does not wait.
    pub fn interrupt(&mut self) {
        self.signal(Signal::INT);
    }

    /// SIGKILL, then reaps.
    pub fn kill(&mut self) {
        self.signal(Signal::KILL);
        if self.status.is_none() {
            self.status = self.child.wait().ok();
            janitor::remove(self.id());
        }
    }

    /// SIGSTOP, and waits until it holds: sockets stay open, nothing answers.
    pub fn pause(&mut self) {
        self.signal(Signal::STOP);
        if self.status.is_none() {
            // NOWAIT leaves the status, should it have exited instead, for whoever reaps it.
            let news = WaitIdOptions::STOPPED | WaitIdOptions::EXITED | WaitIdOptions::NOWAIT;
            waitid(WaitId::Pid(Pid::from_child(&self.child)), news).expect("a child of ours");
        }
    }

    /// SIGCONT after [`Process::pause`].
    pub fn resume(&mut self) {
        self.signal(Signal::CONT);
    }

    /// No file that it writes may grow beyond so many bytes; `None`: beyond nothing.
    pub(crate) fn limit_files(&mut self, bytes: Option<u64>) {
        if self.status.is_none() {
            let limit = Rlimit {
                current: bytes,
                maximum: None,
            };
            prlimit(Some(Pid::from_child(&self.child)), Resource::Fsize, limit)
                .expect("a limit for our own child");
        }
    }

    fn signal(&mut self, signal: Signal) {
        if self.status.is_none() {
            // An exited child that nobody has reaped takes the signal and ignores it.
            kill_process(Pid::from_child(&self.child), signal).expect("a signal to our own child");
        }
    }
}

impl Drop for Process {
    #[expect(
        clippy::print_stderr,
        reason = "a failing test shows what its processes said"
    )]
    fn drop(&mut self) {
        if std::thread::panicking() {
            eprintln!("{}", self.last_words());
        }
        self.kill();
    }
}

fn text(path: &Path) -> String {
    String::from_utf8_lossy(&fs::read(path).unwrap_or_default()).into_owned()
}

fn shortened(text: &str) -> String {
    let mut lines: Vec<&str> = text.lines().collect();
    if lines.len() > SHOWN_FIRST + SHOWN_LAST {
        lines.splice(SHOWN_FIRST..lines.len() - SHOWN_LAST, ["…"]);
    }
    lines.join("\n")
}
