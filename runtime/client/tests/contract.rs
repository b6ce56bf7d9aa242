//! What a function does with messages that others wrote: the original's, and hostile ones.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod common;

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use common::{Brokers, eventually, number, topics, within};
use kubefuncs::{CallOptions, Context, Failure, HttpRequest, HttpResponse, Raw};
use kubefuncs_messages::{Any, Event, Message, PING_ID};
use kubefuncs_testkit::require_nsq;

/// Counts its runs and answers as it is told to.
fn counting<R, F, Fut>(runs: &Arc<AtomicU32>, handle: F) -> impl kubefuncs::Handler<(Raw, R)>
where
    R: kubefuncs::IntoPayload + Send + 'static,
    F: Fn(Context) -> Fut + Send + Sync + 'static,
    Fut: Future<Output = Result<R, Failure>> + Send,
{
    let runs = Arc::clone(runs);
    move |context: Context, _: Raw| {
        runs.fetch_add(1, Ordering::Relaxed);
        handle(context)
    }
}

fn event(id: &str) -> Event {
    let request = kubefuncs_messages::HttpRequest {
        url: "/".into(),
        ..Default::default()
    };
    Event {
        id: id.into(),
        topic: "test".into(),
        payload: Some(Any::pack(&request)),
        ..Event::default()
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_request_of_the_original_gateway_is_answered() {
    require_nsq!();
    let brokers = Brokers::start(1);
    let replies = brokers
        .consumer("rpc-gateway-0#ephemeral", "default#ephemeral")
        .await;
    let _function = brokers
        .function(&[], |_: Context, request: HttpRequest| async move {
            assert_eq!(
                (request.url.as_str(), request.body.as_ref()),
                ("/test/hello?x=1", &b"hi"[..])
            );
            Ok(HttpResponse::text("pong\n"))
        })
        .await;
    let path = concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/../messages/tests/fixtures/old_request.bin"
    );
    let request = std::fs::read(path).unwrap();
    // The first answer to a topic goes another way than those after it.
    for _ in 0..2 {
        brokers.publish("test", &request);
        let delivery = within("the answer comes", replies.recv()).await.unwrap();
        let reply = Event::decode(delivery.body().clone()).unwrap();
        assert_eq!(reply.id, "0f8fad5b-d9cb-469f-a165-70867728950e");
        assert_eq!(reply.topic, "rpc-gateway-0#ephemeral");
        assert_eq!(reply.r#return, "");
        let response: kubefuncs_messages::HttpResponse = reply.payload.unwrap().unpack().unwrap();
        assert_eq!(
            (response.status, response.body.as_ref()),
            (200, &b"pong\n"[..])
        );
        assert_eq!(
            response.headers["content-type"],
            "text/plain; charset=utf-8"
        );
        delivery.finish().await;
    }
    brokers.drained().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_hostile_return_is_neither_published_to_nor_fatal() {
    require_nsq!();
    let brokers = Brokers::start(1);
    let runs = Arc::new(AtomicU32::new(0));
    let _function = brokers
        .function(&[], counting(&runs, |_| async { Ok(()) }))
        .await;
    let client = brokers.client(&[]).await;
    client.call("test", (), CallOptions::new()).await.unwrap();
    let before = topics(&brokers.nsqds[0]);
    let connections = number(&brokers.nsqds[0], "test", "client_count");
    let long = format!("rpc-{}#ephemeral", "a".repeat(51));
    for hostile in [
        "orders extra",
        "a\nPUB b",
        "bad$",
        &long,
        "orders",
        "rpc-x",
        "#ephemeral",
    ] {
        brokers.publish_event(&Event {
            r#return: hostile.into(),
            ..event("1")
        });
    }
    brokers.drained().await;
    assert_eq!(
        runs.load(Ordering::Relaxed),
        1,
        "nothing is run for an answer that cannot be sent"
    );
    assert_eq!(topics(&brokers.nsqds[0]), before);
    // The connection is the old one: it was never closed, so nothing came twice.
    client.call("test", (), CallOptions::new()).await.unwrap();
    assert_eq!(
        number(&brokers.nsqds[0], "test", "client_count"),
        connections
    );
    assert_eq!(number(&brokers.nsqds[0], "test", "timeout_count"), 0);
    assert_eq!(number(&brokers.nsqds[0], "test", "requeue_count"), 0);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_return_that_is_allowed_is_answered() {
    require_nsq!();
    let brokers = Brokers::start(1);
    let runs = Arc::new(AtomicU32::new(0));
    let answers = brokers.consumer("orders", "default").await;
    let vars = [("KUBEFUNCS_REPLY_TOPICS", "results, orders")];
    let _function = brokers
        .function(&vars, counting(&runs, |_| async { Ok(()) }))
        .await;
    brokers.publish_event(&Event {
        r#return: "orders".into(),
        ..event("1")
    });
    let delivery = within("the answer comes", answers.recv()).await.unwrap();
    assert_eq!(Event::decode(delivery.body().clone()).unwrap().id, "1");
    delivery.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_no_event_or_not_for_us_is_taken_and_not_run() {
    require_nsq!();
    let brokers = Brokers::start(1);
    let runs = Arc::new(AtomicU32::new(0));
    let _function = brokers
        .function(&[], counting(&runs, |_| async { Ok(()) }))
        .await;
    brokers.publish("test", b"\xff\xff\xff not an event");
    brokers.publish_event(&event(PING_ID));
    brokers.publish_event(&Event {
        only_channel: "other".into(),
        ..event("1")
    });
    brokers.drained().await;
    assert_eq!(runs.load(Ordering::Relaxed), 0);
    brokers.publish_event(&Event {
        only_channel: "default".into(),
        ..event("1")
    });
    eventually("ours is run", || runs.load(Ordering::Relaxed) == 1).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn work_whose_caller_is_gone_is_not_begun_and_not_answered() {
    require_nsq!();
    let brokers = Brokers::start(1);
    brokers.publish_event(&Event {
        r#return: "rpc-gone#ephemeral".into(),
        budget_ms: 1,
        ..event("1")
    });
    // Its budget and the tolerance between clocks must pass.
    tokio::time::sleep(Duration::from_millis(300)).await;
    let runs = Arc::new(AtomicU32::new(0));
    let _function = brokers
        .function(&[], counting(&runs, |_| async { Ok(()) }))
        .await;
    brokers.drained().await;
    assert_eq!(runs.load(Ordering::Relaxed), 0);
    assert_eq!(topics(&brokers.nsqds[0]), ["test"]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_event_that_fails_is_tried_again_until_it_succeeds() {
    require_nsq!();
    let brokers = Brokers::start(1);
    let runs = Arc::new(AtomicU32::new(0));
    let vars = [
        ("KUBEFUNCS_BACKOFF_MIN", "10ms"),
        ("KUBEFUNCS_BACKOFF_MAX", "20ms"),
    ];
    let handler = counting(&runs, |context: Context| async move {
        assert!(!context.awaited());
        assert_eq!(context.may_have_run(), context.attempt() > 1);
        match context.attempt() {
            1 => Err(Failure::retry("not yet")),
            2 => panic!("a bug that passes"),
            _ => Ok(()),
        }
    });
    let _function = brokers.function(&vars, handler).await;
    let client = brokers.client(&[]).await;
    client.emit("test", ()).await.unwrap();
    eventually("it succeeds", || runs.load(Ordering::Relaxed) == 3).await;
    brokers.drained().await;
    assert_eq!(runs.load(Ordering::Relaxed), 3);
    assert_eq!(number(&brokers.nsqds[0], "test", "requeue_count"), 2);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_event_that_never_succeeds_is_given_up_and_kept() {
    require_nsq!();
    let brokers = Brokers::start(1);
    let runs = Arc::new(AtomicU32::new(0));
    let vars = [
        ("KUBEFUNCS_BACKOFF_MIN", "10ms"),
        ("KUBEFUNCS_ATTEMPTS", "3"),
        ("KUBEFUNCS_DEAD_LETTER", "true"),
    ];
    let handler = counting(&runs, |_: Context| async {
        Err::<(), _>(Failure::retry("never again"))
    });
    let _function = brokers.function(&vars, handler).await;
    brokers.publish_event(&event("1"));
    eventually("its attempts are used up", || {
        runs.load(Ordering::Relaxed) == 3
    })
    .await;
    brokers.drained().await;
    assert_eq!(runs.load(Ordering::Relaxed), 3);
    assert_eq!(number(&brokers.nsqds[0], "test.default.dead", "depth"), 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_outcome_of_an_event_is_told_and_its_topic_is_watched() {
    require_nsq!();
    let brokers = Brokers::start(2);
    let runs = Arc::new(AtomicU32::new(0));
    let handler = counting(&runs, |_: Context| async { Ok(()) });
    let _function = brokers.function(&[], handler).await;
    let client = brokers.client(&[]).await;
    let mut watch = client.watch("test").unwrap();
    let served = async { while watch.next().await.unwrap().is_served() != Some(true) {} };
    within("somebody serves it", served).await;
    for _ in 0..4 {
        let submission = client.submit("test", (), CallOptions::new()).await;
        let mut submission = submission.unwrap();
        let outcome = within("the outcome is told", submission.outcome()).await;
        assert_eq!(outcome.unwrap().kind.as_str(), "done");
    }
    brokers.drained().await;
    assert_eq!(runs.load(Ordering::Relaxed), 4);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_event_that_is_rejected_is_not_tried_again() {
    require_nsq!();
    let brokers = Brokers::start(1);
    let runs = Arc::new(AtomicU32::new(0));
    let handler = counting(&runs, |_: Context| async {
        Err::<(), _>(Failure::reject("no"))
    });
    let _function = brokers.function(&[], handler).await;
    brokers.publish_event(&event("1"));
    eventually("it is run", || runs.load(Ordering::Relaxed) == 1).await;
    brokers.drained().await;
    assert_eq!(number(&brokers.nsqds[0], "test", "requeue_count"), 0);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_body_that_no_client_of_ours_wrote_is_handed_on_as_it_is() {
    require_nsq!();
    let brokers = Brokers::start(1);
    let (sender, mut bodies) = tokio::sync::mpsc::unbounded_channel();
    let vars = [("KUBEFUNCS_PAYLOAD", "raw")];
    let _function = brokers
        .function(&vars, move |_: Context, body: Raw| {
            let sender = sender.clone();
            async move { Ok(sender.send(body.bytes)?) }
        })
        .await;
    brokers.publish("test", b"{\"any\": \"thing\"}");
    let body = within("the body comes", bodies.recv()).await.unwrap();
    assert_eq!(body, "{\"any\": \"thing\"}");
    brokers.drained().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_function_that_never_answers_runs_and_says_nothing() {
    require_nsq!();
    let brokers = Brokers::start(1);
    let runs = Arc::new(AtomicU32::new(0));
    let vars = [("KUBEFUNCS_REPLIES", "false")];
    let handler = counting(&runs, |context: Context| async move {
        assert!(!context.awaited());
        Ok(())
    });
    let _function = brokers.function(&vars, handler).await;
    let returning = Event {
        r#return: "rpc-x#ephemeral".into(),
        ..event("1")
    };
    brokers.publish_event(&returning);
    eventually("it runs", || runs.load(Ordering::Relaxed) == 1).await;
    brokers.drained().await;
    assert_eq!(topics(&brokers.nsqds[0]), ["test"]);
}

/// Tells when it is dropped.
struct Dropped(Arc<AtomicU32>);

impl Drop for Dropped {
    fn drop(&mut self) {
        self.0.fetch_add(1, Ordering::Relaxed);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_handler_is_dropped_at_its_deadline_and_a_caller_that_still_waits_is_told() {
    require_nsq!();
    let brokers = Brokers::start(1);
    let dropped = Arc::new(AtomicU32::new(0));
    let (sender, mut contexts) = tokio::sync::mpsc::unbounded_channel();
    let guarded = Arc::clone(&dropped);
    let handler = move |context: Context, _: Raw| {
        let guard = Dropped(Arc::clone(&guarded));
        let sent = sender.send(context);
        async move {
            let _guard = guard;
            sent?;
            std::future::pending::<Result<(), Failure>>().await
        }
    };
    let vars = [("KUBEFUNCS_TIMEOUT", "200ms"), ("KUBEFUNCS_ATTEMPTS", "1")];
    let _function = brokers.function(&vars, handler).await;
    let client = brokers.client(&[]).await;

    let long = CallOptions::new().with_timeout(common::LIMIT);
    let error = client.call("test", (), long).await.unwrap_err();
    assert_eq!(
        (error.code(), error.is_retryable()),
        ("timeout", true),
        "{error}"
    );
    assert_eq!(dropped.load(Ordering::Relaxed), 1);
    let context = within("the handler was run", contexts.recv())
        .await
        .unwrap();
    within("it was told", context.cancelled()).await;

    let short = CallOptions::new().with_timeout(Duration::from_millis(100));
    let error = client.call("test", (), short).await.unwrap_err();
    assert_eq!(error.kind(), kubefuncs::CallErrorKind::Timeout);
    client.emit("test", ()).await.unwrap();
    eventually("all are dropped", || dropped.load(Ordering::Relaxed) == 3).await;
    brokers.drained().await;
    assert_eq!((client.pending(), client.unmatched_replies()), (0, 0));
}
