//! What tests can make go wrong.

use std::time::Duration;

use kubefuncs_broker::{Broker, BrokerConfig};
use tokio::time::Instant;

use crate::client::{Client, Seen, http};

async fn start() -> Broker {
    Broker::start(BrokerConfig::default()).await.unwrap()
}

#[tokio::test(start_paused = true)]
async fn answers_come_late_and_messages_do_not() {
    let broker = start().await;
    let tcp = broker.addresses().tcp;
    let mut consumer = Client::subscribed(tcp, "t", 10).await;
    broker.delay_publish_replies(Duration::from_secs(40));
    let mut probe = Client::connect(tcp).await;
    let begin = Instant::now();
    probe.publish("t", "x").await;
    assert_eq!(consumer.message().await.0, "x");
    assert!(begin.elapsed() < Duration::from_secs(40));
    probe.ok_later().await;
    assert!(begin.elapsed() >= Duration::from_secs(40));
    broker.delay_publish_replies(Duration::ZERO);
    let begin = Instant::now();
    probe.publish("t", "y").await;
    probe.ok().await;
    assert!(begin.elapsed() < Duration::from_secs(1));
    broker.stop().await;
}

#[tokio::test(start_paused = true)]
async fn an_answer_is_lost_with_its_connection_and_the_message_is_stored() {
    let broker = start().await;
    let tcp = broker.addresses().tcp;
    broker.lose_publish_replies("t", 1);
    let mut probe = Client::connect(tcp).await;
    probe.publish("other", "x").await;
    probe.ok().await;
    probe.publish("t", "x").await;
    assert_eq!(probe.next().await, Seen::Reset);
    let mut consumer = Client::subscribed(tcp, "t", 10).await;
    assert_eq!(consumer.message().await.0, "x");
    let mut probe = Client::connect(tcp).await;
    probe.publish("t", "y").await;
    probe.ok().await;
    broker.stop().await;
}

#[tokio::test(start_paused = true)]
async fn publishes_are_refused_as_by_a_full_disk() {
    let broker = start().await;
    let tcp = broker.addresses().tcp;
    broker.refuse_publishes("t", 2);
    for (line, body, code) in [
        ("PUB t", b"x".as_slice(), "E_PUB_FAILED"),
        ("MPUB t", b"\0\0\0\x01\0\0\0\x01x", "E_MPUB_FAILED"),
    ] {
        let mut probe = Client::connect(tcp).await;
        probe.command(line, body).await;
        probe.error(code).await;
        assert_eq!(probe.next().await, Seen::End);
    }
    let mut probe = Client::connect(tcp).await;
    probe.publish("t", "x").await;
    probe.ok().await;
    broker.stop().await;
}

#[tokio::test(start_paused = true)]
async fn connections_are_reset() {
    let broker = start().await;
    let tcp = broker.addresses().tcp;
    let mut consumer = Client::subscribed(tcp, "t", 10).await;
    // So that the broker knows of it.
    consumer.publish("t", "x").await;
    consumer.ok().await;
    consumer.message().await;
    broker.reset_connections();
    assert_eq!(consumer.next().await, Seen::Reset);
    let mut probe = Client::connect(tcp).await;
    probe.publish("t", "x").await;
    probe.ok().await;
    broker.stop().await;
}

#[tokio::test(start_paused = true)]
async fn a_broker_that_is_paused_says_nothing_and_closes_nothing() {
    let broker = start().await;
    let tcp = broker.addresses().tcp;
    let mut consumer = Client::subscribed(tcp, "t", 10).await;
    let mut probe = Client::connect(tcp).await;
    broker.pause();
    probe.publish("t", "x").await;
    // No heartbeat either, and no end for the one that is silent.
    consumer.silence(Duration::from_secs(40)).await;
    probe.silence(Duration::from_secs(40)).await;
    broker.resume();
    probe.ok().await;
    assert_eq!(consumer.message().await.0, "x");
    broker.stop().await;
}

#[tokio::test(start_paused = true)]
async fn a_broker_that_is_paused_can_be_stopped() {
    for how in ["stop", "crash", "drop"] {
        let broker = start().await;
        let mut probe = Client::connect(broker.addresses().tcp).await;
        broker.pause();
        probe.publish("t", "x").await;
        probe.silence(Duration::from_secs(1)).await;
        match how {
            "stop" => broker.stop().await,
            "crash" => broker.crash().await,
            _ => drop(broker),
        }
        assert!(matches!(
            probe.later().await,
            Seen::End | Seen::Reset | Seen::Response(_)
        ));
    }
}

