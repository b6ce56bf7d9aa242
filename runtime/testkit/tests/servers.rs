//! The servers start, answer, survive what tests do to them, and never outlive a test.

#![allow(clippy::unwrap_used)]

use std::process::Command;
use std::time::Duration;

use kubefuncs_testkit::{
    Link, Nsqd, NsqdOptions, Nsqlookupd, Process, Proxy, http, nsqd_program, require_nsq,
    wait_until,
};

const LIMIT: Duration = Duration::from_secs(20);

/// The depth of topic `t`, whose messages nobody consumes.
fn depth(nsqd: &Nsqd) -> u64 {
    let stats: serde_json::Value = serde_json::from_str(&nsqd.stats("topic=t")).unwrap();
    stats["topics"][0]["depth"].as_u64().unwrap()
}

#[test]
fn the_version_is_the_one_the_tests_are_written_for() {
    require_nsq!();
    let said = Command::new(nsqd_program())
        .arg("--version")
        .output()
        .unwrap();
    assert!(
        String::from_utf8_lossy(&said.stdout).starts_with("nsqd v1.3.0"),
        "{said:?}"
    );
}

#[test]
fn two_nsqd_are_registered_once_started() {
    require_nsq!();
    let lookupd = Nsqlookupd::start();
    let options = NsqdOptions::default().lookupd(&lookupd);
    let nsqds = [Nsqd::start(options.clone()), Nsqd::start(options)];
    assert_ne!(nsqds[0].tcp(), nsqds[1].tcp());
    assert!(nsqds.iter().all(|nsqd| lookupd.knows(nsqd.tcp())));
    drop(nsqds);
    let nodes = || http::get(lookupd.http(), "/nodes").unwrap().text();
    wait_until(
        LIMIT,
        "lookupd forgets nsqds whose handles are dropped",
        || !nodes().contains("tcp_port"),
    );
}

#[test]
fn a_stopped_nsqd_keeps_its_messages_and_a_killed_one_forgets_them() {
    require_nsq!();
    let mut nsqd = Nsqd::start(NsqdOptions::default());
    let publish = |nsqd: &Nsqd| {
        let response = http::post(nsqd.http(), "/pub?topic=t", b"m").unwrap();
        assert_eq!(response.text(), "OK");
    };
    publish(&nsqd);
    nsqd.stop();
    assert_eq!(nsqd.process().poll().unwrap().code(), Some(0));
    assert!(http::get(nsqd.http(), "/ping").is_err(), "stopped");
    nsqd.restart();
    assert_eq!(depth(&nsqd), 1, "SIGTERM flushed it to disk");
    publish(&nsqd);
    nsqd.kill();
    nsqd.restart();
    assert!(depth(&nsqd) < 2, "what was in memory only is gone");
}

#[test]
#[cfg(target_os = "linux")]
fn a_paused_nsqd_answers_when_it_is_resumed() {
    require_nsq!();
    let mut nsqd = Nsqd::start(NsqdOptions::default());
    nsqd.pause();
    let addr = nsqd.http();
    let ping = std::thread::spawn(move || http::get(addr, "/ping").unwrap().text());
    assert_eq!(state(nsqd.process().id()), 'T');
    assert!(!ping.is_finished());
    nsqd.resume();
    assert_eq!(ping.join().unwrap(), "OK");
}

#[test]
fn a_restarted_nsqlookupd_has_the_same_address() {
    require_nsq!();
    let mut lookupd = Nsqlookupd::start();
    let before = (lookupd.tcp(), lookupd.http());
    lookupd.restart();
    assert_eq!(before, (lookupd.tcp(), lookupd.http()));
    assert!(http::is_ok(lookupd.http(), "/ping"));
}

#[test]
#[should_panic(expected = "flag provided but not defined: -no-such-flag")]
fn a_failed_start_shows_the_log() {
    if !kubefuncs_testkit::nsq_is_available() {
        panic!("left out; flag provided but not defined: -no-such-flag");
    }
    Nsqd::start(NsqdOptions::default().arg("-no-such-flag"));
}

/// A test process that is killed cannot clean up: its janitor does.
#[test]
#[cfg(target_os = "linux")]
fn children_die_with_a_killed_test() {
    const ROLE: &str = "TESTKIT_VICTIM";
    let this = "children_die_with_a_killed_test";
    if std::env::var_os(ROLE).is_some() {
        let mut sleep = Command::new("sleep");
        sleep.arg("600");
        let mut child = Process::start("sleep", sleep);
        println!("child {}.", child.id());
        child.wait(Duration::from_secs(600));
        return;
    }
    let mut command = Command::new(std::env::current_exe().unwrap());
    let tmp = tempfile::tempdir().unwrap(); // for what it cannot remove
    command
        .args(["--exact", this, "--nocapture"])
        .env(ROLE, "1")
        .env("TMPDIR", tmp.path());
    let mut test = Process::start("victim", command);
    wait_until(LIMIT, "the victim has a child", || {
        test.stdout().contains('.')
    });
    let stdout = test.stdout();
    let (_, rest) = stdout.split_once("child ").unwrap();
    let child: u32 = rest.split_once('.').unwrap().0.parse().unwrap();
    assert!(matches!(state(child), 'R' | 'S' | 'D'), "it runs");
    test.kill();
    wait_until(LIMIT, "the child is gone", || {
        matches!(state(child), 'Z' | 'X' | '-')
    });
}

/// The state letter of a process, as proc(5) has it; `-` for none of that number.
#[cfg(target_os = "linux")]
fn state(pid: u32) -> char {
    let stat = std::fs::read_to_string(format!("/proc/{pid}/stat")).unwrap_or_default();
    stat.rsplit_once(") ")
        .and_then(|(_, rest)| rest.chars().next())
        .unwrap_or('-')
}

#[test]
fn a_proxy_passes_holds_and_cuts() {
    require_nsq!();
    let lookupd = Nsqlookupd::start();
    let proxy = Proxy::start();
    let port = proxy.addr().port();
    let nsqd = Nsqd::start(
        NsqdOptions::default()
            .lookupd(&lookupd)
            .broadcast_port(port),
    );
    assert!(lookupd.knows(proxy.addr()) && !lookupd.knows(nsqd.tcp()));
    proxy.forward_to(nsqd.http());
    assert!(http::is_ok(proxy.addr(), "/ping"));
    proxy.set(Link::Silent);
    let asking = std::thread::spawn({
        let addr = proxy.addr();
        move || http::is_ok(addr, "/ping")
    });
    std::thread::scope(|scope| {
        let quiet = scope.spawn(|| http::is_ok(nsqd.http(), "/ping"));
        assert!(quiet.join().unwrap(), "past the proxy it answers");
    });
    assert!(!asking.is_finished());
    proxy.set(Link::Open);
    assert!(asking.join().unwrap(), "what was held arrives");
    proxy.set(Link::Cut);
    assert!(!http::is_ok(proxy.addr(), "/ping"));
}

#[test]
fn a_full_disk_is_noticed_and_ends() {
    require_nsq!();
    let mut nsqd = Nsqd::start(NsqdOptions::default().arg("-mem-queue-size=0"));
    let publish = |nsqd: &Nsqd| {
        http::post(nsqd.http(), "/pub?topic=t", b"x")
            .unwrap()
            .status
    };
    assert_eq!(publish(&nsqd), 200);
    nsqd.fill_disk();
    assert_eq!(publish(&nsqd), 503);
    assert!(!http::is_ok(nsqd.http(), "/ping"));
    nsqd.free_disk();
    assert_eq!(publish(&nsqd), 200);
    assert!(http::is_ok(nsqd.http(), "/ping"));
}
