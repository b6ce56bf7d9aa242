//! Gateways as processes.

use std::fs;
use std::io::ErrorKind;
use std::net::TcpStream;
use std::process::Command;
use std::thread;

use kubefuncs::messages::{Event, Message};
use kubefuncs_nsq::{Channel, Consumer, ConsumerConfig, Discovery, Topic};
use kubefuncs_testkit::http::{self, Response};
use kubefuncs_testkit::{Port, Process, binary, require_nsq};
use tempfile::TempDir;

use crate::support::*;

struct Gateway {
    process: Process,
    main: Port,
    admin: Port,
    _files: TempDir,
}

impl Gateway {
    fn start(brokers: &Brokers) -> Gateway {
        let (main, admin) = (Port::reserve(), Port::reserve());
        let files = tempfile::tempdir().unwrap();
        let routes = files.path().join("routes.yaml");
        fs::write(&routes, "routes:\n  /test/: {topic: test, timeout: 60s}\n").unwrap();
        let mut command = Command::new(binary("kubefuncs-gateway", "kubefuncs-gateway"));
        command
            .env("KUBEFUNCS_LOOKUPD", brokers.lookupd.http().to_string())
            .arg("--config")
            .arg(routes)
            .args(["--listen", &main.to_string(), "--admin", &admin.to_string()]);
        let mut process = Process::start("gateway", command);
        process.wait_ready(LIMIT, "the gateway is ready", || {
            http::is_ok(admin.addr(), "/readyz")
        });
        Gateway {
            process,
            main,
            admin,
            _files: files,
        }
    }

    /// So many requests at once, each on a thread.
    fn ask(&self, count: usize) -> Vec<thread::JoinHandle<Response>> {
        let addr = self.main.addr();
        let one = |_| thread::spawn(move || http::post(addr, "/test/", b"?").unwrap());
        (0..count).map(one).collect()
    }
}

/// In the original they would share a reply topic, and each would get some of the other's answers.
#[tokio::test(flavor = "multi_thread")]
async fn two_gateways_of_one_host_name_lose_no_answer() {
    require_nsq!();
    let brokers = Brokers::start(2);
    let _function = Told::quick(brokers.config(&[]), "pong").await;
    brokers.subscribed(1).await;
    let gateways = [Gateway::start(&brokers), Gateway::start(&brokers)];
    for _ in 0..4 {
        let asked = gateways.iter().flat_map(|gateway| gateway.ask(25));
        for answer in asked.collect::<Vec<_>>() {
            assert_eq!(answer.join().unwrap().status, 200);
        }
    }
    until("each has a reply topic", || {
        reply_topics(&brokers.nsqds[0]).len() == 2
    })
    .await;
}

/// Whoever was let in is answered, though the gateway is leaving; then nothing is left of it.
#[tokio::test(flavor = "multi_thread")]
async fn a_gateway_that_is_told_to_leave_answers_whoever_waits() {
    require_nsq!();
    let brokers = Brokers::start(2);
    let function = Told::start(brokers.config(&[("KUBEFUNCS_TIMEOUT", "60s")]), "pong").await;
    brokers.subscribed(1).await;
    let mut gateway = Gateway::start(&brokers);
    // No more than the function takes at once.
    let asked = gateway.ask(16);
    until("all are being handled", || function.runs() == 16).await;

    gateway.process.terminate();
    let admin = gateway.admin.addr();
    until("it is not ready", || !http::is_ok(admin, "/readyz")).await;
    function.gate.add_permits(1_000_000);
    for answer in asked {
        assert_eq!(answer.join().unwrap().status, 200);
    }
    assert!(
        gateway.process.wait(LIMIT).success(),
        "{}",
        gateway.process.last_words()
    );
    let refused = TcpStream::connect(gateway.main.addr()).unwrap_err();
    assert_eq!(refused.kind(), ErrorKind::ConnectionRefused);
    for nsqd in &brokers.nsqds {
        until("its reply topic is gone", || reply_topics(nsqd).is_empty()).await;
    }
}

/// An id from outside is metadata and nothing else: who chose the id of an event could take the
/// answer of another, or have its event ignored.
#[tokio::test(flavor = "multi_thread")]
async fn the_id_of_a_stranger_never_becomes_the_id_of_an_event() {
    require_nsq!();
    let brokers = Brokers::start(1);
    let names = (Topic::new("test").unwrap(), Channel::new("spy").unwrap());
    let mut config = ConsumerConfig::new(names.0, names.1);
    config.max_in_flight = 10;
    let spy = Consumer::start(config, &Discovery::fixed([brokers.nsqds[0].tcp().into()]));
    let mut confirmed = spy.confirmed();
    within("subscribed", confirmed.wait_for(|nodes| nodes.len() == 1))
        .await
        .unwrap();
    let _function = Told::quick(brokers.config(&[]), "pong").await;
    brokers.subscribed(2).await;
    let gateway = Gateway::start(&brokers);
    let victim = "0f8fad5b-d9cb-469f-a165-70867728950e";
    for (name, value) in [
        ("X-Request-Id", "ping"),
        ("X-Request-Id", victim),
        ("X-Kubefuncs-Id", victim),
        ("X-Kubefuncs-Event-Id", "ping"),
    ] {
        let answer = http::request(gateway.main.addr(), "GET", "/test/", &[(name, value)], b"");
        assert_eq!(answer.unwrap().status, 200, "{name}: {value}");
        let delivery = within("the event", spy.recv()).await.unwrap();
        let event = Event::decode(delivery.body().clone()).unwrap();
        assert!(
            ![victim, "ping"].contains(&event.id.as_str()),
            "{}",
            event.id
        );
        assert_eq!(event.id.len(), 36);
        let carried = event.metadata.get("request-id").map(String::as_str);
        assert_eq!(
            carried == Some(value),
            name == "X-Request-Id",
            "{carried:?}"
        );
        drop(delivery.finish());
    }
}
