//! A message that breaks whoever takes it.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use kubefuncs::messages::{Event, Message};
use kubefuncs::{Context, Failure, Function, Raw};
use kubefuncs_nsq::{Channel, Consumer, ConsumerConfig, Discovery, Topic};
use kubefuncs_testkit::require_nsq;

use crate::support::*;

/// It is tried as often as the configuration says, then kept once; the others pass meanwhile.
#[tokio::test(flavor = "multi_thread")]
async fn a_poison_message_is_kept_once_and_holds_nobody_up() {
    require_nsq!();
    let brokers = Brokers::start(1);
    let (poisoned, fine) = (Arc::new(AtomicU32::new(0)), Arc::new(AtomicU32::new(0)));
    let counters = (Arc::clone(&poisoned), Arc::clone(&fine));
    let handler = move |_: Context, payload: Raw| {
        let (poisoned, fine) = (Arc::clone(&counters.0), Arc::clone(&counters.1));
        async move {
            if payload.bytes == "poison" {
                poisoned.fetch_add(1, Ordering::Relaxed);
                panic!("it breaks whoever takes it");
            }
            fine.fetch_add(1, Ordering::Relaxed);
            Ok::<_, Failure>(())
        }
    };
    let vars = [
        ("KUBEFUNCS_ATTEMPTS", "3"),
        ("KUBEFUNCS_BACKOFF_MIN", "50ms"),
        ("KUBEFUNCS_BACKOFF_MAX", "100ms"),
        ("KUBEFUNCS_DEAD_LETTER", "true"),
        ("KUBEFUNCS_CONCURRENCY", "4"),
    ];
    let _function = Function::start(brokers.config(&vars), handler)
        .await
        .unwrap();
    brokers.subscribed(1).await;
    let client = client(brokers.config(&[])).await;
    client.emit("test", raw("poison")).await.unwrap();
    for _ in 0..50 {
        client.emit("test", raw("fine")).await.unwrap();
    }
    until("the others pass", || fine.load(Ordering::Relaxed) == 50).await;
    let dead = Topic::new("test.default.dead").unwrap();
    let kept = || left(&brokers.nsqds[0], dead.as_str());
    until("it is kept", || kept() > 0).await;
    brokers.drained().await;
    assert_eq!(poisoned.load(Ordering::Relaxed), 3);
    assert_eq!(kept(), 1);
    let reader = Consumer::start(
        ConsumerConfig::new(dead, Channel::new("default").unwrap()),
        &Discovery::fixed([brokers.nsqds[0].tcp().into()]),
    );
    let letter = within("the dead letter", reader.recv()).await.unwrap();
    let letter = Event::decode(letter.body().clone()).unwrap();
    assert_eq!(letter.payload.unwrap().value, "poison");
}
