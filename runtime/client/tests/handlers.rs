//! Handlers of every kind, with no broker at all.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use kubefuncs::{
    Context, Failure, HttpRequest, HttpResponse, Json, Method, Proto, Raw, blocking, messages,
    testing,
};
use serde::{Deserialize, Serialize};

#[derive(Debug, Serialize, Deserialize, PartialEq)]
struct Order {
    pieces: u32,
}

fn post(body: &'static str) -> HttpRequest {
    HttpRequest::new(Method::POST, "/").with_body(body)
}

async fn double(_: Context, Json(order): Json<Order>) -> Result<Json<Order>, Failure> {
    Ok(Json(Order {
        pieces: order.pieces * 2,
    }))
}

#[tokio::test]
async fn json_in_and_out_by_http_and_by_itself() {
    let reply = testing::call(double, post(r#"{"pieces":3}"#))
        .await
        .unwrap();
    let reply = reply.into_http().unwrap();
    assert_eq!(reply.body, r#"{"pieces":6}"#);
    assert_eq!(reply.headers["content-type"], "application/json");
    let reply = testing::call(double, Json(Order { pieces: 4 }))
        .await
        .unwrap();
    assert_eq!(reply.read::<Json<Order>>().unwrap().0, Order { pieces: 8 });
    let untyped = Raw {
        bytes: r#"{"pieces":5}"#.into(),
        ..Raw::default()
    };
    assert!(testing::event(double, untyped).await.is_ok());
}

#[tokio::test]
async fn a_payload_that_cannot_be_read_is_told_or_kept() {
    let told = testing::call(double, post("{}")).await.unwrap_err();
    assert_eq!(told.code(), "bad_request");
    assert!(told.message().contains("missing field `pieces`"), "{told}");
    assert!(!told.is_retryable() && !told.is_dead_letter());
    let kept = testing::event(double, post("{}")).await.unwrap_err();
    assert!(!kept.is_retryable() && kept.is_dead_letter());
}

#[tokio::test]
async fn protobuf_bytes_and_nothing_at_all() {
    let proto = |_: Context, Proto(error): Proto<messages::Error>| async move {
        let code = error.error;
        Ok(Proto(messages::Header {
            name: code,
            ..Default::default()
        }))
    };
    let error = messages::Error {
        error: "x".into(),
        ..Default::default()
    };
    let reply = testing::call(proto, Proto(error)).await.unwrap();
    assert_eq!(reply.read::<Proto<messages::Header>>().unwrap().0.name, "x");

    let raw = |_: Context, payload: Raw| async move { Ok(payload) };
    let bytes = Raw {
        type_url: "a/b.C".into(),
        bytes: "bytes".into(),
    };
    let reply = testing::call(raw, bytes.clone()).await.unwrap();
    assert_eq!(reply.into_raw(), bytes);

    let nothing = |_: Context, (): ()| async { Ok(()) };
    let reply = testing::call(nothing, post("x")).await.unwrap();
    assert_eq!(reply.into_http().unwrap().status, 204);
}

#[tokio::test]
async fn whoever_has_only_bytes_reaches_a_handler_of_http() {
    let echo = |_: Context, request: HttpRequest| async move {
        assert_eq!((&request.method, request.path()), (&Method::POST, "/"));
        Ok(HttpResponse::text(String::from_utf8(
            request.body.to_vec(),
        )?))
    };
    let bytes = Raw {
        bytes: "tick".into(),
        ..Raw::default()
    };
    let reply = testing::event(echo, bytes).await.unwrap();
    assert_eq!(reply.into_http().unwrap().body, "tick");
}

#[tokio::test(start_paused = true)]
async fn the_context_tells_what_a_broker_would() {
    let handler = |context: Context, (): ()| async move {
        assert_eq!((context.attempt(), context.may_have_run()), (3, true));
        assert_eq!((context.awaited(), context.request_id()), (false, "mine"));
        assert_eq!(context.event_id(), "1");
        assert_eq!(context.metadata()["traceparent"], "00-1");
        assert_eq!(context.remaining(), Duration::from_secs(60));
        context.cancelled().await;
        Err::<(), _>(Failure::retry("told to stop"))
    };
    let stop = tokio_util::sync::CancellationToken::new();
    let run = testing::Delivery::new(())
        .awaited(false)
        .attempt(3)
        .event_id("1")
        .request_id("mine")
        .metadata("traceparent", "00-1")
        .timeout(Duration::from_secs(60))
        .cancelled_by(stop.clone())
        .run(handler);
    let (failure, ()) = tokio::join!(run, async { stop.cancel() });
    assert_eq!(failure.unwrap_err().message(), "told to stop");
}

#[tokio::test(start_paused = true)]
async fn a_deadline_and_a_panic_are_failures() {
    let slow = |_: Context, (): ()| std::future::pending::<Result<(), Failure>>();
    let failure = testing::call(slow, ()).await.unwrap_err();
    assert_eq!((failure.code(), failure.is_retryable()), ("timeout", true));
    let broken = |_: Context, (): ()| async {
        if true {
            panic!("a bug in the handler");
        }
        Ok(())
    };
    let failure = testing::call(broken, ()).await.unwrap_err();
    assert_eq!(
        (failure.code(), failure.message()),
        ("panic", "the handler panicked")
    );
}

#[tokio::test]
async fn a_plain_function_has_a_thread_of_its_own() {
    let here = std::thread::current().id();
    let handler = blocking(move |context: Context, request: HttpRequest| {
        assert_ne!(std::thread::current().id(), here);
        assert!(!context.is_cancelled());
        match request.path() {
            "/panic" => panic!("a bug in the handler"),
            "/error" => Err("x".parse::<u32>().unwrap_err().into()),
            path => Ok(HttpResponse::text(path)),
        }
    });
    let handler = Arc::new(handler);
    let run = async |path: &str| {
        let handler = Arc::clone(&handler);
        let shared = move |context, payload: Raw| {
            let handler = Arc::clone(&handler);
            async move { kubefuncs::Handler::call(&*handler, context, payload).await }
        };
        testing::call(shared, HttpRequest::new(Method::GET, path)).await
    };
    assert_eq!(run("/a").await.unwrap().into_http().unwrap().body, "/a");
    assert_eq!(
        run("/error").await.unwrap_err().message(),
        "invalid digit found in string"
    );
    assert_eq!(run("/panic").await.unwrap_err().code(), "panic");
}

#[tokio::test]
async fn a_plain_function_past_its_deadline_is_told_and_runs_on() {
    let ended = Arc::new(AtomicU32::new(0));
    let counted = Arc::clone(&ended);
    let handler = blocking(move |context: Context, (): ()| {
        while !context.is_cancelled() {
            std::thread::yield_now();
        }
        counted.fetch_add(1, Ordering::SeqCst);
        Ok(())
    });
    let run = testing::Delivery::new(()).timeout(Duration::from_millis(50));
    assert_eq!(run.run(handler).await.unwrap_err().code(), "timeout");
    while ended.load(Ordering::SeqCst) == 0 {
        tokio::task::yield_now().await;
    }
}
