//! Handles of processes.

use std::process::Command;
use std::time::Duration;

use kubefuncs_testkit::{Port, Process, wait_until};

const LIMIT: Duration = Duration::from_secs(20);

fn shell(script: &str) -> Command {
    let mut command = Command::new("sh");
    command.args(["-c", script]);
    command
}

#[test]
fn output_and_status_are_kept() {
    let mut process = Process::start("shell", shell("echo out; echo err >&2; exit 3"));
    assert_eq!(process.wait(LIMIT).code(), Some(3));
    assert_eq!(
        (process.stdout().as_str(), process.stderr().as_str()),
        ("out\n", "err\n")
    );
    assert!(!process.is_running());
}

#[test]
fn a_signal_reaches_a_handler_even_when_paused() {
    let script = "trap 'echo bye; exit 0' TERM; echo ready; while :; do sleep 0.01; done";
    let mut process = Process::start("shell", shell(script));
    process.wait_ready(LIMIT, "the trap is set", || true);
    wait_until(LIMIT, "the trap is set", || process.stdout() == "ready\n");
    process.pause();
    assert_eq!(process.stop().code(), Some(0));
    assert_eq!(process.stdout(), "ready\nbye\n");
}

#[test]
#[should_panic(expected = "last words")]
fn whoever_leaves_early_is_quoted() {
    let mut process = Process::start("shell", shell("echo last words; exit 1"));
    process.wait_ready(LIMIT, "never", || false);
}

#[test]
fn reserved_ports_differ_and_are_free() {
    let ports: Vec<Port> = (0..50).map(|_| Port::reserve()).collect();
    let mut numbers: Vec<u16> = ports.iter().map(Port::number).collect();
    numbers.sort_unstable();
    numbers.dedup();
    assert_eq!(numbers.len(), ports.len());
    assert!(
        ports
            .iter()
            .all(|port| std::net::TcpListener::bind(port.addr()).is_ok())
    );
}
