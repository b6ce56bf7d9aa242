//! A node that stops answering costs only what was on its way to it.

use std::time::Duration;

use kubefuncs_nsq::{ConsumerConfig, NodeSnapshot, Producer, ProducerConfig, StallConfig};
use kubefuncs_testkit::{Nsqd, NsqdOptions, require_nsq};

use crate::support::*;

fn quick() -> StallConfig {
    StallConfig {
        floor: Duration::from_millis(200),
        ceiling: Duration::from_millis(200),
        ..StallConfig::default()
    }
}

fn of(snapshot: Vec<NodeSnapshot>, nsqd: &Nsqd) -> NodeSnapshot {
    let found = snapshot.into_iter().find(|one| one.address == at(nsqd));
    found.expect("a known node")
}

#[tokio::test(flavor = "multi_thread")]
async fn a_paused_node_is_left_out_and_comes_back_with_every_outcome() {
    require_nsq!();
    let mut nsqd = Nsqd::start(NsqdOptions::default());
    let other = Nsqd::start(NsqdOptions::default());
    let mut config = ProducerConfig::default();
    config.connection.stall = quick();
    // The pause below ends long before that.
    config.connection.reply_timeout = LIMIT;
    config.connection.heartbeat = LIMIT;
    let producer = Producer::start(config, &fixed([&nsqd, &other]));
    let mut ready = producer.ready();
    let both = ready.wait_for(|ready| ready.len() == 2);
    soon("both nodes", both).await.unwrap();

    nsqd.pause();
    let publish = || {
        let producer = producer.clone();
        tokio::spawn(async move { producer.publish(&topic("t"), "x".into()).await })
    };
    let all: Vec<_> = (0..20).map(|_| publish()).collect();
    until("left out", || {
        !producer.ready().borrow().contains(&at(&nsqd))
    })
    .await;
    assert_eq!(of(producer.snapshot(), &nsqd).stalled, 1);
    for _ in 0..50 {
        soon("OK", publish()).await.unwrap().unwrap();
    }
    assert!(all.iter().any(|task| !task.is_finished()));

    nsqd.resume();
    until("back", || producer.ready().borrow().contains(&at(&nsqd))).await;
    for task in all {
        soon("an outcome", task).await.unwrap().unwrap();
    }
    let (one, two) = (
        of(producer.snapshot(), &nsqd),
        of(producer.snapshot(), &other),
    );
    assert_eq!(one.publishes.acked + two.publishes.acked, 70);
    assert!(one.publishes.acked > 0 && one.ack_latency.is_some());
    assert!(producer.stalls() >= 1 && two.stalled == 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_consumer_tells_which_of_its_nodes_take_publishes() {
    require_nsq!();
    let mut nsqd = Nsqd::start(NsqdOptions::default());
    let other = Nsqd::start(NsqdOptions::default());
    let mut config: ConsumerConfig = config("t");
    config.connection.stall = quick();
    config.connection.heartbeat = LIMIT;
    let consumer = subscribed(config, &fixed([&nsqd, &other]), 2).await;
    nsqd.pause();
    let publisher = consumer.publisher(&at(&nsqd)).unwrap();
    let waiting = publisher
        .reserve(&topic("x"), "x".into())
        .await
        .unwrap()
        .send();
    confirmed(&consumer, 1).await;
    assert!(publisher.is_stalled() && consumer.confirmed().borrow().contains(&at(&other)));
    let refused = consumer
        .publish_on(&at(&nsqd), &topic("x"), "y".into())
        .await
        .unwrap_err();
    assert!(!refused.may_be_stored());
    nsqd.resume();
    soon("OK", waiting).await.unwrap();
    confirmed(&consumer, 2).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_snapshot_tells_where_each_link_stands() {
    require_nsq!();
    let mut nsqd = Nsqd::start(NsqdOptions::default());
    let mut config = config("t");
    config.connections_per_node = 2;
    let consumer = subscribed(config, &fixed([&nsqd]), 1).await;
    let now = || consumer.snapshot().remove(0);
    until("three links", || now().ready == 3).await;
    assert_eq!((now().connecting, now().failed, now().connects), (0, 0, 3));
    put(&nsqd, "t", "x");
    drop(next(&consumer).await.finish());
    assert_eq!(now().delivered, 1);
    nsqd.kill();
    until("no link", || now().failed == 3).await;
    assert_eq!((now().ready, now().disconnects), (0, 3));
}
