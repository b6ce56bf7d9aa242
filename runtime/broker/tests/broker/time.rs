//! Hours pass in no time.

use std::time::Duration;

use kubefuncs_broker::{Broker, BrokerConfig, NsqdOptions};
use tokio::time::Instant;

use crate::client::{Client, Seen};

/// So that nothing is late by more than a scan.
fn prompt() -> BrokerConfig {
    BrokerConfig {
        nsqd: NsqdOptions {
            queue_scan_interval: Duration::from_millis(10),
            queue_scan_refresh_interval: Duration::from_millis(10),
            ..NsqdOptions::default()
        },
        ..BrokerConfig::default()
    }
}

#[tokio::test(start_paused = true)]
async fn timeouts_and_delays_keep_their_time() {
    let broker = Broker::start(prompt()).await.unwrap();
    let tcp = broker.addresses().tcp;
    let mut consumer = Client::subscribed(tcp, "t", 10).await;
    let mut probe = Client::connect(tcp).await;
    let begin = Instant::now();
    probe.command("DPUB t 3600000", b"x").await;
    probe.ok().await;
    // The broker is exact; the bytes may be a little late.
    assert_eq!(consumer.message_later().await, ("x".to_owned(), 1));
    let waited = begin.elapsed();
    assert!((3600..3630).contains(&waited.as_secs()), "{waited:?}");
    assert_eq!(consumer.message_later().await, ("x".to_owned(), 2));
    let waited = begin.elapsed();
    assert!((3660..3690).contains(&waited.as_secs()), "{waited:?}");
    broker.stop().await;
}

#[tokio::test(start_paused = true)]
async fn a_client_that_answers_heartbeats_stays_for_hours_and_a_silent_one_does_not() {
    let broker = Broker::start(prompt()).await.unwrap();
    let tcp = broker.addresses().tcp;
    let mut answers = Client::subscribed(tcp, "t", 10).await;
    answers.silence(Duration::from_secs(3000)).await;
    answers.publish("t", "x").await;
    answers.ok().await;
    let mut silent = Client::with_heartbeats(tcp).await;
    silent
        .command("IDENTIFY", br#"{"heartbeat_interval":10000}"#)
        .await;
    silent.ok().await;
    let begin = Instant::now();
    // Reading without answering.
    tokio::time::sleep(Duration::from_secs(19)).await;
    silent.send(b"NOP\n").await;
    tokio::time::sleep(Duration::from_secs(25)).await;
    assert!(matches!(silent.later().await, Seen::End | Seen::Reset));
    assert!(begin.elapsed() >= Duration::from_secs(39));
    broker.stop().await;
}

#[tokio::test(start_paused = true)]
async fn buffering_can_be_switched_off() {
    for buffering in [true, false] {
        let config = BrokerConfig {
            buffering,
            ..prompt()
        };
        let broker = Broker::start(config).await.unwrap();
        let tcp = broker.addresses().tcp;
        let mut consumer = Client::with_heartbeats(tcp).await;
        let terms = br#"{"output_buffer_timeout":30000,"heartbeat_interval":60000}"#;
        consumer.command("IDENTIFY", terms).await;
        consumer.ok().await;
        consumer.send(b"SUB t c\nRDY 100\n").await;
        consumer.ok().await;
        let mut probe = Client::connect(tcp).await;
        let begin = Instant::now();
        probe.publish("t", "x").await;
        probe.ok().await;
        consumer.message_later().await;
        let at_once = begin.elapsed() < Duration::from_secs(15);
        assert_eq!(at_once, !buffering, "{:?}", begin.elapsed());
        broker.stop().await;
    }
}
