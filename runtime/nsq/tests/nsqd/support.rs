//! What the tests share.

use std::future::Future;
use std::net::SocketAddr;
use std::time::Duration;

use bytes::Bytes;
use kubefuncs_nsq::{
    Address, Channel, Connection, ConnectionConfig, Consumer, ConsumerConfig, Delivery, Discovery,
    Topic,
};
use kubefuncs_testkit::{Nsqd, http};
use serde_json::Value;

/// Far longer than anything here takes on a busy machine: what is not there by then never comes.
pub(crate) const LIMIT: Duration = Duration::from_secs(60);

pub(crate) const SECOND: Duration = Duration::from_secs(1);

/// What `future` gives, or the end of the test.
pub(crate) async fn soon<T>(what: &str, future: impl Future<Output = T>) -> T {
    match tokio::time::timeout(LIMIT, future).await {
        Ok(value) => value,
        Err(_) => panic!("not within {LIMIT:?}: {what}"),
    }
}

/// Asks until `condition` holds, without blocking the runtime.
pub(crate) async fn until(what: &str, mut condition: impl FnMut() -> bool) {
    soon(what, async {
        while !condition() {
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    })
    .await;
}

pub(crate) fn topic(name: &str) -> Topic {
    Topic::new(name).unwrap()
}

pub(crate) fn at(nsqd: &Nsqd) -> Address {
    nsqd.tcp().into()
}

pub(crate) fn fixed<'a>(nsqds: impl IntoIterator<Item = &'a Nsqd>) -> Discovery {
    Discovery::fixed(nsqds.into_iter().map(at))
}

pub(crate) fn config(topic_name: &str) -> ConsumerConfig {
    ConsumerConfig::new(topic(topic_name), Channel::new("c").unwrap())
}

/// A consumer that is subscribed on so many nodes.
pub(crate) async fn subscribed(
    config: ConsumerConfig,
    discovery: &Discovery,
    nodes: usize,
) -> Consumer {
    let consumer = Consumer::start(config, discovery);
    confirmed(&consumer, nodes).await;
    consumer
}

pub(crate) async fn confirmed(consumer: &Consumer, nodes: usize) {
    let mut confirmed = consumer.confirmed();
    let enough = confirmed.wait_for(|known| known.len() == nodes);
    soon("subscribed", enough).await.unwrap();
}

pub(crate) async fn connect(nsqd: &Nsqd, config: &ConnectionConfig) -> Connection {
    connect_to(nsqd.tcp(), config).await
}

pub(crate) async fn connect_to(addr: SocketAddr, config: &ConnectionConfig) -> Connection {
    soon("connected", Connection::connect(&addr.into(), config))
        .await
        .unwrap()
}

/// Publishes to topic `t` on one node of a consumer.
pub(crate) async fn publish_on(consumer: &Consumer, node: &Address, body: impl Into<Bytes>) {
    soon("OK", consumer.publish_on(node, &topic("t"), body.into()))
        .await
        .unwrap();
}

pub(crate) async fn next(consumer: &Consumer) -> Delivery {
    soon("a message", consumer.recv())
        .await
        .expect("the consumer is open")
}

/// Publishes by HTTP, past the client under test.
pub(crate) fn put(nsqd: &Nsqd, topic: &str, body: impl AsRef<[u8]>) {
    let answer = http::post(nsqd.http(), &format!("/pub?topic={topic}"), body.as_ref()).unwrap();
    assert_eq!(answer.text(), "OK");
}

pub(crate) fn text(body: &Bytes) -> &str {
    std::str::from_utf8(body).unwrap()
}

/// nsqd's figures for channel `c` of a topic; `Null` where there is none.
pub(crate) fn channel(nsqd: &Nsqd, topic: &str) -> Value {
    let stats: Value =
        serde_json::from_str(&nsqd.stats(&format!("topic={topic}&channel=c"))).unwrap();
    stats["topics"][0]["channels"][0].clone()
}

pub(crate) fn figure(nsqd: &Nsqd, topic: &str, name: &str) -> u64 {
    channel(nsqd, topic)[name]
        .as_u64()
        .unwrap_or_else(|| panic!("no {name}"))
}

/// The RDY of each subscribed connection, sorted.
pub(crate) fn windows(nsqd: &Nsqd, topic: &str) -> Vec<u64> {
    let channel = channel(nsqd, topic);
    let clients = channel["clients"].as_array().cloned().unwrap_or_default();
    let mut windows: Vec<u64> = clients
        .iter()
        .map(|c| c["ready_count"].as_u64().unwrap())
        .collect();
    windows.sort_unstable();
    windows
}
