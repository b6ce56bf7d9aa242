//! A message that may have killed its function before does not take others along.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use kubefuncs::Context;
use kubefuncs_messages::Message;
use tokio::sync::Semaphore;

use super::brokers::{Brokers, Runs, event, eventually, next};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn from_its_third_delivery_on_a_message_runs_alone() {
    let (brokers, runs) = (Brokers::start(1).await, Runs::default());
    // Two deliveries to a program that gives up on it.
    let other = brokers.consumer("test", "default").await;
    brokers
        .publish(0, "test", event("suspect").encode_to_vec())
        .await;
    for attempt in 1..=2 {
        let delivery = next(&other).await;
        assert_eq!(delivery.attempts(), attempt);
        delivery.requeue(Duration::ZERO).await;
    }
    other.close(Duration::ZERO).await;
    drop(other);

    let (running, gate) = (Arc::new(AtomicU32::new(0)), Arc::new(Semaphore::new(0)));
    let handler = runs.handler({
        let (running, gate) = (Arc::clone(&running), Arc::clone(&gate));
        move |context: Context| {
            let (running, gate) = (Arc::clone(&running), Arc::clone(&gate));
            async move {
                let beside = running.fetch_add(1, Ordering::SeqCst);
                let suspect = context.event_id() == "suspect";
                assert!(!suspect || beside == 0, "nothing runs beside a suspect");
                gate.acquire().await?.forget();
                assert!(!suspect || running.load(Ordering::SeqCst) == 1);
                running.fetch_sub(1, Ordering::SeqCst);
                Ok(())
            }
        }
    });
    let vars = [("KUBEFUNCS_CONCURRENCY", "4"), ("KUBEFUNCS_TIMEOUT", "60s")];
    let function = brokers.function(&vars, handler).await;
    eventually("the suspect runs", || runs.seen().len() == 1).await;
    assert!(runs.seen()[0].0 == "suspect" && runs.seen()[0].1 >= 3);
    for _ in 0..3 {
        brokers
            .publish(0, "test", event("fine").encode_to_vec())
            .await;
    }
    gate.add_permits(1);
    eventually("the others run beside each other", || {
        running.load(Ordering::SeqCst) == 3
    })
    .await;
    gate.add_permits(3);
    let done = || super::brokers::ended(&function, "done") == 4.0;
    eventually("all are done", done).await;
    assert_eq!(super::brokers::ended(&function, "failed"), 0.0);
}
