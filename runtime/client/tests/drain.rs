//! How a function leaves.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod common;

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::time::Duration;

use common::{Brokers, LIMIT, echo, eventually, number, within};
use kubefuncs::messages::{self, Any, Event, Message};
use kubefuncs::{CallOptions, Context, HttpRequest, HttpResponse};
use kubefuncs_testkit::{http, require_nsq};
use tokio::sync::Semaphore;

fn call() -> HttpRequest {
    HttpRequest::new("GET".parse().unwrap(), "/")
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_drain_finishes_what_runs_and_leaves_the_rest_to_others() {
    require_nsq!();
    let brokers = Brokers::start(1);
    let client = brokers.client(&[]).await;
    let vars = [("KUBEFUNCS_CONCURRENCY", "1"), ("KUBEFUNCS_TIMEOUT", "60s")];
    let (begun, gate) = (Arc::new(AtomicU32::new(0)), Arc::new(Semaphore::new(0)));
    let first = brokers
        .function(&vars, {
            let (begun, gate) = (Arc::clone(&begun), Arc::clone(&gate));
            move |_: Context, _: HttpRequest| {
                let (begun, gate) = (Arc::clone(&begun), Arc::clone(&gate));
                async move {
                    begun.fetch_add(1, Ordering::Relaxed);
                    gate.acquire().await?.forget();
                    Ok(HttpResponse::text("first"))
                }
            }
        })
        .await;
    let health = first.health_addr();
    let ask = || {
        let client = client.clone();
        let options = CallOptions::new().with_timeout(LIMIT);
        tokio::spawn(async move {
            let reply = client.call("test", call(), options).await.unwrap();
            reply.into_http().unwrap().body
        })
    };
    let running = ask();
    eventually("a handler runs", || begun.load(Ordering::Relaxed) == 1).await;
    let waiting = (0..5).map(|_| ask()).collect::<Vec<_>>();
    let arrived = || number(&brokers.nsqds[0], "test", "message_count") == 6;
    eventually("the others are queued", arrived).await;

    assert!(http::is_ok(health, "/readyz"));
    assert!(http::is_ok(health, "/healthz?ready=1"));
    let drain = tokio::spawn(first.drain());
    eventually("it is not ready", || !http::is_ok(health, "/readyz")).await;
    assert!(!http::is_ok(health, "/healthz?ready=1"));
    assert!(
        http::is_ok(health, "/healthz"),
        "it lives, so nobody must kill it"
    );

    let _second = brokers
        .function(&vars, |_: Context, _: HttpRequest| async {
            Ok(HttpResponse::text("second"))
        })
        .await;
    for call in waiting {
        assert_eq!(within("others answer", call).await.unwrap(), "second");
    }
    assert!(!drain.is_finished());
    gate.add_permits(1);
    assert_eq!(
        within("what ran is answered", running).await.unwrap(),
        "first"
    );
    within("the drain ends", drain).await.unwrap();
    assert_eq!(begun.load(Ordering::Relaxed), 1);
    assert_eq!(client.unmatched_replies(), 0);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_handler_that_outlasts_the_drain_gives_its_message_back() {
    require_nsq!();
    let brokers = Brokers::start(1);
    let client = brokers.client(&[]).await;
    let begun = Arc::new(AtomicU32::new(0));
    let vars = [("KUBEFUNCS_TIMEOUT", "60s"), ("KUBEFUNCS_DRAIN", "1s")];
    let stuck = brokers
        .function(&vars, {
            let begun = Arc::clone(&begun);
            move |_: Context, _: HttpRequest| {
                begun.fetch_add(1, Ordering::Relaxed);
                std::future::pending::<Result<HttpResponse, kubefuncs::Failure>>()
            }
        })
        .await;
    let waiting = tokio::spawn({
        let client = client.clone();
        let options = CallOptions::new().with_timeout(LIMIT);
        async move { client.call("test", call(), options).await }
    });
    eventually("a handler runs", || begun.load(Ordering::Relaxed) == 1).await;
    within("the drain ends", stuck.drain()).await;
    let _second = brokers
        .function(&[("KUBEFUNCS_TIMEOUT", "60s")], echo)
        .await;
    within("the second answers", waiting)
        .await
        .unwrap()
        .unwrap();
    // Given back, not found by a timeout of the broker.
    assert_eq!(number(&brokers.nsqds[0], "test", "timeout_count"), 0);
    assert_eq!(number(&brokers.nsqds[0], "test", "requeue_count"), 1);
}

/// Health is served while a handler computes where its message came, and the message is touched: the
/// broker does not deliver it to somebody else.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_handler_that_computes_stops_neither_health_nor_touches() {
    require_nsq!();
    let brokers = Brokers::start(1);
    let client = brokers.client(&[]).await;
    // The broker's patience is half of it.
    let config = brokers.config(&[("KUBEFUNCS_TIMEOUT", "8s")]);
    let (runs, enough) = (
        Arc::new(AtomicU32::new(0)),
        Arc::new(AtomicBool::new(false)),
    );
    let (counted, told) = (Arc::clone(&runs), Arc::clone(&enough));
    let handler = move |_: Context, _: HttpRequest| {
        let first = counted.fetch_add(1, Ordering::Relaxed) == 0;
        let told = Arc::clone(&told);
        async move {
            while !first && !told.load(Ordering::Relaxed) {
                std::thread::yield_now();
            }
            Ok(HttpResponse::text("computed"))
        }
    };
    // The function lives on an executor of one thread, which its handler occupies.
    let (sender, receiver) = tokio::sync::oneshot::channel();
    let (stop, stopped) = tokio::sync::oneshot::channel::<()>();
    let thread = std::thread::spawn(move || {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .unwrap();
        runtime.block_on(async move {
            let function = kubefuncs::Function::start(config, handler).await.unwrap();
            function.ready().await;
            sender.send(function.health_addr()).unwrap();
            let _ = stopped.await;
            function.drain().await;
        });
    });
    let health = within("the function is ready", receiver).await.unwrap();
    // The broker looks for overdue messages of this channel once it delivers a deferred one, which
    // takes it up to 5 s at first.
    let event = Event {
        id: "1".into(),
        payload: Some(Any::pack(&messages::HttpRequest::default())),
        ..Event::default()
    };
    brokers.publish("test&defer=1", &event.encode_to_vec());
    eventually("the deferred message comes", || {
        runs.load(Ordering::Relaxed) == 1
    })
    .await;

    let waiting = tokio::spawn({
        let client = client.clone();
        let options = CallOptions::new().with_timeout(LIMIT);
        async move { client.call("test", call(), options).await }
    });
    eventually("the handler computes", || runs.load(Ordering::Relaxed) == 2).await;
    assert!(http::is_ok(health, "/healthz"));
    // Time must pass: more than the broker's patience.
    tokio::time::sleep(Duration::from_secs(5)).await;
    assert_eq!(number(&brokers.nsqds[0], "test", "timeout_count"), 0);
    enough.store(true, Ordering::Relaxed);
    let reply = within("it answers", waiting).await.unwrap().unwrap();
    assert_eq!(reply.into_http().unwrap().body, "computed");
    assert_eq!(runs.load(Ordering::Relaxed), 2);
    let _ = stop.send(());
    thread.join().unwrap();
}

/// The process of the next tests: a function whose handler never lets go of its thread.
#[test]
#[ignore = "not a test, but the process of one"]
fn a_stuck_function() {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap();
    let handler = |context: Context, _: ()| async move {
        if context.event_id() == "later" {
            // After its first step it is on the only thread of the program's own executor.
            tokio::task::yield_now().await;
        }
        loop {
            std::hint::spin_loop();
        }
        #[allow(unreachable_code)]
        Ok(())
    };
    runtime.block_on(kubefuncs::run(handler)).unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_handler_that_is_stuck_does_not_keep_the_process_from_ending() {
    require_nsq!();
    let said = ends_though_stuck("later").await;
    assert!(said.contains("leaving all the same"), "{said}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_handler_that_is_stuck_at_once_does_not_either() {
    require_nsq!();
    ends_though_stuck("at once").await;
}

/// Starts the stuck function, ends it while it handles an event, and gives what it has said.
async fn ends_though_stuck(event: &str) -> String {
    let brokers = Brokers::start(1);
    let health = kubefuncs_testkit::Port::reserve();
    let mut command = std::process::Command::new(std::env::current_exe().unwrap());
    command
        .args(["--ignored", "--exact", "--nocapture", "a_stuck_function"])
        .env("KUBEFUNCS_LOOKUPD", brokers.lookupd.http().to_string())
        .env("HEALTHZ_ADDR", health.to_string())
        .env("KUBEFUNCS_DRAIN", "500ms");
    let mut process = kubefuncs_testkit::Process::start("stuck", command);
    process.wait_ready(LIMIT, "/readyz answers 200", || {
        http::is_ok(health.addr(), "/readyz")
    });
    brokers.publish_event(&Event {
        id: event.into(),
        payload: Some(Any::pack(&messages::HttpRequest::default())),
        ..Event::default()
    });
    let running = || {
        let metrics = http::get(health.addr(), "/metrics").unwrap().text();
        metrics.contains("kubefuncs_in_flight{channel=\"default\",topic=\"test\"} 1")
    };
    eventually("the handler runs", running).await;
    // Until its time is up, in a while: SIGTERM, and the exit code is that of a good end.
    assert_eq!(process.stop().code(), Some(0), "{}", process.last_words());
    // Its message was given back, and is there for others.
    let waits = || number(&brokers.nsqds[0], "test", "depth") == 1;
    eventually("the message waits for somebody else", waits).await;
    process.stderr()
}
