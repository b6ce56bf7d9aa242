//! Watching a topic.

use std::io::ErrorKind;
use std::net::TcpListener;

use kubefuncs_testkit::{Nsqd, NsqdOptions, Process, http, require_nsq};
use serde_json::Value;

use crate::support::{Nsq, PATIENCE, Ran, directory, kubefuncs};

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
    let time = request["timestamp"].as_str().unwrap();
    assert!(is_a_time(time), "{time}");
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
fn a_broker_that_joins_is_watched_once_that_takes_nothing_away() {
    require_nsq!();
    let nsq = Nsq::start();
    let make = |nsqd: &Nsqd| {
        for path in [
            "/topic/create?topic=orders",
            "/channel/create?topic=orders&channel=shop",
        ] {
            http::post(nsqd.http(), path, b"").unwrap();
        }
    };
    make(&nsq.nsqd);
    let mut tail = watching(&nsq, &["tail", "orders", "--max", "2"]);
    let mut says = |text: &str| {
        kubefuncs_testkit::wait_until(PATIENCE, text, || {
            assert!(tail.is_running(), "{}", tail.last_words());
            tail.stderr().contains(text)
        });
    };
    let joined = Nsqd::start(NsqdOptions::default().lookupd(&nsq.lookupd));
    says(&format!(
        "not watched: nsqd {}: no such topic",
        joined.tcp()
    ));
    http::post(joined.http(), "/pub?topic=orders", b"of nobody's yet").unwrap();
    make(&joined);
    says(&format!("watching on nsqd {}, too", joined.tcp()));
    http::post(joined.http(), "/pub?topic=orders", b"there").unwrap();
    http::post(nsq.nsqd.http(), "/pub?topic=orders", b"here").unwrap();
    assert_eq!(tail.wait(PATIENCE).code(), Some(0), "{}", tail.last_words());
    let said = tail.stdout();
    assert!(
        said.contains(" there\n") && said.contains(" here\n"),
        "{said}"
    );
    let stats: Value = serde_json::from_str(&joined.stats("topic=orders&channel=shop")).unwrap();
    assert_eq!(
        stats["topics"][0]["channels"][0]["depth"], 2,
        "nothing was taken"
    );
}

/// Whoever may write to a directory could else have the secret.
#[test]
fn a_broker_outside_the_domain_of_the_directories_is_not_given_the_secret() {
    let stranger = TcpListener::bind("127.0.0.1:0").unwrap();
    stranger.set_nonblocking(true).unwrap();
    let port = stranger.local_addr().unwrap().port();
    let nodes = format!(
        r#"{{"producers":[{{"broadcast_address":"localhost","tcp_port":{port},"http_port":{port}}}]}}"#
    );
    let directory = directory(nodes);
    let folder = tempfile::tempdir().unwrap();
    let secret = folder.path().join("secret");
    std::fs::write(&secret, "abc").unwrap();
    for command in ["tail", "redrive"] {
        let mut command = kubefuncs(&[command, "orders", "--timeout", "1s"]);
        command.env("KUBEFUNCS_LOOKUPD", directory.to_string());
        command.env("NSQ_TLS", "true");
        command.env("NSQ_AUTH_SECRET_FILE", &secret);
        let ran = Ran::of(command);
        assert_eq!(ran.code, Some(2), "{ran:?}");
        assert!(ran.stderr.contains("none that may be dialled"), "{ran:?}");
    }
    let connected = stranger.accept().map_err(|error| error.kind());
    assert_eq!(connected.err(), Some(ErrorKind::WouldBlock));
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

#[test]
fn a_message_is_one_line_whatever_its_body_is() {
    require_nsq!();
    let nsq = Nsq::start();
    for path in [
        "/topic/create?topic=orders",
        "/channel/create?topic=orders&channel=shop",
    ] {
        http::post(nsq.nsqd.http(), path, b"").unwrap();
    }
    let mut tail = watching(&nsq, &["tail", "orders", "--max", "4"]);
    let forged = "a\n2026-11-23T13:20:49.000Z id GET /x";
    for args in [
        &["emit", "orders", forged][..],
        &["emit", "--raw", "orders", forged],
        &["emit", "orders", "--path", "/bare"],
        &["emit", "orders", "--path", "/full", forged],
    ] {
        let ran = nsq.run(args);
        assert_eq!(ran.code, Some(0), "{ran:?}");
    }
    assert_eq!(tail.wait(PATIENCE).code(), Some(0), "{}", tail.last_words());
    let said = tail.stdout();
    // One broker, one consumer, and yet NSQ promises no order.
    let mut told = Vec::new();
    for line in said.lines() {
        let (time, rest) = line.split_once(' ').unwrap();
        assert!(is_a_time(time), "{said}");
        told.push(rest.split_once(' ').unwrap().1);
    }
    told.sort_unstable();
    let escaped = forged.replace('\n', "\\n");
    let full = format!("POST /full {escaped}");
    assert_eq!(told, ["GET /bare", &full, &escaped, &escaped], "{said}");
}

/// Such as `2026-11-23T13:20:49.000Z`.
fn is_a_time(text: &str) -> bool {
    let form: String = text
        .chars()
        .map(|c| if c.is_ascii_digit() { '0' } else { c })
        .collect();
    form == "0000-00-00T00:00:00.000Z"
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
