//! Whether a program written in Go has come to handle SIGTERM.

use std::fs;

/// SIGTERM is 15, SIGUSR1 10; in a mask signal N is bit N - 1.
const TERM: u64 = 1 << 14;
const USR1: u64 = 1 << 9;

/// Whether the program of that process, written in Go, handles SIGTERM by now.
///
/// nsqd answers a little before it does, and a SIGTERM in between ends it without saving a message.
///
/// From the first `signal.Notify` on, a thread of the Go runtime blocks every signal but those
/// that are handled: so one that blocks SIGUSR1 and not SIGTERM shows that SIGTERM is. Without
/// `/proc` nothing can be seen, and the answer is yes.
pub fn go_handles_term(pid: u32) -> bool {
    let Ok(threads) = fs::read_dir(format!("/proc/{pid}/task")) else {
        return true;
    };
    threads.flatten().any(|thread| {
        let status = fs::read_to_string(thread.path().join("status")).unwrap_or_default();
        let mask = status.lines().find_map(|line| line.strip_prefix("SigBlk:"));
        let mask = mask.and_then(|mask| u64::from_str_radix(mask.trim(), 16).ok());
        mask.is_some_and(|mask| mask & USR1 != 0 && mask & TERM == 0)
    })
}
