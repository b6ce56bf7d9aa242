//! Everything at random, for long.

use std::collections::HashSet;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use kubefuncs::{Client, Context, Failure, Function, Raw};
use kubefuncs_nsq::{Discovery, Producer, ProducerConfig, Topic};
use kubefuncs_testkit::require_nsq;

use crate::support::*;

/// How long a call may take; its deadline ends it, whatever happens.
const TIMEOUT: Duration = Duration::from_secs(3);
const CALLERS: usize = 16;

/// Calls and events go on while servers are stopped, killed and paused. Half an hour, or
/// `KUBEFUNCS_SOAK` seconds:
///
/// ```text
/// KUBEFUNCS_SOAK=300 cargo test -p kubefuncs-e2e --test failures -- --ignored --nocapture soak
/// ```
#[tokio::test(flavor = "multi_thread")]
#[ignore = "takes half an hour; the doc comment says how to run it"]
async fn nothing_leaks_and_nothing_is_lost_while_servers_come_and_go() {
    require_nsq!();
    let seconds = std::env::var("KUBEFUNCS_SOAK").ok();
    let seconds = seconds.map_or(1800, |text| {
        text.parse().expect("KUBEFUNCS_SOAK in seconds")
    });
    let mut brokers = Brokers::start(2);
    let handled = Arc::new(Mutex::new(HashSet::new()));
    let seen = Arc::clone(&handled);
    let handler = move |_: Context, payload: Raw| {
        seen.lock().unwrap().insert(payload.bytes.clone());
        async move { Ok::<_, Failure>(payload) }
    };
    let _function = Function::start(brokers.config(&[]), handler).await.unwrap();
    let client = client(brokers.config(&[])).await;
    // Only ever stopped and paused, so nothing that it confirmed may be lost.
    let safe = Discovery::fixed([brokers.nsqds[0].tcp().into()]);
    let producer = Producer::start(ProducerConfig::default(), &safe);
    brokers.subscribed(1).await;
    let before = resources();

    let end = Instant::now() + Duration::from_secs(seconds);
    let work = Arc::new(Work::default());
    let mut tasks: Vec<_> = (0..CALLERS)
        .map(|_| tokio::spawn(keep_calling(client.clone(), Arc::clone(&work), end)))
        .collect();
    tasks.push(tokio::spawn(keep_emitting(
        producer,
        Arc::clone(&work),
        end,
    )));
    // Blocks its thread, as the servers' starts do.
    brokers = tokio::task::spawn_blocking(move || {
        trouble(&mut brokers, end);
        brokers
    })
    .await
    .unwrap();
    for task in tasks {
        within("every call has an end", task).await.unwrap();
    }

    within("calls are answered at the end", async {
        while call(&client, TIMEOUT).await.is_err() {}
    })
    .await;
    brokers.drained().await;
    let lost = || {
        let handled = handled.lock().unwrap();
        work.confirmed
            .lock()
            .unwrap()
            .iter()
            .filter(|body| !handled.contains(*body))
            .count()
    };
    until("every confirmed event is handled", || lost() == 0).await;
    until("tasks and descriptors are as before", || {
        let (tasks, descriptors) = resources();
        tasks <= before.0 + 8 && descriptors <= before.1 + 8
    })
    .await;
    assert_eq!(client.pending(), 0);
    for nsqd in &brokers.nsqds {
        assert_eq!(reply_topics(nsqd).len(), 1);
    }
    let count = |counter: &AtomicU64| counter.load(Ordering::Relaxed);
    println!(
        "{} calls answered, {} failed honestly, {} events confirmed, {} replies unmatched",
        count(&work.answered),
        count(&work.failed),
        work.confirmed.lock().unwrap().len(),
        client.unmatched_replies(),
    );
}

#[derive(Default)]
struct Work {
    number: AtomicU64,
    answered: AtomicU64,
    failed: AtomicU64,
    confirmed: Mutex<Vec<bytes::Bytes>>,
}

impl Work {
    fn body(&self, kind: &str) -> bytes::Bytes {
        format!("{kind} {}", self.number.fetch_add(1, Ordering::Relaxed)).into()
    }
}

async fn keep_calling(client: Client, work: Arc<Work>, end: Instant) {
    while Instant::now() < end {
        let body = work.body("call");
        let begun = Instant::now();
        let payload = Raw {
            bytes: body.clone(),
            ..Raw::default()
        };
        let options = kubefuncs::CallOptions::new().with_timeout(TIMEOUT);
        match client.call("test", payload, options).await {
            Ok(reply) => {
                assert_eq!(reply.into_raw().bytes, body, "the answer of another call");
                work.answered.fetch_add(1, Ordering::Relaxed);
            }
            Err(_) => {
                assert!(
                    begun.elapsed() < TIMEOUT + Duration::from_secs(30),
                    "long past its end"
                );
                work.failed.fetch_add(1, Ordering::Relaxed);
                tokio::time::sleep(Duration::from_millis(50)).await;
            }
        }
    }
}

/// Events by the broker that is never killed.
async fn keep_emitting(producer: Producer, work: Arc<Work>, end: Instant) {
    let topic = Topic::new("test").unwrap();
    while Instant::now() < end {
        let body = work.body("event");
        let event = kubefuncs::messages::Event {
            id: String::from_utf8_lossy(&body).into_owned(),
            topic: topic.to_string(),
            payload: Some(
                Raw {
                    bytes: body.clone(),
                    ..Raw::default()
                }
                .into(),
            ),
            ..Default::default()
        };
        let encoded = kubefuncs::messages::Message::encode_to_vec(&event);
        if producer.publish(&topic, encoded.into()).await.is_ok() {
            work.confirmed.lock().unwrap().push(body);
        }
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
}

/// Stops, kills and pauses one server after the other, and has all of them running in the end.
fn trouble(brokers: &mut Brokers, end: Instant) {
    let mut dice = 0x9e37_79b9_7f4a_7c15_u64 ^ u64::from(std::process::id());
    let mut roll = |sides: u64| {
        // xorshift: what comes next need not be secret.
        dice ^= dice << 13;
        dice ^= dice >> 7;
        dice ^= dice << 17;
        dice % sides
    };
    while Instant::now() < end {
        rest(Duration::from_millis(500 + roll(3000)));
        let while_gone = Duration::from_millis(roll(8000));
        match roll(6) {
            0 => {
                brokers.nsqds[1].kill();
                rest(while_gone);
                brokers.nsqds[1].restart();
            }
            side @ (1 | 2) => brokers.nsqds[side as usize - 1].restart(),
            side @ (3 | 4) => {
                let nsqd = &mut brokers.nsqds[side as usize - 3];
                nsqd.pause();
                rest(while_gone);
                nsqd.resume();
            }
            _ => {
                brokers.lookupd.kill();
                rest(while_gone);
                brokers.lookupd.restart();
            }
        }
    }
}

#[expect(clippy::disallowed_methods, reason = "a thread of its own")]
fn rest(time: Duration) {
    std::thread::sleep(time);
}

/// Tasks of this executor, and open descriptors of this process.
fn resources() -> (usize, usize) {
    let tasks = tokio::runtime::Handle::current()
        .metrics()
        .num_alive_tasks();
    (tasks, std::fs::read_dir("/proc/self/fd").unwrap().count())
}
