//! Where a client waits for replies, and what it does not wait for.

use std::time::{Duration, Instant};

use kubefuncs::{CallOptions, Client, Context, HttpRequest};
use kubefuncs_broker::{Bounds, Broker, BrokerConfig};

use super::brokers::{Brokers, LIMIT, Runs, eventually, reply_topic, within};

fn get() -> HttpRequest {
    HttpRequest::new("GET".parse().unwrap(), "/")
}

/// A broker that brings no replies gets no requests, though it would take them.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn requests_go_only_where_the_reply_subscription_is_confirmed() {
    let (mut brokers, runs) = (Brokers::start(1).await, Runs::default());
    let full = BrokerConfig {
        lookupd_http: None,
        lookupds: vec![brokers.0[0].lookupd().unwrap().clone()],
        bounds: Bounds {
            topics: 1,
            ..Bounds::default()
        },
        ..BrokerConfig::default()
    };
    brokers.0.push(Broker::start(full).await.unwrap());
    // Its only topic is there: publishing to it works, and so does subscribing.
    brokers.publish(1, "test", b"not an event".to_vec()).await;
    let other = brokers.consumer("test", "default").await;
    within("it comes", other.recv())
        .await
        .unwrap()
        .finish()
        .await;
    drop(other);
    let function = brokers.function(&[], runs.handler(|_: Context| async { Ok(()) }));
    let _function = function.await;
    let client = Client::connect(brokers.config(&[])).await.unwrap();
    within("the client is ready", client.ready()).await;
    for _ in 0..6 {
        let options = CallOptions::new().with_timeout(LIMIT);
        client.call("test", get(), options).await.unwrap();
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_reply_that_overtakes_the_confirmation_is_taken() {
    // Less than after what a connection gives a broker up that does not answer.
    const SLOW: Duration = Duration::from_secs(6);
    let (brokers, runs) = (Brokers::start(1).await, Runs::default());
    let handler = runs.handler(|_: Context| async { Ok(()) });
    let _function = brokers.function(&[], handler).await;
    let client = brokers.client(&[]).await;
    let options = || CallOptions::new().with_timeout(LIMIT);
    client.call("test", get(), options()).await.unwrap();
    brokers.0[0].delay_publish_replies(SLOW);
    let begun = Instant::now();
    client.call("test", get(), options()).await.unwrap();
    assert!(begun.elapsed() < SLOW, "the broker's OK was waited for");
    brokers.0[0].delay_publish_replies(Duration::ZERO);
}

/// A lone connection that blips would take the topic with every reply in it: two, and the one that
/// requests go out by.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn three_connections_hold_the_reply_topic_of_each_broker() {
    let brokers = Brokers::start(2).await;
    let client = brokers.client(&[]).await;
    let mut watch = client.watch(&reply_topic(&client)).unwrap();
    let held = async {
        loop {
            let state = watch.next().await.unwrap();
            let held = |node: &kubefuncs::NodeState| {
                node.channels.len() == 1
                    && node.channels[0].is_ephemeral()
                    && node.channels[0].consumers == 3
            };
            if state.nodes.len() == 2 && state.nodes.iter().all(held) {
                return;
            }
        }
    };
    within("three connections hold it everywhere", held).await;
    client.close().await;
    eventually("the client has left", || !client.is_ready()).await;
}
