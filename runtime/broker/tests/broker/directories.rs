//! Brokers and directories.

use std::time::Duration;

use kubefuncs_broker::{Broker, BrokerConfig, Lookupd, LookupdConfig};
use tokio::time::{Instant, timeout};

use crate::client::{Client, http, http_later};

async fn broker_of(lookupd: &Lookupd) -> Broker {
    let config = BrokerConfig {
        lookupd_http: None,
        lookupds: vec![lookupd.clone()],
        ..BrokerConfig::default()
    };
    Broker::start(config).await.unwrap()
}

#[tokio::test(start_paused = true)]
async fn brokers_share_a_directory() {
    let lookupd = Lookupd::start(LookupdConfig::default()).await.unwrap();
    let brokers = [broker_of(&lookupd).await, broker_of(&lookupd).await];
    for broker in &brokers {
        let mut probe = Client::connect(broker.addresses().tcp).await;
        probe.publish("t", "x").await;
        probe.ok().await;
    }
    let producers = async || {
        let (_, body) = http(lookupd.http(), "GET", "/lookup?topic=t").await;
        brokers.each_ref().map(|broker| {
            let port = broker.addresses().tcp.port();
            body.contains(&format!("\"tcp_port\":{port},"))
        })
    };
    assert_eq!(producers().await, [true, true]);
    brokers[0].crash().await;
    assert_eq!(producers().await, [false, true]);
    brokers[0].restart().await.unwrap();
    assert_eq!(
        producers().await,
        [true, true],
        "its topic is registered again"
    );
    brokers[1].terminate().await;
    assert_eq!(producers().await, [true, false]);
    lookupd.stop();
}

#[tokio::test(start_paused = true)]
async fn a_directory_that_hangs_holds_up_new_topics_only() {
    let broker = Broker::start(BrokerConfig::default()).await.unwrap();
    let lookupd = broker.lookupd().unwrap().clone();
    let mut probe = Client::connect(broker.addresses().tcp).await;
    probe.publish("old", "x").await;
    probe.ok().await;
    lookupd.pause();
    let begin = Instant::now();
    probe.publish("old", "x").await;
    probe.ok().await;
    assert!(begin.elapsed() < Duration::from_secs(1));
    probe.publish("new", "x").await;
    probe.ok_later().await;
    assert!(
        (5..15).contains(&begin.elapsed().as_secs()),
        "{:?}",
        begin.elapsed()
    );
    let asked = http_later(lookupd.http(), "GET", "/nodes");
    assert!(timeout(Duration::from_secs(60), asked).await.is_err());
    lookupd.resume();
    assert_eq!(http(lookupd.http(), "GET", "/nodes").await.0, 200);
    broker.stop().await;
}

#[tokio::test(start_paused = true)]
async fn a_broker_that_stands_still_is_hidden_in_the_end() {
    let broker = Broker::start(BrokerConfig::default()).await.unwrap();
    let lookupd = broker.addresses().lookupd_http.unwrap();
    let is_listed = async || http(lookupd, "GET", "/nodes").await.1.contains("tcp_port");
    tokio::time::sleep(Duration::from_secs(3600)).await;
    assert!(is_listed().await, "it says that it lives");
    broker.pause();
    tokio::time::sleep(Duration::from_secs(310)).await;
    assert!(!is_listed().await);
    broker.resume();
    tokio::time::sleep(Duration::from_secs(20)).await;
    assert!(is_listed().await);
    broker.stop().await;
}
