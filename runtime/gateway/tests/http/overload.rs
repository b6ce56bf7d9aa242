//! A topic that nobody serves: the first waits, the others are told.

use std::sync::Arc;
use std::sync::atomic::{AtomicU16, Ordering};

use http::Request;
use kubefuncs::HttpResponse;
use kubefuncs_gateway::reject::Kind;
use kubefuncs_gateway::{Limits, Reject, Sight};

use crate::support::{PATIENCE, Running, send, until};

const SERVED: Sight = sight(Some(true), false);
const DESERTED: Sight = sight(Some(false), false);
const PAUSED: Sight = sight(Some(true), true);
const UNKNOWN: Sight = sight(None, false);

const fn sight(served: Option<bool>, paused: bool) -> Sight {
    Sight {
        served,
        paused,
        depth: None,
    }
}

/// A function that answers with this status, which for 504 takes as long as the caller waits.
async fn start() -> (Running, Arc<AtomicU16>) {
    let status = Arc::new(AtomicU16::new(504));
    let inner = status.clone();
    let routes = "{/a/: {topic: a, timeout: 100ms}, /b/: {topic: b, timeout: 100ms}}";
    let gateway = Running::start(routes, Limits::default(), move |_, _, options| {
        let status = inner.load(Ordering::SeqCst);
        async move {
            match status {
                504 => {
                    tokio::time::sleep(options.timeout.unwrap()).await;
                    Err(Reject::new(Kind::Timeout, "no answer within the deadline"))
                }
                502 => Err(Reject::new(Kind::Function, "it fails")),
                _ => Ok(HttpResponse::text("pong")),
            }
        }
    })
    .await;
    (gateway, status)
}

async fn ask(gateway: &Running, path: &str) -> (u16, String) {
    let answer = gateway.get(path).await;
    let code = match answer.status.is_success() {
        true => String::new(),
        false => answer.json()["code"].as_str().unwrap().to_owned(),
    };
    assert_eq!(answer.header("retry-after").is_some(), answer.status == 503);
    (answer.status.as_u16(), code)
}

fn told(status: u16, code: &str) -> (u16, String) {
    (status, code.to_owned())
}

async fn becomes_open(gateway: &Running, expected: &str) {
    let name = "kubefuncs_gateway_circuit_open{topic=\"a\"} ";
    let poll = async {
        loop {
            let text = send(gateway.admin, Request::get("/metrics")).await.body;
            let line = text.lines().find_map(|line| line.strip_prefix(name));
            if line == Some(expected) {
                return;
            }
        }
    };
    tokio::time::timeout(PATIENCE, poll).await.unwrap();
}

#[tokio::test]
async fn after_one_deadline_others_are_told_at_once_until_somebody_serves() {
    let (gateway, status) = start().await;
    let set = |sight| *gateway.seen.sight.lock().unwrap() = sight;
    set(DESERTED);
    assert_eq!(ask(&gateway, "/a/").await, told(504, "timeout"));
    let begun = gateway.begun();
    for _ in 0..5 {
        assert_eq!(ask(&gateway, "/a/").await, told(503, "not_served"));
    }
    assert_eq!(gateway.begun(), begun, "nobody is asked");
    assert_eq!(
        ask(&gateway, "/b/").await,
        told(504, "timeout"),
        "another topic is another matter"
    );
    set(PAUSED);
    assert_eq!(ask(&gateway, "/a/").await, told(503, "paused"));
    becomes_open(&gateway, "1").await;
    // Somebody comes: it is seen without a request.
    set(SERVED);
    becomes_open(&gateway, "0").await;
    status.store(200, Ordering::SeqCst);
    assert_eq!(ask(&gateway, "/a/").await.0, 200);
}

#[tokio::test]
async fn nobody_is_refused_on_the_word_of_a_moment_ago() {
    let (gateway, status) = start().await;
    *gateway.seen.sight.lock().unwrap() = DESERTED;
    assert_eq!(ask(&gateway, "/a/").await, told(504, "timeout"));
    for trouble in [told(503, "not_served"), told(503, "paused")] {
        assert_eq!(ask(&gateway, "/a/").await, trouble);
        *gateway.seen.fresh.lock().unwrap() = Some(SERVED);
        // It is let through, which fails here: one wait more.
        assert_eq!(ask(&gateway, "/a/").await, told(504, "timeout"));
        *gateway.seen.sight.lock().unwrap() = PAUSED;
    }
    *gateway.seen.fresh.lock().unwrap() = Some(SERVED);
    status.store(200, Ordering::SeqCst);
    assert_eq!(ask(&gateway, "/a/").await.0, 200);
}

#[tokio::test]
async fn a_function_that_fails_or_is_slow_is_there() {
    let (gateway, status) = start().await;
    *gateway.seen.sight.lock().unwrap() = SERVED;
    for _ in 0..7 {
        assert_eq!(ask(&gateway, "/a/").await, told(504, "timeout"));
    }
    *gateway.seen.sight.lock().unwrap() = UNKNOWN;
    status.store(502, Ordering::SeqCst);
    for _ in 0..7 {
        assert_eq!(ask(&gateway, "/a/").await, told(502, "function"));
    }
}

/// The brokers' statistics are not for everybody.
#[tokio::test]
async fn where_the_brokers_tell_nothing_a_call_tries_now_and_then() {
    let (gateway, status) = start().await;
    let mut waited = 0;
    while ask(&gateway, "/a/").await == told(504, "timeout") {
        waited += 1;
    }
    assert_eq!(waited, 5, "so many in a row");
    assert_eq!(ask(&gateway, "/a/").await, told(503, "not_served"));
    status.store(200, Ordering::SeqCst);
    let probe = async { while ask(&gateway, "/a/").await.0 != 200 {} };
    tokio::time::timeout(PATIENCE, probe).await.unwrap();
    for _ in 0..3 {
        assert_eq!(ask(&gateway, "/a/").await.0, 200);
    }
}

#[tokio::test]
async fn brokers_are_asked_only_about_calls_that_wait_long() {
    let (gateway, status) = start().await;
    status.store(200, Ordering::SeqCst);
    for _ in 0..10 {
        ask(&gateway, "/a/").await;
    }
    // A busy machine may make a call wait for its 50 ms, once or twice.
    let watches = gateway.seen.watches.load(Ordering::SeqCst);
    assert!(watches <= 1, "{watches}");
    status.store(504, Ordering::SeqCst);
    ask(&gateway, "/a/").await;
    until("it is watched", || {
        gateway.seen.watches.load(Ordering::SeqCst) == 1
    })
    .await;
}
