//! Watching a topic.

use kubefuncs_testkit::{Process, http, require_nsq};
use serde_json::Value;

use crate::support::{Nsq, PATIENCE};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn tail_shows_copies_and_leaves_no_trace() {
    require_nsq!();
    let nsq = Nsq::start();
    let function = nsq.function("orders").await;
    let mut tail = watching(&nsq, &["tail", "orders", "--json", "--max", "3"]);
    let mut plain = watching(&nsq, &["tail", "orders"]);

    assert_eq!(
        nsq.run(&["call", "orders", "1", "--path", "/new"]).code,
        Some(0)
    );
    assert_eq!(
        nsq.run(&["emit", "orders", "bytes", "--metadata", "a=b"])
            .code,
        Some(0)
    );
    http::post(nsq.nsqd.http(), "/pub?topic=orders", b"\x1b[2Jno event").unwrap();
    assert_eq!(tail.wait(PATIENCE).code(), Some(0), "{}", tail.last_words());
    let lines: Vec<Value> = tail
        .stdout()
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    let request = lines
        .iter()
        .find(|line| line["request"].is_object())
        .unwrap();
    assert_eq!(request["request"]["url"], "/new");
    assert_eq!(request["request"]["body"], "1");
    let event = lines.iter().find(|line| line["body"] == "bytes").unwrap();
    assert_eq!(event["metadata"]["a"], "b");
    let foreign = lines.iter().find(|line| line["id"].is_null()).unwrap();
    assert_eq!(foreign["body"], "\u{1b}[2Jno event");

    kubefuncs_testkit::wait_until(PATIENCE, "three lines", || {
        plain.stdout().lines().count() == 3
    });
    assert!(!plain.stdout().contains('\u{1b}'), "{}", plain.stdout());
    plain.interrupt();
    assert_eq!(
        plain.wait(PATIENCE).code(),
        Some(0),
        "{}",
        plain.last_words()
    );
    kubefuncs_testkit::wait_until(PATIENCE, "their channels are gone", || {
        !nsq.nsqd.stats("topic=orders").contains("tail-")
    });
    function.drain().await;
}

#[test]
fn tail_refuses_to_take_a_backlog() {
    require_nsq!();
    let nsq = Nsq::start();
    let ran = nsq.run(&["tail", "orders"]);
    assert_eq!(ran.code, Some(2), "{ran:?}");
    assert!(ran.stderr.contains("no such topic"), "{ran:?}");

    http::post(nsq.nsqd.http(), "/pub?topic=orders", b"waits").unwrap();
    let ran = nsq.run(&["tail", "orders"]);
    assert_eq!(ran.code, Some(2), "{ran:?}");
    assert!(
        ran.stderr.contains("1 messages wait for the first one"),
        "{ran:?}"
    );
    assert!(nsq.nsqd.stats("topic=orders").contains("\"depth\":1"));
}

/// A tail that is subscribed.
fn watching(nsq: &Nsq, args: &[&str]) -> Process {
    let mut tail = Process::start("tail", nsq.kubefuncs(args));
    kubefuncs_testkit::wait_until(PATIENCE, "it watches", || {
        assert!(tail.is_running(), "{}", tail.last_words());
        tail.stderr().contains("watching topic")
    });
    tail
}
