//! Messages that take long, and peers that say nothing.

use std::time::Duration;

use kubefuncs_nsq::{ConnectionConfig, ErrorKind, IoThread, LostReason, Settled};
use kubefuncs_testkit::{Nsqd, NsqdOptions, require_nsq};

use crate::support::*;

#[tokio::test(flavor = "multi_thread")]
async fn a_handler_may_take_longer_than_the_message_timeout() {
    require_nsq!();
    let nsqd = Nsqd::start(NsqdOptions::default());
    let mut config = config("t");
    config.max_in_flight = 2;
    config.connection.msg_timeout = Some(2 * SECOND);
    let consumer = subscribed(config, &fixed([&nsqd]), 1).await;
    put(&nsqd, "t", "long");
    let delivery = next(&consumer).await;

    // Three timeouts pass; a second delivery would be seen, for there is room for it.
    let again = tokio::time::timeout(6 * SECOND, consumer.recv()).await;
    assert!(again.is_err(), "delivered twice");
    assert_eq!(delivery.is_lost(), None);
    drop(delivery.finish());
    until("finished", || {
        channel(&nsqd, "t")["clients"][0]["finish_count"] == 1
    })
    .await;
    assert_eq!(figure(&nsqd, "t", "timeout_count"), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_waits_for_a_handler_is_touched_as_well() {
    require_nsq!();
    let nsqd = Nsqd::start(NsqdOptions::default());
    let mut config = config("t");
    config.max_in_flight = 2;
    config.connection.msg_timeout = Some(2 * SECOND);
    let consumer = subscribed(config, &fixed([&nsqd]), 1).await;
    put(&nsqd, "t", "one");
    put(&nsqd, "t", "two");
    let first = next(&consumer).await;
    until("both are here", || {
        figure(&nsqd, "t", "in_flight_count") == 2
    })
    .await;
    tokio::time::sleep(5 * SECOND).await;
    let second = next(&consumer).await;
    assert_eq!((first.attempts(), second.attempts()), (1, 1));
    assert_eq!(figure(&nsqd, "t", "timeout_count"), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_handler_is_told_when_its_time_is_up_and_its_late_answer_harms_nobody() {
    require_nsq!();
    let nsqd = Nsqd::start(NsqdOptions::default());
    let mut config = config("t");
    config.max_in_flight = 2;
    config.connection.msg_timeout = Some(SECOND);
    config.connection.touch_for = Duration::ZERO;
    let consumer = subscribed(config, &fixed([&nsqd]), 1).await;
    put(&nsqd, "t", "slow");
    let first = next(&consumer).await;
    assert_eq!(soon("lost", first.lost()).await, LostReason::TimedOut);

    let second = next(&consumer).await;
    second.touch_for(60 * SECOND);
    assert_eq!(second.attempts(), 2);
    // Both came by one connection with one id: a FIN on the wire would finish the second.
    let settled = soon("settled", first.finish()).await;
    assert_eq!(settled, Settled::Lost(LostReason::TimedOut));
    assert_eq!(figure(&nsqd, "t", "in_flight_count"), 1);
    drop(second.finish());
    until("finished", || {
        channel(&nsqd, "t")["clients"][0]["finish_count"] == 1
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_silent_nsqd_is_given_up_and_found_again() {
    require_nsq!();
    let mut nsqd = Nsqd::start(NsqdOptions::default());
    let mut config = config("t");
    config.connection.heartbeat = SECOND;
    config.connection.connect_timeout = SECOND;
    let alone = ConnectionConfig {
        heartbeat: SECOND,
        ..ConnectionConfig::default()
    };
    let connection = connect(&nsqd, &alone).await;
    let consumer = subscribed(config, &fixed([&nsqd]), 1).await;
    put(&nsqd, "t", "held");
    let delivery = next(&consumer).await;

    nsqd.pause();
    assert_eq!(
        soon("given up", connection.closed()).await.kind(),
        ErrorKind::Timeout
    );
    assert_eq!(
        soon("lost", delivery.lost()).await,
        LostReason::Disconnected
    );
    confirmed(&consumer, 0).await;

    nsqd.resume();
    confirmed(&consumer, 1).await;
    put(&nsqd, "t", "after");
    assert_eq!(text(next_after(&consumer, delivery).await.body()), "after");
}

/// The next message, once the delivery that was lost makes room for it.
async fn next_after(
    consumer: &kubefuncs_nsq::Consumer,
    lost: kubefuncs_nsq::Delivery,
) -> kubefuncs_nsq::Delivery {
    drop(lost);
    next(consumer).await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_quiet_connection_is_kept_by_heartbeats() {
    require_nsq!();
    let nsqd = Nsqd::start(NsqdOptions::default());
    let config = ConnectionConfig {
        heartbeat: SECOND,
        ..ConnectionConfig::default()
    };
    let connection = connect(&nsqd, &config).await;
    // Without answers nsqd would close after two seconds, without heartbeats we would after three.
    assert!(
        tokio::time::timeout(5 * SECOND, connection.closed())
            .await
            .is_err()
    );
    soon("OK", connection.publish(&topic("t"), "alive".into()))
        .await
        .unwrap();
}

#[tokio::test]
async fn on_a_thread_of_its_own_a_connection_is_served_however_busy_the_handlers_are() {
    require_nsq!();
    let nsqd = Nsqd::start(NsqdOptions::default());
    let io = IoThread::start().unwrap();
    let mut config = config("t");
    config.runtime = Some(io.handle());
    config.connection.msg_timeout = Some(2 * SECOND);
    config.connection.heartbeat = SECOND;
    let consumer = subscribed(config, &fixed([&nsqd]), 1).await;
    put(&nsqd, "t", "heavy");
    let delivery = next(&consumer).await;
    // This runtime has one thread, and nothing else runs on it meanwhile.
    let start = std::time::Instant::now();
    while start.elapsed() < 6 * SECOND {
        std::hint::spin_loop();
    }
    assert_eq!(delivery.is_lost(), None);
    drop(delivery.finish());
    until("finished", || {
        channel(&nsqd, "t")["clients"][0]["finish_count"] == 1
    })
    .await;
    assert_eq!(figure(&nsqd, "t", "timeout_count"), 0);
}
