//! Events and calls, and how they end.

use std::io::Write;
use std::process::Stdio;

use kubefuncs::messages::{Event, HttpRequest as HttpRequestMessage, Message};
use kubefuncs::{FromPayload, HttpRequest, Raw};
use kubefuncs_nsq::{Consumer, ConsumerConfig, Discovery};
use kubefuncs_testkit::{Port, require_nsq};
use serde_json::Value;

use crate::support::{Nsq, PATIENCE, Ran, kubefuncs};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_call_prints_the_answer_and_each_end_has_its_status() {
    require_nsq!();
    let nsq = Nsq::start();
    let function = nsq.function("test").await;

    let ran = nsq.run(&["call", "test"]);
    assert_eq!(
        (ran.code, ran.stdout.as_str()),
        (Some(0), "GET / \n"),
        "{ran:?}"
    );
    let ran = nsq.run(&["call", "test", "{}", "-X", "PUT", "--path", "/a?b=c"]);
    assert_eq!(ran.stdout, "PUT /a?b=c {}\n", "{ran:?}");

    let mut piped = nsq.kubefuncs(&["call", "test", "-"]);
    let mut child = piped
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    child.stdin.take().unwrap().write_all(b"piped").unwrap();
    let ran = Ran::from(child.wait_with_output().unwrap());
    assert_eq!(ran.stdout, "POST / piped\n", "{ran:?}");

    let ran = nsq.run(&["call", "test", "--json"]);
    let said: Value = serde_json::from_str(&ran.stdout).unwrap();
    assert_eq!(
        (&said["status"], &said["body"]),
        (&200.into(), &"GET / \n".into())
    );

    // The function's errors: an answer of 400 or more, and a failure.
    let ran = nsq.run(&["call", "test", "--path", "/missing"]);
    assert_eq!(
        (ran.code, ran.stdout.as_str()),
        (Some(1), "no such thing\n"),
        "{ran:?}"
    );
    let ran = nsq.run(&["call", "test", "--path", "/fails", "--json"]);
    let said: Value = serde_json::from_str(&ran.stdout).unwrap();
    assert_eq!(ran.code, Some(1), "{ran:?}");
    assert_eq!(said["error"]["code"], "closed");
    assert!(ran.stderr.contains("the shop is closed"), "{ran:?}");

    let ran = nsq.run(&["call", "test", "--path", "/sleeps", "--timeout", "600ms"]);
    assert_eq!(ran.code, Some(124), "{ran:?}");
    assert!(ran.stderr.contains("within the deadline"), "{ran:?}");
    function.drain().await;
}

#[test]
fn who_cannot_be_reached_is_named_with_the_reason() {
    let nowhere = Port::reserve().to_string();
    let call = |vars: &[(&str, &str)]| {
        let mut command = kubefuncs(&["call", "test", "--timeout", "300ms"]);
        command.envs(vars.iter().copied());
        Ran::of(command)
    };
    for (vars, expected) in [
        (
            [("KUBEFUNCS_LOOKUPD", nowhere.as_str())],
            "Connection refused",
        ),
        (
            [("NSQ_LOOKUPD_ADDR", "no-such-host.invalid")],
            "has no address",
        ),
        (
            [("NSQ_NSQD_ADDR", "no-such-host.invalid")],
            "has no address",
        ),
    ] {
        let ran = call(&vars);
        assert_eq!(ran.code, Some(2), "{ran:?}");
        assert!(ran.stderr.contains(expected), "{ran:?}");
        assert!(ran.stderr.contains(vars[0].0), "names the setting: {ran:?}");
    }
    let ran = Ran::of(kubefuncs(&[
        "emit",
        "test",
        "--nsqd",
        &nowhere,
        "--timeout",
        "300ms",
    ]));
    assert_eq!(ran.code, Some(2), "{ran:?}");
    assert!(ran.stderr.contains("cannot reach nsqd"), "{ran:?}");
}