#[tokio::test(start_paused = true)]
async fn while_the_clock_is_back_publishing_hangs() {
    let broker = start().await;
    let tcp = broker.addresses().tcp;
    let mut probe = Client::connect(tcp).await;
    probe.publish("t", "x").await;
    probe.ok().await;
    broker.step_clock(Duration::from_secs(30), false);
    let begin = Instant::now();
    probe.publish("other", "x").await;
    probe.ok().await;
    assert!(
        begin.elapsed() < Duration::from_secs(1),
        "a new topic has no past"
    );
    probe.publish("t", "y").await;
    probe.ok_later().await;
    let waited = begin.elapsed();
    assert!((29..40).contains(&waited.as_secs()), "{waited:?}");
    broker.step_clock(Duration::from_secs(3600), false);
    probe.publish("t", "for ever").await;
    probe.silence(Duration::from_secs(5)).await;
    broker.stop().await;
}

#[tokio::test(start_paused = true)]
async fn a_clock_set_ahead_ends_deadlines_and_shows_in_timestamps() {
    let broker = start().await;
    let tcp = broker.addresses().tcp;
    let mut consumer = Client::subscribed(tcp, "t", 10).await;
    let mut probe = Client::connect(tcp).await;
    probe.command("DPUB t 3600000", b"deferred").await;
    probe.ok().await;
    probe.publish("t", "now").await;
    probe.ok().await;
    let Seen::Message {
        timestamp_ns: before,
        ..
    } = consumer.next().await
    else {
        panic!("a message");
    };
    let begin = Instant::now();
    broker.step_clock(Duration::from_secs(7200), true);
    let mut again = [
        consumer.message_later().await,
        consumer.message_later().await,
    ];
    again.sort();
    assert_eq!(again, [("deferred".to_owned(), 1), ("now".to_owned(), 2)]);
    assert!(
        begin.elapsed() < Duration::from_secs(10),
        "{:?}",
        begin.elapsed()
    );
    probe.publish("t", "later").await;
    let Seen::Message {
        timestamp_ns: after,
        ..
    } = consumer.next().await
    else {
        panic!("a message");
    };
    assert!(after - before >= 7_200_000_000_000);
    broker.stop().await;
}

#[tokio::test(start_paused = true)]
async fn a_restart_keeps_messages_and_a_crash_does_not() {
    let broker = start().await;
    let addresses = broker.addresses();
    let mut probe = Client::connect(addresses.tcp).await;
    for round in ["terminate", "crash"] {
        let mut consumer = Client::subscribed(addresses.tcp, "t", 1).await;
        consumer.settle().await;
        probe.publish("t", round).await;
        probe.ok().await;
        assert_eq!(consumer.message().await.0, round);
        if round == "terminate" {
            broker.terminate().await;
        } else {
            broker.crash().await;
        }
        assert_eq!(consumer.next().await, Seen::End);
        assert_eq!(probe.next().await, Seen::End);
        assert!(tokio::net::TcpStream::connect(addresses.tcp).await.is_err());
        broker.restart().await.unwrap();
        assert_eq!(broker.addresses(), addresses);
        let mut consumer = Client::subscribed(addresses.tcp, "t", 10).await;
        probe = Client::connect(addresses.tcp).await;
        if round == "terminate" {
            assert_eq!(consumer.message().await, (round.to_owned(), 2));
        } else {
            consumer.silence(Duration::from_secs(600)).await;
        }
    }
    let (status, _) = http(addresses.http, "GET", "/ping").await;
    assert_eq!(status, 200);
    broker.stop().await;
}

#[tokio::test(start_paused = true)]
async fn dropping_a_broker_closes_everything() {
    let broker = start().await;
    let addresses = broker.addresses();
    let mut consumer = Client::subscribed(addresses.tcp, "t", 1).await;
    drop(broker);
    // Whether RDY had been read by then.
    assert!(matches!(consumer.next().await, Seen::End | Seen::Reset));
    let lookupd = addresses.lookupd_http.unwrap();
    for addr in [addresses.tcp, addresses.http, lookupd] {
        let closed = async {
            while tokio::net::TcpStream::connect(addr).await.is_ok() {
                tokio::task::yield_now().await;
            }
        };
        tokio::time::timeout(Duration::from_secs(3600), closed)
            .await
            .unwrap();
    }
}
