//! Every publish has exactly one outcome, and it is true.

use std::collections::BTreeSet;

use futures_util::FutureExt;
use kubefuncs_nsq::{
    Connection, ConnectionConfig, ErrorCode, Limits, Producer, ProducerConfig, PublishError,
    PublishErrorKind, Publishing, Reserved,
};
use kubefuncs_testkit::{Nsqd, NsqdOptions, require_nsq};
use serde_json::Value;

use crate::support::*;

/// Queues a publish without waiting for its outcome.
async fn send(connection: &Connection, body: impl Into<bytes::Bytes>) -> Publishing {
    connection
        .reserve(&topic("t"), body.into())
        .await
        .unwrap()
        .send()
}

fn depth(nsqd: &Nsqd) -> u64 {
    let stats: Value = serde_json::from_str(&nsqd.stats("topic=t")).unwrap();
    stats["topics"][0]["depth"].as_u64().unwrap_or(0)
}

fn kinds(outcomes: &[Result<(), PublishError>]) -> Vec<Option<PublishErrorKind>> {
    outcomes
        .iter()
        .map(|outcome| outcome.as_ref().err().map(|error| error.kind()))
        .collect()
}

async fn outcomes(publishes: Vec<Publishing>) -> Vec<Result<(), PublishError>> {
    soon("all outcomes", futures_util::future::join_all(publishes)).await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_bad_size_is_refused_here_and_harms_nobody() {
    require_nsq!();
    let nsqd = Nsqd::start(NsqdOptions::default());
    let connection = connect(&nsqd, &ConnectionConfig::default()).await;
    for size in [0, 1_048_577] {
        let error = connection
            .publish(&topic("t"), vec![7; size].into())
            .await
            .unwrap_err();
        assert_eq!(error.kind(), PublishErrorKind::Size);
        assert!(!error.is_retryable() && !error.may_be_stored());
    }
    for size in [1, 1_048_576] {
        soon("OK", connection.publish(&topic("t"), vec![7; size].into()))
            .await
            .unwrap();
    }
    assert_eq!(depth(&nsqd), 2);
}

/// This nsqd takes less than its client believes.
async fn mistaken(nsqd: &Nsqd) -> Connection {
    let config = ConnectionConfig {
        limits: Limits {
            max_message: 5 << 20,
            ..Limits::default()
        },
        ..ConnectionConfig::default()
    };
    connect(nsqd, &config).await
}

/// 200 small publishes, one that is too large, and 50 small ones; none waits for another's outcome.
async fn around(connection: &Connection, large: usize) -> Vec<Result<(), PublishError>> {
    let mut publishes = Vec::new();
    for n in 0..251 {
        let body = if n == 200 {
            vec![7; large]
        } else {
            b"small".to_vec()
        };
        let reserved = connection.reserve(&topic("t"), body.into()).await;
        publishes.push(reserved.map(Reserved::send));
    }
    let outcomes = publishes.into_iter().map(async |publish| publish?.await);
    soon("all outcomes", futures_util::future::join_all(outcomes)).await
}

#[tokio::test]
async fn around_a_rejected_publish_those_before_are_stored_and_those_after_never_sent() {
    require_nsq!();
    let nsqd = Nsqd::start(NsqdOptions::default().arg("-max-msg-size=1000"));
    let connection = mistaken(&nsqd).await;
    let outcomes = around(&connection, 1001).await;
    let kinds = kinds(&outcomes);
    assert_eq!(kinds[..200], [None; 200]);
    assert_eq!(kinds[200], Some(PublishErrorKind::Rejected));
    assert_eq!(kinds[201..], [Some(PublishErrorKind::NotSent); 50]);
    let rejected = outcomes[200].as_ref().unwrap_err();
    assert_eq!(rejected.server_error().unwrap().code, ErrorCode::BadMessage);
    assert!(!rejected.may_be_stored());
    assert_eq!(depth(&nsqd), 200);
    assert!(connection.is_closed());
}

/// One command for several messages fails for all of them, and nobody knows which are stored. From
/// then on each is refused by itself, and known not to be.
#[tokio::test]
async fn on_a_full_disk_what_was_joined_is_unknown_and_what_follows_goes_by_itself() {
    require_nsq!();
    // Everything goes to the disk, at once.
    let mut nsqd = Nsqd::start(NsqdOptions::default().arg("-mem-queue-size=0"));
    let consumer = subscribed(config("other"), &fixed([&nsqd]), 1).await;
    let publisher = || consumer.publisher(&at(&nsqd));
    let burst = |connection: Connection| async move {
        let mut publishes = Vec::new();
        for _ in 0..10 {
            let reserved = connection.reserve(&topic("t"), "x".into()).await;
            publishes.push(reserved.unwrap().send_joined());
        }
        outcomes(publishes).await
    };
    until("there is one to publish on", || publisher().is_some()).await;
    assert_eq!(kinds(&burst(publisher().unwrap()).await), [None; 10]);
    assert_eq!(depth(&nsqd), 10);

    nsqd.fill_disk();
    let publisher = || consumer.publisher(&at(&nsqd));
    let failed = publisher().unwrap();
    let unknown = Some(PublishErrorKind::Unknown);
    assert_eq!(kinds(&burst(failed.clone()).await), [unknown; 10]);
    let again = || publisher().filter(|one| !one.is_closed());
    until("there is another to publish on", || again().is_some()).await;
    let kinds = kinds(&burst(again().unwrap()).await);
    assert_eq!(kinds[0], Some(PublishErrorKind::Rejected));
    assert_eq!(kinds[1..], [Some(PublishErrorKind::NotSent); 9]);
}

#[tokio::test(flavor = "multi_thread")]
async fn when_the_rejection_resets_the_connection_nothing_is_claimed_that_is_not_known() {
    require_nsq!();
    let nsqd = Nsqd::start(NsqdOptions::default().arg("-max-msg-size=1000"));
    let connection = mistaken(&nsqd).await;
    // nsqd closes with most of the body unread, so its kernel resets the connection, and may take
    // acks and the error along that had not left yet.
    let kinds = kinds(&around(&connection, 3 << 20).await);
    assert_eq!(depth(&nsqd), 200);
    let acked = kinds.iter().take_while(|kind| kind.is_none()).count();
    assert!(acked <= 200);
    for kind in &kinds[acked..200] {
        assert_eq!(*kind, Some(PublishErrorKind::Unknown), "it is stored");
    }
    // Where the error came through all is known of the rest; else the last byte written decides.
    assert!(kinds[200..].iter().all(Option::is_some), "{kinds:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn when_nsqd_is_killed_what_was_written_is_unknown_and_what_comes_later_is_not_sent() {
    require_nsq!();
    let mut nsqd = Nsqd::start(NsqdOptions::default());
    let connection = connect(&nsqd, &ConnectionConfig::default()).await;
    soon("OK", connection.publish(&topic("t"), "first".into()))
        .await
        .unwrap();

    // A stopped nsqd takes bytes, by its kernel, and answers nothing. What fits no buffer is not
    // sent.
    nsqd.pause();
    let written = send(&connection, "small").await;
    let mut large = Vec::new();
    for _ in 0..20 {
        large.push(send(&connection, vec![7; 1 << 20]).await);
    }
    until("written", || {
        large.iter_mut().any(|publish| !publish.cancel())
    })
    .await;
    nsqd.kill();
    assert_eq!(
        kinds(&outcomes(vec![written]).await),
        [Some(PublishErrorKind::Unknown)]
    );
    let kinds = kinds(&outcomes(large).await);
    assert!(
        kinds.contains(&Some(PublishErrorKind::NotSent)),
        "{kinds:?}"
    );
    assert!(!kinds.contains(&None) && !kinds.contains(&Some(PublishErrorKind::Rejected)));

    let later = connection
        .publish(&topic("t"), "later".into())
        .await
        .unwrap_err();
    assert_eq!(later.kind(), PublishErrorKind::NotSent);
    assert!(later.is_retryable() && !later.may_be_stored());
}

#[tokio::test(flavor = "multi_thread")]
async fn killed_in_the_middle_of_many_publishes_no_ack_is_made_up() {
    require_nsq!();
    let mut nsqd = Nsqd::start(
        NsqdOptions::default()
            .arg("-sync-every=1")
            .arg("-mem-queue-size=0"),
    );
    let connection = connect(&nsqd, &ConnectionConfig::default()).await;
    let mut publishes = Vec::new();
    for n in 0..3000 {
        publishes.push(send(&connection, n.to_string()).await);
    }
    // Well into the stream: nsqd forgets a queue that was never synced.
    let last = publishes.split_off(100);
    assert_eq!(kinds(&outcomes(publishes).await), [None; 100]);
    nsqd.kill();
    let kinds = kinds(&outcomes(last).await);
    let acked = kinds.iter().take_while(|kind| kind.is_none()).count();
    assert!(
        kinds[acked..].iter().all(Option::is_some),
        "answers come in order"
    );
    nsqd.restart();

    let mut missing: BTreeSet<String> = (0..100 + acked).map(|n| n.to_string()).collect();
    let consumer = subscribed(config("t"), &fixed([&nsqd]), 1).await;
    while !missing.is_empty() {
        let delivery = next(&consumer).await;
        missing.remove(text(delivery.body()));
        drop(delivery.finish());
    }
}

#[tokio::test]
async fn a_publish_is_cancelled_as_long_as_no_byte_of_it_is_written() {
    require_nsq!();
    let nsqd = Nsqd::start(NsqdOptions::default());
    let connection = connect(&nsqd, &ConnectionConfig::default()).await;
    // On this runtime's only thread the connection's task has not run in between.
    let mut publishing = send(&connection, "never").await;
    assert!(publishing.cancel());
    let error = soon("outcome", publishing).await.unwrap_err();
    assert_eq!(error.kind(), PublishErrorKind::NotSent);

    let mut publishing = send(&connection, "stored").await;
    soon("OK", &mut publishing).await.unwrap();
    assert!(!publishing.cancel());
    assert_eq!(depth(&nsqd), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_full_queue_makes_publishers_wait_and_giving_up_sends_nothing() {
    require_nsq!();
    let mut nsqd = Nsqd::start(NsqdOptions::default());
    let config = ConnectionConfig {
        max_pending: 2,
        ..ConnectionConfig::default()
    };
    let connection = connect(&nsqd, &config).await;
    nsqd.pause();
    let publishes = vec![send(&connection, "1").await, send(&connection, "2").await];
    assert!(
        connection
            .reserve(&topic("t"), "3".into())
            .now_or_never()
            .is_none()
    );
    nsqd.resume();
    assert_eq!(kinds(&outcomes(publishes).await), [None, None]);
    soon("OK", connection.publish(&topic("t"), "4".into()))
        .await
        .unwrap();
    assert_eq!(depth(&nsqd), 3);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_dropped_publish_is_published_and_a_dropped_connection_writes_what_is_queued() {
    require_nsq!();
    let nsqd = Nsqd::start(NsqdOptions::default());
    let connection = connect(&nsqd, &ConnectionConfig::default()).await;
    for _ in 0..100 {
        drop(send(&connection, "x").await);
    }
    drop(connection);
    until("all stored", || depth(&nsqd) == 100).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_producer_uses_the_node_that_works() {
    require_nsq!();
    let mut nsqds: Vec<_> = (0..2)
        .map(|_| Nsqd::start(NsqdOptions::default()))
        .collect();
    let producer = Producer::start(ProducerConfig::default(), &fixed(&nsqds));
    let mut ready = producer.ready();
    soon("connected", ready.wait_for(|nodes| nodes.len() == 2))
        .await
        .unwrap();
    for _ in 0..10 {
        soon("OK", producer.publish(&topic("t"), "x".into()))
            .await
            .unwrap();
    }
    assert_eq!((depth(&nsqds[0]), depth(&nsqds[1])), (5, 5));

    nsqds[0].stop();
    for _ in 0..10 {
        soon(
            "OK",
            producer.publish_deferred(&topic("t"), SECOND, "x".into()),
        )
        .await
        .unwrap();
    }
    assert_eq!(depth(&nsqds[1]), 15);
    nsqds[1].stop();
    soon("gone", ready.wait_for(|nodes| nodes.is_empty()))
        .await
        .unwrap();
    let error = producer.publish(&topic("t"), "x".into()).await.unwrap_err();
    assert_eq!(error.kind(), PublishErrorKind::NotSent);
}
