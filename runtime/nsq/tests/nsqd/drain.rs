//! Closing a consumer loses nothing and keeps nobody waiting.

use std::collections::BTreeSet;
use std::time::Duration;

use kubefuncs_nsq::{Consumer, LostReason, Settled};
use kubefuncs_testkit::{Nsqd, NsqdOptions, require_nsq};

use crate::support::*;

/// A consumer with one running message and four that no handler has seen, and one that takes over.
async fn busy(nsqd: &Nsqd) -> (Consumer, kubefuncs_nsq::Delivery) {
    let mut config = config("t");
    config.max_in_flight = 5;
    let consumer = subscribed(config, &fixed([nsqd]), 1).await;
    (0..5).for_each(|n| put(nsqd, "t", n.to_string()));
    let running = next(&consumer).await;
    until("all are here", || figure(nsqd, "t", "in_flight_count") == 5).await;
    (consumer, running)
}

async fn successor(nsqd: &Nsqd) -> Consumer {
    let mut config = config("t");
    config.max_in_flight = 10;
    subscribed(config, &fixed([nsqd]), 1).await
}

#[tokio::test(flavor = "multi_thread")]
async fn what_no_handler_has_seen_goes_elsewhere_at_once_and_what_runs_may_end() {
    require_nsq!();
    let nsqd = Nsqd::start(NsqdOptions::default());
    let (leaving, running) = busy(&nsqd).await;
    let staying = successor(&nsqd).await;
    let running_body = running.body().clone();

    let closing = tokio::spawn({
        let leaving = leaving.clone();
        async move { leaving.close(LIMIT).await }
    });
    // They come while the handler still runs, well before any timeout of 60 s.
    let mut bodies = BTreeSet::new();
    for _ in 0..4 {
        let delivery = next(&staying).await;
        assert_eq!(delivery.attempts(), 2);
        bodies.insert(delivery.body().clone());
        drop(delivery.finish());
    }
    assert!(!bodies.contains(&running_body) && bodies.len() == 4);
    assert!(!closing.is_finished());
    assert!(soon("closed", leaving.recv()).await.is_none());

    assert_eq!(running.is_lost(), None);
    assert_ne!(
        soon("written", running.finish()).await,
        Settled::Lost(LostReason::Closed)
    );
    let drained = soon("closed", closing).await.unwrap();
    assert_eq!((drained.unstarted, drained.abandoned), (4, 0));
    until("one client left", || {
        figure(&nsqd, "t", "client_count") == 1
    })
    .await;
    until("all finished", || {
        figure(&nsqd, "t", "in_flight_count") == 0
    })
    .await;
    assert_eq!(figure(&nsqd, "t", "depth"), 0);
    assert_eq!(figure(&nsqd, "t", "timeout_count"), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_runs_beyond_the_grace_is_given_back_and_told_so() {
    require_nsq!();
    let nsqd = Nsqd::start(NsqdOptions::default());
    let (leaving, running) = busy(&nsqd).await;
    let staying = successor(&nsqd).await;
    let drained = soon("closed", leaving.close(Duration::from_millis(50))).await;
    assert_eq!((drained.unstarted, drained.abandoned), (4, 1));
    assert_eq!(running.is_lost(), Some(LostReason::Closed));
    for _ in 0..5 {
        assert_eq!(next(&staying).await.attempts(), 2);
    }
    assert_eq!(figure(&nsqd, "t", "timeout_count"), 0);
    // Nothing is left to close, or to wait for.
    assert_eq!(
        soon("closed", leaving.close(LIMIT)).await,
        kubefuncs_nsq::Drained::default()
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_dropped_consumer_gives_back_what_it_holds_and_lets_deliveries_end() {
    require_nsq!();
    let nsqd = Nsqd::start(NsqdOptions::default());
    let (leaving, running) = busy(&nsqd).await;
    let staying = successor(&nsqd).await;
    drop(leaving);
    for _ in 0..4 {
        let delivery = next(&staying).await;
        assert_eq!(delivery.attempts(), 2);
        drop(delivery.finish());
    }
    assert_eq!(running.is_lost(), None);
    drop(running.finish());
    until("one client left", || {
        figure(&nsqd, "t", "client_count") == 1
    })
    .await;
    until("all finished", || {
        figure(&nsqd, "t", "in_flight_count") == 0
    })
    .await;
    assert_eq!(figure(&nsqd, "t", "depth"), 0);
}
