//! Receiving, finishing, requeueing, and the bound on what is out.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use futures_util::FutureExt;
use kubefuncs_nsq::{Backoff, Settled, Sink};
use kubefuncs_testkit::{Nsqd, NsqdOptions, require_nsq};
use tokio::time::Instant;

use crate::support::*;

#[tokio::test(flavor = "multi_thread")]
async fn a_message_is_published_received_and_finished() {
    require_nsq!();
    let nsqd = Nsqd::start(NsqdOptions::default());
    let consumer = subscribed(config("t"), &fixed([&nsqd]), 1).await;
    let before = SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .unwrap()
        .as_nanos() as i64;

    let (node, topic) = (at(&nsqd), topic("t"));
    soon("OK", consumer.publish_on(&node, &topic, "hello".into()))
        .await
        .unwrap();
    let delivery = next(&consumer).await;
    assert_eq!(text(delivery.body()), "hello");
    assert_eq!(delivery.attempts(), 1);
    assert_eq!(*delivery.node(), at(&nsqd));
    assert!(delivery.timestamp_ns() >= before && delivery.timestamp_ns() < before + 60_000_000_000);
    assert_eq!(consumer.running(), 1);

    assert_eq!(soon("written", delivery.finish()).await, Settled::Written);
    assert_eq!(consumer.running(), 0);
    until("finished", || {
        channel(&nsqd, "t")["clients"][0]["finish_count"] == 1
    })
    .await;
    assert_eq!(figure(&nsqd, "t", "in_flight_count"), 0);
    assert_eq!(figure(&nsqd, "t", "depth"), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn rdy_is_a_window_of_what_may_be_out() {
    require_nsq!();
    let nsqd = Nsqd::start(NsqdOptions::default());
    let mut config = config("t");
    config.max_in_flight = 3;
    let consumer = subscribed(config, &fixed([&nsqd]), 1).await;
    (0..10).for_each(|n| put(&nsqd, "t", n.to_string()));

    let mut out = vec![
        next(&consumer).await,
        next(&consumer).await,
        next(&consumer).await,
    ];
    assert!(consumer.recv().now_or_never().is_none());
    assert_eq!(figure(&nsqd, "t", "in_flight_count"), 3);

    // Two are finished, and two more come without a new RDY.
    drop(out.pop().unwrap().finish());
    drop(out.pop().unwrap().finish());
    out.extend([next(&consumer).await, next(&consumer).await]);
    until("two more", || figure(&nsqd, "t", "depth") == 5).await;
    assert_eq!(figure(&nsqd, "t", "in_flight_count"), 3);
    assert!(consumer.recv().now_or_never().is_none());

    // Nothing flows at 0 ...
    consumer.set_max_in_flight(0);
    until("RDY 0", || windows(&nsqd, "t") == [0]).await;
    out.drain(..).for_each(|delivery| drop(delivery.finish()));
    until("finished", || {
        channel(&nsqd, "t")["clients"][0]["finish_count"] == 5
    })
    .await;
    assert_eq!(figure(&nsqd, "t", "in_flight_count"), 0);
    assert_eq!(figure(&nsqd, "t", "depth"), 5);

    // ... and again after that.
    consumer.set_max_in_flight(5);
    for _ in 0..5 {
        out.push(next(&consumer).await);
    }
    assert_eq!(windows(&nsqd, "t"), [5]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_requeued_message_comes_back_not_before_its_delay() {
    require_nsq!();
    let nsqd = Nsqd::start(NsqdOptions::default());
    let consumer = subscribed(config("t"), &fixed([&nsqd]), 1).await;
    put(&nsqd, "t", "again");

    drop(next(&consumer).await.requeue(Duration::ZERO));
    let second = next(&consumer).await;
    assert_eq!(second.attempts(), 2);

    let since = Instant::now();
    drop(second.requeue(SECOND));
    until("deferred", || figure(&nsqd, "t", "deferred_count") == 1).await;
    let third = next(&consumer).await;
    assert_eq!(third.attempts(), 3);
    assert!(
        since.elapsed() >= SECOND - Duration::from_millis(100),
        "nsqd looks each 100 ms"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_dropped_delivery_goes_back_at_once_a_panicking_handlers_too() {
    require_nsq!();
    let nsqd = Nsqd::start(NsqdOptions::default());
    let consumer = subscribed(config("t"), &fixed([&nsqd]), 1).await;
    put(&nsqd, "t", "precious");

    drop(next(&consumer).await);
    let second = next(&consumer).await;
    assert_eq!(second.attempts(), 2);

    let handler = tokio::spawn(async move {
        let _held = second;
        panic!("as handlers do");
    });
    assert!(handler.await.is_err());
    let third = next(&consumer).await;
    assert_eq!((third.attempts(), text(third.body())), (3, "precious"));
    assert_eq!(figure(&nsqd, "t", "timeout_count"), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_bound_holds_over_more_connections_than_messages() {
    require_nsq!();
    let nsqds: Vec<_> = (0..2)
        .map(|_| Nsqd::start(NsqdOptions::default()))
        .collect();
    let mut config = config("t");
    config.max_in_flight = 2;
    config.connections_per_node = 2;
    let consumer = subscribed(config, &fixed(&nsqds), 2).await;
    for nsqd in &nsqds {
        (0..30).for_each(|n| put(nsqd, "t", n.to_string()));
    }
    for _ in 0..30 {
        let out = [next(&consumer).await, next(&consumer).await];
        assert_eq!(consumer.running(), 2);
        assert!(consumer.recv().now_or_never().is_none());
        out.into_iter().for_each(|delivery| drop(delivery.finish()));
    }
    for nsqd in &nsqds {
        until("drained", || figure(nsqd, "t", "in_flight_count") == 0).await;
        assert_eq!(figure(nsqd, "t", "depth"), 0);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn rdy_is_shared_exactly_and_shared_anew_when_a_node_dies() {
    require_nsq!();
    let mut nsqds: Vec<_> = (0..3)
        .map(|_| Nsqd::start(NsqdOptions::default()))
        .collect();
    let mut config = config("t");
    config.max_in_flight = 10;
    let consumer = subscribed(config, &fixed(&nsqds), 3).await;
    let all = |nsqds: &[Nsqd]| {
        let mut all: Vec<u64> = nsqds.iter().flat_map(|nsqd| windows(nsqd, "t")).collect();
        all.sort_unstable();
        all
    };
    until("4 + 3 + 3", || all(&nsqds) == [3, 3, 4]).await;
    nsqds.pop().unwrap().kill();
    until("5 + 5", || all(&nsqds) == [5, 5]).await;
    drop(consumer);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_consumer_waits_for_a_node_that_is_not_there_yet() {
    require_nsq!();
    let mut nsqd = Nsqd::start(NsqdOptions::default());
    nsqd.stop();
    let mut config = config("t");
    config.backoff = Backoff {
        max: Duration::from_millis(200),
        ..Backoff::default()
    };
    let consumer = kubefuncs_nsq::Consumer::start(config, &fixed([&nsqd]));
    nsqd.restart();
    confirmed(&consumer, 1).await;
    put(&nsqd, "t", "late");
    assert_eq!(text(next(&consumer).await.body()), "late");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_sink_takes_every_message_until_the_consumer_is_closed() {
    require_nsq!();
    let nsqd = Nsqd::start(NsqdOptions::default());
    let (taken, mut arrived) = tokio::sync::mpsc::unbounded_channel();
    let mut config = config("t");
    config.max_in_flight = 3;
    config.sink = Some(Sink::new(move |message| drop(taken.send(message.body))));
    let consumer = subscribed(config, &fixed([&nsqd]), 1).await;
    for n in 0..10 {
        put(&nsqd, "t", n.to_string());
        let body = soon("a message", arrived.recv()).await.unwrap();
        assert_eq!(text(&body), n.to_string());
    }
    until("finished", || figure(&nsqd, "t", "in_flight_count") == 0).await;
    let drained = soon("drained", consumer.close(LIMIT)).await;
    assert_eq!((drained.unstarted, drained.abandoned), (0, 0));
    put(&nsqd, "t", "too late");
    until("it stays", || figure(&nsqd, "t", "depth") == 1).await;
    assert!(arrived.try_recv().is_err());
    assert_eq!(figure(&nsqd, "t", "requeue_count"), 0);
}
