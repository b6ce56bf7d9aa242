//! Kills what a killed test process leaves behind.
//!
//! One shell per test process reads from a pipe which children run. When the test process goes, in
//! whatever way, the pipe ends and the shell kills those that were never taken off its list.

use std::io::Write;
use std::os::unix::process::CommandExt;
use std::process::{ChildStdin, Command, Stdio};
use std::sync::{LazyLock, Mutex, PoisonError};

const SCRIPT: &str = r#"
trap '' INT TERM HUP
pids=' '
while read -r sign pid; do
  case $sign in
    +) pids="$pids$pid " ;;
    -) pids="${pids%% $pid *} ${pids#* $pid }" ;;
  esac
done
set -- $pids
[ $# -eq 0 ] || kill -9 "$@"
"#;

#[expect(
    clippy::zombie_processes,
    reason = "it outlives this process, which is its purpose"
)]
static PIPE: LazyLock<Mutex<ChildStdin>> = LazyLock::new(|| {
    let shell = Command::new("sh")
        .args(["-c", SCRIPT])
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .process_group(0)
        .spawn()
        .expect("a shell that cleans up");
    Mutex::new(shell.stdin.expect("a piped stdin"))
});

/// From now on `pid` is killed when this process ends.
pub(crate) fn add(pid: u32) {
    write('+', pid);
}

/// `pid` has ended and is about to be reaped: its number may soon be somebody else's.
pub(crate) fn remove(pid: u32) {
    write('-', pid);
}

fn write(sign: char, pid: u32) {
    let mut pipe = PIPE.lock().unwrap_or_else(PoisonError::into_inner);
    // A janitor that somebody killed cleans nothing up; that is no reason to fail a test.
    let _ = writeln!(pipe, "{sign} {pid}");
}