#[test]
fn what_cannot_be_sent_is_refused_before_anybody_is_asked() {
    let nowhere = Port::reserve().to_string();
    for (args, expected) in [
        (&["call", "orders extra"][..], "letters, digits"),
        (&["emit", "a\nPUB b"], "letters, digits"),
        (&["emit", ""], "is empty"),
        (&["call", "test", "--path", "no-slash"], "begins with `/`"),
        (&["call", "test", "-H", "no-colon"], "NAME: VALUE"),
        (&["call", "test", "--timeout", "soon"], "reads like `3s`"),
        (&["emit", "test", "--raw"], "no empty messages"),
        (
            &["emit", "test", "--raw", "x", "--path", "/"],
            "cannot be used with",
        ),
        (&["call", "test", "--nsqd", "::1:4150"], "host:port"),
    ] {
        let mut command = kubefuncs(args);
        command.env("KUBEFUNCS_LOOKUPD", &nowhere);
        let ran = Ran::of(command);
        assert_eq!(ran.code, Some(2), "{args:?} {ran:?}");
        assert!(ran.stderr.contains(expected), "{args:?} {ran:?}");
    }
    let mut command = kubefuncs(&["emit", "test", "--raw", "x"]);
    command.env("KUBEFUNCS_TIMEOUT", "soon");
    let ran = Ran::of(command);
    assert_eq!(ran.code, Some(2), "{ran:?}");
    assert!(
        ran.stderr.contains("KUBEFUNCS_TIMEOUT is `soon`"),
        "{ran:?}"
    );
}

#[test]
fn a_body_larger_than_brokers_take_is_not_even_read_whole() {
    let mut command = kubefuncs(&["emit", "test", "-", "--nsqd", "127.0.0.1:1"]);
    command
        .env("KUBEFUNCS_MAX_MESSAGE", "1024")
        .stdin(std::fs::File::open("/dev/zero").unwrap());
    let ran = Ran::of(command);
    assert_eq!(ran.code, Some(2), "{ran:?}");
    assert!(ran.stderr.contains("more than 1024 bytes"), "{ran:?}");
}

/// The very form that a rendered CronJob has.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn emit_sends_what_it_was_given_and_nothing_else() {
    require_nsq!();
    let nsq = Nsq::start();
    let ran = nsq.run(&["emit", "--", "jobs", "--not-a-flag"]);
    assert_eq!((ran.code, ran.stdout.as_str()), (Some(0), ""), "{ran:?}");
    let body = nsq.first_message("jobs").await;
    let event = Event::decode(body.as_slice()).unwrap();
    assert_eq!(event.topic, "jobs");
    assert_eq!((event.r#return.as_str(), event.budget_ms), ("", 0));
    let payload = Raw::from(event.payload.unwrap());
    assert_eq!(payload.type_url, "");
    assert_eq!(payload.bytes, "--not-a-flag");

    let ran = nsq.run(&["emit", "--raw", "--", "lines", "a line"]);
    assert_eq!(ran.code, Some(0), "{ran:?}");
    assert_eq!(nsq.first_message("lines").await, b"a line");

    let ran = nsq.run(&["emit", "--raw", "--literal", "--", "dashes", "-"]);
    assert_eq!(ran.code, Some(0), "{ran:?}");
    assert_eq!(nsq.first_message("dashes").await, b"-");

    let args = [
        "emit",
        "web",
        "x",
        "--path",
        "/p",
        "-H",
        "a: b",
        "--metadata",
        "k=v",
        "--json",
    ];
    let ran = nsq.run(&args);
    let said: Value = serde_json::from_str(&ran.stdout).unwrap();
    let event = Event::decode(nsq.first_message("web").await.as_slice()).unwrap();
    assert_eq!(said["id"], event.id.as_str());
    assert_eq!(event.metadata["k"], "v");
    let payload = Raw::from(event.payload.unwrap());
    assert!(payload.is::<HttpRequestMessage>());
    let request = HttpRequest::from_payload(payload).unwrap();
    assert_eq!(
        (request.method.as_str(), request.url.as_str()),
        ("POST", "/p")
    );
    assert_eq!(request.headers["a"], "b");
}

impl Nsq {
    /// The first message of a topic, through a channel that takes what is there.
    async fn first_message(&self, topic: &str) -> Vec<u8> {
        let config = ConsumerConfig::new(topic.parse().unwrap(), "first".parse().unwrap());
        let consumer = Consumer::start(config, &Discovery::fixed([self.nsqd.tcp().into()]));
        let delivery = tokio::time::timeout(PATIENCE, consumer.recv())
            .await
            .unwrap()
            .unwrap();
        let body = delivery.body().to_vec();
        drop(delivery.finish());
        consumer.close(PATIENCE).await;
        body
    }
}
