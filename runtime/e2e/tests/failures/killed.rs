//! Processes that are killed.

use std::collections::BTreeSet;
use std::fs;
use std::process::Command;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use futures_util::future::join_all;
use kubefuncs::CallErrorKind;
use kubefuncs_nsq::{
    Channel, Consumer, ConsumerConfig, Discovery, Producer, ProducerConfig, PublishErrorKind, Topic,
};
use kubefuncs_testkit::{Nsqd, NsqdOptions, Port, Process, binary, http, require_nsq};

use crate::support::*;

/// The function's process dies with a call in hand; another one answers, once.
#[tokio::test(flavor = "multi_thread")]
async fn a_function_killed_in_the_middle_of_a_call_is_replaced() {
    require_nsq!();
    let brokers = Brokers::start(2);
    let health = Port::reserve();
    let mut command = Command::new(binary("kubefuncs-e2e", "kubefuncs-e2e-slow"));
    command
        .env("KUBEFUNCS_LOOKUPD", brokers.lookupd.http().to_string())
        .env("HEALTHZ_ADDR", health.to_string())
        .env("KUBEFUNCS_TIMEOUT", "20s");
    let mut slow = Process::start("slow", command);
    slow.wait_ready(LIMIT, "the slow function is ready", || {
        http::is_ok(health.addr(), "/readyz")
    });
    brokers.subscribed(1).await;
    let client = client(brokers.config(&[])).await;
    let calls = calls(&client, 8, LIMIT);
    let in_flight = || {
        brokers
            .nsqds
            .iter()
            .map(|nsqd| figure(nsqd, "test", "in_flight_count"))
    };
    until("all calls are with the slow function", || {
        in_flight().sum::<u64>() == 8
    })
    .await;

    slow.kill();
    let vars = [("KUBEFUNCS_TIMEOUT", "20s")];
    let other = Told::quick(brokers.config(&vars), "other").await;
    for call in calls {
        assert_eq!(within("an answer", call).await.unwrap().unwrap(), "other");
    }
    brokers.drained().await;
    assert_eq!(other.runs(), 8);
    assert_eq!((client.pending(), client.unmatched_replies()), (0, 0));
}

/// What was under way on the broker that died is lost, with an honest error; the other broker's
/// calls do not notice.
#[tokio::test(flavor = "multi_thread")]
async fn a_killed_broker_takes_only_its_own_calls_along() {
    require_nsq!();
    let mut brokers = Brokers::start(2);
    let vars = [
        ("KUBEFUNCS_TIMEOUT", "30s"),
        ("KUBEFUNCS_CONCURRENCY", "64"),
    ];
    let function = Told::start(brokers.config(&vars), "answer").await;
    let client = client(brokers.config(&[])).await;
    brokers.subscribed(1).await;
    for nsqd in &brokers.nsqds {
        until("the client is subscribed everywhere", || {
            reply_topics(nsqd).len() == 1
        })
        .await;
    }
    let calls = calls(&client, 20, Duration::from_secs(10));
    until("all calls are being handled", || function.runs() == 20).await;
    let on_it = figure(&brokers.nsqds[1], "test", "in_flight_count");
    assert!(
        (1..20).contains(&on_it),
        "calls are spread over both: {on_it}"
    );

    brokers.nsqds[1].kill();
    function.gate.add_permits(1_000_000);
    let (mut answered, mut lost) = (0, 0);
    for call in calls {
        match within("an outcome", call).await.unwrap() {
            Ok(answer) => {
                assert_eq!(answer, "answer");
                answered += 1;
            }
            Err(error) => {
                assert_eq!(error.kind(), CallErrorKind::Timeout, "{error}");
                assert!(error.may_have_run());
                lost += 1;
            }
        }
    }
    assert_eq!(answered + lost, 20);
    // An answer may still find its way by the other broker.
    assert!(lost <= on_it, "{lost} lost, {on_it} were there");
    // Nobody is sent to the dead one any more.
    for _ in 0..10 {
        assert_eq!(call(&client, LIMIT).await.unwrap(), "answer");
    }
    assert_eq!(client.pending(), 0);
}

/// Without memory for messages, what nsqd has written down and synced outlives a SIGKILL; what it
/// has confirmed a moment before does not.
#[tokio::test(flavor = "multi_thread")]
async fn of_what_nsqd_confirmed_a_kill_takes_at_most_what_was_not_synced() {
    require_nsq!();
    let options = NsqdOptions::default()
        .arg("-mem-queue-size=0")
        .arg("-sync-timeout=300ms");
    let mut nsqd = Nsqd::start(options);
    let producer = producer(&nsqd).await;
    let test = Topic::new("test").unwrap();
    let publish = async |number: u32| producer.publish(&test, number.to_string().into()).await;
    for number in 0..100 {
        publish(number).await.unwrap();
    }
    // The position of the queue, which is written when its messages are synced: their number first.
    let position = nsqd.data_dir().join("test.diskqueue.meta.dat");
    let synced = || fs::read_to_string(&position).is_ok_and(|text| text.starts_with("100\n"));
    until("a hundred messages are synced", synced).await;
    let acked = AtomicU32::new(100);
    let many = join_all((100..2000).map(async |number| match publish(number).await {
        Ok(()) => _ = acked.fetch_add(1, Ordering::Relaxed),
        Err(error) => assert!(matches!(
            error.kind(),
            PublishErrorKind::Unknown | PublishErrorKind::NotSent
        )),
    }));
    let killer = async {
        until("some more are confirmed", || {
            acked.load(Ordering::Relaxed) > 200
        })
        .await;
        nsqd.kill();
    };
    // Each of them has an outcome, and it is one of four.
    tokio::join!(many, killer);

    nsqd.restart();
    let mut config = ConsumerConfig::new(test.clone(), Channel::new("c").unwrap());
    config.max_in_flight = 100;
    let consumer = Consumer::start(config, &Discovery::fixed([nsqd.tcp().into()]));
    let mut seen = BTreeSet::new();
    let synced = |seen: &BTreeSet<u32>| (0..100).all(|number| seen.contains(&number));
    within("all that was synced", async {
        while !synced(&seen) {
            let delivery = consumer.recv().await.unwrap();
            seen.insert(
                String::from_utf8_lossy(delivery.body())
                    .parse::<u32>()
                    .unwrap(),
            );
            drop(delivery.finish());
        }
    })
    .await;
    assert!(
        seen.iter().all(|number| *number < 2000),
        "nothing is made up"
    );
}

async fn producer(nsqd: &Nsqd) -> Producer {
    let producer = Producer::start(
        ProducerConfig::default(),
        &Discovery::fixed([nsqd.tcp().into()]),
    );
    let mut ready = producer.ready();
    within("connected", ready.wait_for(|nodes| nodes.len() == 1))
        .await
        .unwrap();
    producer
}
