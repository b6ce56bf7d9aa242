//! A function's process, and whatever it starts itself.
//!
//! Each has a process group of its own, led by a small shell that holds our pipe. When this
//! program ends in whatever way, the pipe ends, and the shell takes the whole group along: nothing
//! is left behind, also where nobody was there to clean up. A child is born into the group, so no
//! moment is left in which it would be missed; and as the shell is not reaped before the group is
//! done with, the group's number can never be somebody else's.

use std::io;
use std::process::{ExitStatus, Stdio};
use std::time::Duration;

use rustix::process::{Pid, Signal, kill_process_group};
use tokio::process::{Child as Process, Command};
use tokio::time::timeout;

use crate::log::{Log, Stream, Tag};
use crate::program::Program;
use crate::shell;

/// Waits for the end of our pipe; then everybody is asked to go, and soon after made to.
const LEASH: &str = "trap '' HUP INT TERM; read -r _; kill -TERM 0; sleep 2; kill -KILL 0";

/// A running function.
#[derive(Debug)]
pub(crate) struct Child {
    leash: Process,
    process: Process,
    group: Pid,
}

impl Child {
    /// Starts a function; what it writes goes to the log.
    ///
    /// # Errors
    /// Why it cannot be started, for people.
    pub(crate) fn start(program: &Program, log: &Log, tag: &Tag) -> Result<Self, String> {
        let leash = Command::from(shell::holding_our_pipe(LEASH))
            .spawn()
            .map_err(|error| shell::not_started(&error))?;
        let group = leash
            .id()
            .and_then(|id| Pid::from_raw(i32::try_from(id).ok()?))
            .ok_or("cannot start `sh`: it left at once")?;
        let spawned = Command::new(&program.command[0])
            .args(&program.command[1..])
            .current_dir(&program.folder)
            .env_clear()
            .envs(&program.env)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .process_group(group.as_raw_nonzero().get())
            .spawn();
        let mut process = match spawned {
            Ok(process) => process,
            Err(error) => {
                let _ = kill_process_group(group, Signal::KILL);
                return Err(why(program, &error));
            }
        };
        if let Some(stdout) = process.stdout.take() {
            tokio::spawn(log.clone().pass(tag.clone(), Stream::Out, stdout));
        }
        if let Some(stderr) = process.stderr.take() {
            tokio::spawn(log.clone().pass(tag.clone(), Stream::Err, stderr));
        }
        Ok(Self {
            leash,
            process,
            group,
        })
    }

    /// The number of the process, while it runs.
    pub(crate) fn id(&self) -> Option<u32> {
        self.process.id()
    }

    /// Waits until it has ended. Cancel-safe.
    pub(crate) async fn ended(&mut self) -> String {
        match self.process.wait().await {
            Ok(status) => said(status),
            Err(error) => format!("lost: {error}"),
        }
    }

    /// Asks it to go, waits for `grace`, and makes it go.
    pub(crate) async fn stop(mut self, grace: Duration) -> Stopped {
        let _ = kill_process_group(self.group, Signal::TERM);
        let left = timeout(grace, self.process.wait()).await;
        self.clear().await;
        match left {
            Ok(Ok(status)) if status.success() => Stopped::Well,
            Ok(Ok(status)) => Stopped::Said(said(status)),
            _ => Stopped::Killed,
        }
    }

    /// Ends whatever is left of the group.
    pub(crate) async fn clear(mut self) {
        let _ = kill_process_group(self.group, Signal::KILL);
        let _ = self.process.wait().await;
        let _ = self.leash.wait().await;
    }
}

/// How a function left that was asked to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Stopped {
    /// With status 0.
    Well,
    /// In another way.
    Said(String),
    /// Not by itself.
    Killed,
}

fn said(status: ExitStatus) -> String {
    use std::os::unix::process::ExitStatusExt;
    match (status.code(), status.signal()) {
        (Some(code), _) => format!("exit status {code}"),
        (None, Some(signal)) => format!("signal {signal}"),
        (None, None) => status.to_string(),
    }
}

fn why(program: &Program, error: &io::Error) -> String {
    let name = &program.command[0];
    let found = match error.kind() {
        io::ErrorKind::NotFound if !program.folder.is_dir() => {
            return format!(
                "cannot start `{name}` in {}: {error}",
                program.folder.display()
            );
        }
        io::ErrorKind::NotFound => "there is no such program".to_owned(),
        io::ErrorKind::PermissionDenied => "it may not be executed".to_owned(),
        _ => error.to_string(),
    };
    format!("cannot start `{name}`: {found}")
}
