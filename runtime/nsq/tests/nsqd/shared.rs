//! A publisher that is subscribed as well.

use std::time::Duration;

use kubefuncs_nsq::{ConsumerConfig, PublishErrorKind, Settled};
use kubefuncs_testkit::{Nsqd, NsqdOptions, require_nsq};

use crate::support::*;

/// One subscription beside the publisher's own.
fn shared(max_in_flight: u32) -> ConsumerConfig {
    let mut config = config("t");
    config.max_in_flight = max_in_flight;
    config.shares_publisher = true;
    config.connection.msg_timeout = Some(Duration::from_secs(1));
    config
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_published_comes_on_it_too() {
    require_nsq!();
    let nsqd = Nsqd::start(NsqdOptions::default());
    let consumer = subscribed(shared(4), &fixed([&nsqd]), 1).await;
    until("both are subscribed", || windows(&nsqd, "t") == [2, 2]).await;

    for n in 0..4 {
        publish_on(&consumer, &at(&nsqd), n.to_string()).await;
    }
    let mut deliveries = Vec::new();
    for _ in 0..4 {
        deliveries.push(next(&consumer).await);
    }
    let clients = channel(&nsqd, "t")["clients"].clone();
    let in_flight = |n: usize| clients[n]["in_flight_count"].as_u64();
    assert_eq!((in_flight(0), in_flight(1)), (Some(2), Some(2)));
    for delivery in deliveries {
        soon("finished", delivery.finish()).await;
    }
    assert_eq!(consumer.close(SECOND).await.abandoned, 0);
    until("all are closed", || windows(&nsqd, "t").is_empty()).await;
}

/// What was under way there comes again on the other, once. Then the publisher delivers nothing any
/// more that another refusal could delay.
#[tokio::test(flavor = "multi_thread")]
async fn a_refused_publish_delays_what_was_under_way_and_that_once() {
    require_nsq!();
    let nsqd = Nsqd::start(NsqdOptions::default().arg("-max-msg-size=1000"));
    let consumer = subscribed(shared(4), &fixed([&nsqd]), 1).await;
    until("both are subscribed", || windows(&nsqd, "t") == [2, 2]).await;
    for n in 0..4 {
        put(&nsqd, "t", n.to_string());
    }
    let mut deliveries = Vec::new();
    for _ in 0..4 {
        deliveries.push(next(&consumer).await);
    }

    let (node, topic) = (at(&nsqd), topic("t"));
    let too_large = consumer.publish_on(&node, &topic, vec![7; 1001].into());
    let refused = soon("an outcome", too_large).await.unwrap_err();
    assert_eq!(refused.kind(), PublishErrorKind::Rejected);
    let mut lost = Vec::new();
    for delivery in deliveries {
        let (body, receipt) = (delivery.body().clone(), delivery.finish());
        if let Settled::Lost(_) = soon("finished", receipt).await {
            lost.push(body);
        }
    }
    assert_eq!(lost.len(), 2, "those on the connection that was closed");
    for _ in 0..2 {
        let again = next(&consumer).await;
        assert_eq!(again.attempts(), 2);
        assert!(lost.contains(again.body()));
        soon("finished", again.finish()).await;
    }

    let publisher = || consumer.publisher(&node).filter(|one| !one.is_closed());
    until("it is back", || publisher().is_some()).await;
    assert_eq!(windows(&nsqd, "t").len(), 1);
    publish_on(&consumer, &node, "after").await;
    assert_eq!(text(next(&consumer).await.body()), "after");
}
