//! Small shells that clean up after this program, in whatever way it ends.

use std::io;
use std::os::unix::process::CommandExt;
use std::process::{Command, Stdio};

/// A shell in a process group of its own that runs `script` and holds our pipe as its standard
/// input: whoever ends us, the pipe ends.
pub(crate) fn holding_our_pipe(script: &str) -> Command {
    let mut command = Command::new("sh");
    command
        .args(["-c", script])
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .process_group(0);
    command
}

/// Why there is none, for people.
pub(crate) fn not_started(error: &io::Error) -> String {
    format!("cannot start `sh`: {error}")
}
