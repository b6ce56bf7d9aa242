//! Calls and answers over real brokers.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod common;

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant};

use common::{Brokers, LIMIT, echo, eventually, within};
use kubefuncs::messages::{self, Any, Event, Message};
use kubefuncs::{
    CallErrorKind, CallOptions, Client, Config, Context, Failure, HttpRequest, HttpResponse,
};
use kubefuncs_nsq::{Address, Consumer, Topic};
use kubefuncs_testkit::require_nsq;

fn get(url: &str) -> HttpRequest {
    HttpRequest::new("GET".parse().unwrap(), url)
}

fn waiting_long() -> CallOptions {
    CallOptions::new().with_timeout(LIMIT)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_first_call_is_answered_within_its_deadline_and_without_a_lookup() {
    require_nsq!();
    let mut brokers = Brokers::start(2);
    let _function = brokers
        .function(&[], |_: Context, _: HttpRequest| async {
            Ok(HttpResponse::text("pong\n"))
        })
        .await;
    let client = brokers.client(&[]).await;
    brokers.lookupd.stop();
    // Each broker in turn, with the default deadline of 3 s.
    for _ in 0..4 {
        let reply = client
            .call("test", get("/hello"), CallOptions::new())
            .await
            .unwrap();
        assert_eq!(reply.into_http().unwrap(), HttpResponse::text("pong\n"));
    }
    assert_eq!((client.pending(), client.unmatched_replies()), (0, 0));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_handler_knows_its_call() {
    require_nsq!();
    let brokers = Brokers::start(1);
    let _function = brokers
        .function(&[], |context: Context, request: HttpRequest| async move {
            assert!(context.awaited() && !context.may_have_run() && !context.is_cancelled());
            assert!(context.remaining() <= Duration::from_secs(3));
            let said = format!(
                "{} {} {:?} {} {}",
                request.method,
                request.path(),
                request.query(),
                context.request_id(),
                context.attempt(),
            );
            Ok(HttpResponse::text(said).with_status(http::StatusCode::CREATED))
        })
        .await;
    let client = brokers.client(&[]).await;
    let request = HttpRequest::new("PUT".parse().unwrap(), "/a/b?c=d").with_body("x");
    let options = waiting_long().with_request_id("mine");
    let reply = client
        .call("test", request, options)
        .await
        .unwrap()
        .into_http()
        .unwrap();
    assert_eq!(reply.status, 201);
    assert_eq!(reply.body, "PUT /a/b Some(\"c=d\") mine 1");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_failure_is_told_at_once_and_once() {
    require_nsq!();
    let brokers = Brokers::start(1);
    let runs = Arc::new(AtomicU32::new(0));
    let counted = Arc::clone(&runs);
    let _function = brokers
        .function(&[], move |_: Context, request: HttpRequest| {
            counted.fetch_add(1, Ordering::Relaxed);
            async move {
                match request.path() {
                    "/retry" => Err(Failure::retry("later").with_code("busy")),
                    "/reject" => Err(Failure::reject("never")),
                    "/panic" => panic!("a bug in the handler"),
                    _ => Ok(HttpResponse::text("fine")),
                }
            }
        })
        .await;
    let client = brokers.client(&[]).await;
    for (path, code, reason, retryable) in [
        ("/retry", "busy", "later", true),
        ("/reject", "rejected", "never", false),
        ("/panic", "panic", "the handler panicked", true),
    ] {
        let error = client
            .call("test", get(path), waiting_long())
            .await
            .unwrap_err();
        assert_eq!(error.kind(), CallErrorKind::Function, "{error}");
        assert_eq!((error.code(), error.reason()), (code, reason));
        assert_eq!(
            (error.is_retryable(), error.may_have_run()),
            (retryable, true)
        );
        assert_eq!(error.http_status(), 502);
    }
    client.call("test", get("/"), waiting_long()).await.unwrap();
    assert_eq!(runs.load(Ordering::Relaxed), 4);
    brokers.drained().await;
    assert_eq!(
        common::number(&brokers.nsqds[0], "test", "requeue_count"),
        0
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_request_the_handler_cannot_read_is_rejected() {
    require_nsq!();
    let brokers = Brokers::start(1);
    let _function = brokers.function(&[], echo).await;
    let client = brokers.client(&[]).await;
    let error = client.call("test", (), waiting_long()).await.unwrap_err();
    assert_eq!((error.code(), error.is_retryable()), ("bad_request", false));
    assert!(error.reason().contains("found kubefuncs.Empty"), "{error}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_handler_with_nothing_to_say_answers_http_with_204() {
    require_nsq!();
    let brokers = Brokers::start(1);
    let _function = brokers
        .function(&[], |_: Context, _: HttpRequest| async { Ok(()) })
        .await;
    let client = brokers.client(&[]).await;
    let reply = client.call("test", get("/"), waiting_long()).await.unwrap();
    assert_eq!(reply.into_http().unwrap().status, 204);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_answer_that_is_too_large_becomes_a_small_error_and_the_connection_lives() {
    require_nsq!();
    let brokers = Brokers::start(1);
    let _function = brokers
        .function(&[], |_: Context, request: HttpRequest| async move {
            let size = request.path().trim_start_matches('/').parse::<usize>()?;
            Ok(HttpResponse::text("").with_body(vec![b'x'; size]))
        })
        .await;
    let client = brokers.client(&[]).await;
    for (size, fits) in [
        (1_000_000, true),
        (1_048_576, false),
        (3_000_000, false),
        (5, true),
    ] {
        let reply = client
            .call("test", get(&format!("/{size}")), waiting_long())
            .await;
        match reply {
            Ok(reply) => assert_eq!((reply.into_http().unwrap().body.len(), fits), (size, true)),
            Err(error) => assert_eq!((error.code(), fits), ("too_large", false), "{error}"),
        }
    }
    let error = client
        .call(
            "test",
            get("/1").with_body(vec![0; 1_048_576]),
            waiting_long(),
        )
        .await
        .unwrap_err();
    assert_eq!(
        (error.kind(), error.http_status()),
        (CallErrorKind::TooLarge, 413)
    );
    assert!(!error.may_have_run());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn answers_find_their_callers() {
    require_nsq!();
    let brokers = Brokers::start(2);
    let _function = brokers.function(&[], echo).await;
    // Of one host, as two gateways on one machine.
    let clients = [brokers.client(&[]).await, brokers.client(&[]).await];
    let mut calls = tokio::task::JoinSet::new();
    for number in 0..200 {
        let client = clients[number % 2].clone();
        calls.spawn(async move {
            let request = get("/").with_body(number.to_string());
            let reply = client.call("test", request, waiting_long()).await.unwrap();
            assert_eq!(reply.into_http().unwrap().body, number.to_string());
        });
    }
    while let Some(call) = calls.join_next().await {
        call.unwrap();
    }
    for client in clients {
        assert_eq!((client.pending(), client.unmatched_replies()), (0, 0));
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn without_a_function_a_call_ends_at_its_deadline() {
    require_nsq!();
    let brokers = Brokers::start(1);
    let client = brokers.client(&[]).await;
    let options = CallOptions::new().with_timeout(Duration::from_millis(300));
    let begun = Instant::now();
    let error = client.call("nobody", get("/"), options).await.unwrap_err();
    assert!(begun.elapsed() >= Duration::from_millis(300));
    assert_eq!(
        (error.kind(), error.http_status()),
        (CallErrorKind::Timeout, 504)
    );
    assert!(error.may_have_run());
    assert_eq!(client.pending(), 0);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn without_a_broker_a_call_fails_long_before_its_deadline() {
    let config = Config::from_vars([("NSQ_NSQD_ADDR", "127.0.0.1"), ("NSQ_NSQD_PORT", "1")]);
    let client = Client::connect(config.unwrap()).await.unwrap();
    assert!(!client.is_ready());
    let begun = Instant::now();
    let error = client
        .call("test", get("/"), waiting_long())
        .await
        .unwrap_err();
    assert!(begun.elapsed() < LIMIT);
    assert_eq!(
        (error.kind(), error.http_status()),
        (CallErrorKind::Unavailable, 503)
    );
    assert!(error.is_retryable() && !error.may_have_run());
    let error = client
        .call("no topic", get("/"), waiting_long())
        .await
        .unwrap_err();
    assert_eq!(
        (error.kind(), error.http_status()),
        (CallErrorKind::Invalid, 400)
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_call_that_is_dropped_is_forgotten() {
    require_nsq!();
    let brokers = Brokers::start(1);
    let client = brokers.client(&[]).await;
    let call = tokio::spawn({
        let client = client.clone();
        async move { client.call("nobody", get("/"), waiting_long()).await }
    });
    eventually("the call waits", || client.pending() == 1).await;
    call.abort();
    eventually("the call is forgotten", || client.pending() == 0).await;
}

/// Answers as a function of the original does: with fields 1 to 4.
async fn answer(old: &Consumer, request: &Event, node: &Address) {
    let response = messages::HttpResponse {
        body: "old".into(),
        ..Default::default()
    };
    let reply = Event {
        id: request.id.clone(),
        topic: request.r#return.clone(),
        payload: Some(Any::pack(&response)),
        ..Event::default()
    };
    let topic = Topic::new(&request.r#return).unwrap();
    old.publish_on(node, &topic, reply.encode_to_vec().into())
        .await
        .unwrap();
}

/// A function of the original: it knows nothing of budgets, and answers with fields 1 to 4.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_old_function_is_heard_and_its_late_and_double_answers_are_counted() {
    require_nsq!();
    let brokers = Brokers::start(1);
    let client = brokers.client(&[]).await;
    let old = brokers.consumer("test", "default").await;
    let call = tokio::spawn({
        let client = client.clone();
        async move { client.call("test", get("/"), waiting_long()).await }
    });
    let delivery = within("the request comes", old.recv()).await.unwrap();
    let event = Event::decode(delivery.body().clone()).unwrap();
    answer(&old, &event, delivery.node()).await;
    answer(&old, &event, delivery.node()).await;
    let reply = within("the call ends", call)
        .await
        .unwrap()
        .unwrap()
        .into_http()
        .unwrap();
    assert_eq!((reply.status.as_u16(), reply.body), (200, "old".into()));
    eventually("the second answer is counted", || {
        client.unmatched_replies() == 1
    })
    .await;
    delivery.finish().await;

    let options = CallOptions::new().with_timeout(Duration::from_millis(200));
    let error = client.call("test", get("/"), options).await.unwrap_err();
    assert_eq!(error.kind(), CallErrorKind::Timeout);
    let delivery = within("the request comes", old.recv()).await.unwrap();
    let event = Event::decode(delivery.body().clone()).unwrap();
    assert!((1..=200).contains(&event.budget_ms));
    answer(&old, &event, delivery.node()).await;
    eventually("the late answer is counted", || {
        client.unmatched_replies() == 2
    })
    .await;
    delivery.finish().await;
    assert_eq!(client.pending(), 0);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn closing_waits_for_calls_and_leaves_no_reply_topic() {
    require_nsq!();
    let brokers = Brokers::start(1);
    let gate = Arc::new(tokio::sync::Semaphore::new(0));
    let held = Arc::clone(&gate);
    let _function = brokers
        .function(
            &[("KUBEFUNCS_TIMEOUT", "30s")],
            move |_: Context, _: HttpRequest| {
                let held = Arc::clone(&held);
                async move {
                    held.acquire().await?.forget();
                    Ok(HttpResponse::text("at last"))
                }
            },
        )
        .await;
    let client = brokers.client(&[]).await;
    let spawn_call = || {
        let client = client.clone();
        tokio::spawn(async move { client.call("test", get("/"), waiting_long()).await })
    };
    let call = spawn_call();
    eventually("the call waits", || client.pending() == 1).await;
    let closing = tokio::spawn({
        let client = client.clone();
        async move { client.close().await }
    });
    // Until the closing has begun, further calls wait as the first does.
    let mut admitted = 1;
    loop {
        let late = spawn_call();
        eventually("the late call is decided", || {
            late.is_finished() || client.pending() > admitted
        })
        .await;
        if late.is_finished() {
            assert_eq!(
                late.await.unwrap().unwrap_err().kind(),
                CallErrorKind::Closed
            );
            break;
        }
        admitted += 1;
    }
    assert!(!closing.is_finished());
    gate.add_permits(admitted);
    let reply = within("the call ends", call).await.unwrap().unwrap();
    assert_eq!(reply.into_http().unwrap().body, "at last");
    within("the client closes", closing).await.unwrap();
    assert!(!client.is_ready());
    within("nobody waits for a closed client", client.ready()).await;
    let no_reply_topic = || {
        common::topics(&brokers.nsqds[0])
            .iter()
            .all(|t| !t.starts_with("rpc-"))
    };
    eventually("the reply topic is gone", no_reply_topic).await;
}
