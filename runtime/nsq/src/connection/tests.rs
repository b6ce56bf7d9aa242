//! A connection and a scripted peer, on paused time. For what a real nsqd cannot be made to do, or
//! not to the millisecond.

mod joined;
mod peer;

use bytes::{Bytes, BytesMut};
use futures_util::FutureExt;
use kubefuncs_nsq_proto::{Frame, Message, MessageId, Response};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::time::Instant;

use super::*;
use crate::consumer::Sink;
use crate::fate::LostReason;
use crate::publish::{PublishErrorKind, Publishing};
use crate::receipt::Settled;
use peer::{Peer, id, next, pair, pair_of, reserved, subscribed, subscribed_with, topic};

#[tokio::test(start_paused = true)]
async fn an_answer_is_one_write_of_publish_and_finish() {
    let (_connection, mut peer, core) = subscribed().await;
    peer.message(0).await;
    let publishing = next(&core).await.answer(&topic(), "hello".into()).unwrap();
    let both = format!("PUB t\n\0\0\0\x05helloFIN {}\n", id(0));
    peer.expect(&both).await;
    assert_eq!(peer.last_write(), both);
    peer.ok().await;
    publishing.await.unwrap();
}

#[tokio::test(start_paused = true)]
async fn what_a_sink_took_is_finished_until_nothing_is_handed_out_any_more() {
    let (taken, mut arrived) = mpsc::unbounded_channel();
    let sink = Sink::new(move |message: Message| taken.send(message.id).unwrap());
    let (connection, mut peer, core) = subscribed_with(Some(sink)).await;
    peer.message(0).await;
    assert_eq!(arrived.recv().await, Some(id(0)));
    peer.expect(&format!("FIN {}\n", id(0))).await;
    assert_eq!((connection.in_flight(), connection.delivered()), (0, 1));
    core.inbox.stop();
    peer.message(1).await;
    // Paused time passes only once nobody has anything left to do.
    tokio::time::sleep(Duration::from_millis(1)).await;
    assert_eq!(core.inbox.close().len(), 1);
    peer.message(2).await;
    peer.expect(&format!("REQ {} 0\n", id(2))).await;
    assert!(arrived.try_recv().is_err());
}

#[tokio::test(start_paused = true)]
async fn what_is_queued_is_written_together() {
    let (connection, mut peer) = pair(&ConnectionConfig::default());
    let mut publishing = Vec::new();
    for _ in 0..3 {
        publishing.push(reserved(&connection, &topic(), "x").await.send());
    }
    peer.expect(&"PUB t\n\0\0\0\x01x".repeat(3)).await;
    assert_eq!(peer.writes.lock().unwrap().len(), 1);
    for publishing in publishing {
        peer.ok().await;
        publishing.await.unwrap();
    }
}

#[tokio::test(start_paused = true)]
async fn a_heartbeat_is_answered_and_counts_as_no_ack() {
    let (connection, mut peer) = pair(&ConnectionConfig::default());
    let mut publishing = reserved(&connection, &topic(), "x").await.send();
    peer.expect("PUB t\n\0\0\0\x01x").await;
    peer.send(Frame::Response(Response::Heartbeat)).await;
    peer.expect("NOP\n").await;
    assert!((&mut publishing).now_or_never().is_none());
    peer.ok().await;
    publishing.await.unwrap();
}

#[tokio::test(start_paused = true)]
async fn a_silent_peer_is_given_up_after_two_heartbeats_and_a_bit() {
    let (connection, _peer) = pair(&ConnectionConfig::default());
    let start = Instant::now();
    assert_eq!(connection.closed().await.kind(), ErrorKind::Timeout);
    assert_eq!(start.elapsed().as_secs(), 11);
}

#[tokio::test(start_paused = true)]
async fn a_publish_without_an_answer_is_unknown_though_heartbeats_go_on() {
    let (connection, mut peer) = pair(&ConnectionConfig::default());
    let beating = tokio::spawn(async move {
        loop {
            peer.send(Frame::Response(Response::Heartbeat)).await;
            tokio::time::sleep(Duration::from_secs(5)).await;
            if peer.last_write().is_empty() {
                return;
            }
        }
    });
    let error = connection.publish(&topic(), "x".into()).await.unwrap_err();
    assert_eq!(error.kind(), PublishErrorKind::Unknown);
    assert!(error.may_be_stored());
    beating.abort();
}

#[tokio::test(start_paused = true)]
async fn a_message_is_touched_each_third_of_its_timeout_until_it_is_answered() {
    let (_connection, mut peer, core) = subscribed().await;
    peer.message(0).await;
    let delivery = next(&core).await;
    let start = Instant::now();
    for n in 1..=3 {
        peer.expect(&format!("TOUCH {}\n", id(0))).await;
        let third = start.elapsed().as_secs_f64() / f64::from(n);
        assert!((1.0..=1.3).contains(&third), "{third}");
    }
    let receipt = delivery.finish();
    peer.expect(&format!("FIN {}\n", id(0))).await;
    assert_eq!(receipt.await, Settled::Written);
}

#[tokio::test(start_paused = true)]
async fn an_answer_to_a_later_command_confirms_a_finish() {
    let (connection, mut peer, core) = subscribed().await;
    peer.message(0).await;
    let receipt = next(&core).await.finish();
    let publishing = reserved(&connection, &topic(), "x").await.send();
    peer.expect(&format!("FIN {}\nPUB t\n\0\0\0\x01x", id(0)))
        .await;
    peer.ok().await;
    assert_eq!(receipt.await, Settled::Confirmed);
    publishing.await.unwrap();
}

#[tokio::test(start_paused = true)]
async fn errors_about_late_commands_are_told_and_harm_nothing_else() {
    let (connection, mut peer, core) = subscribed().await;
    peer.message(0).await;
    peer.message(1).await;
    let (first, second) = (next(&core).await, next(&core).await);

    peer.error(&format!(
        "E_TOUCH_FAILED TOUCH {} failed ID not in flight",
        id(0)
    ))
    .await;
    assert_eq!(first.lost().await, LostReason::TimedOut);

    let receipt = second.finish();
    let publishing = reserved(&connection, &topic(), "x").await.send();
    peer.expect(&format!("FIN {}\nPUB t\n\0\0\0\x01x", id(1)))
        .await;
    peer.error(&format!(
        "E_FIN_FAILED FIN {} failed ID not in flight",
        id(1)
    ))
    .await;
    assert_eq!(receipt.await, Settled::Lost(LostReason::TimedOut));
    peer.ok().await;
    publishing.await.unwrap();
    assert!(!connection.is_closed());
}

#[tokio::test(start_paused = true)]
async fn a_consumer_that_takes_nothing_keeps_nobody_waiting() {
    let (connection, mut peer, _core) = subscribed().await;
    peer.message(0).await;
    peer.message(1).await;
    for _ in 0..100 {
        peer.send(Frame::Response(Response::Heartbeat)).await;
        peer.expect("NOP\n").await;
    }
    assert_eq!(connection.in_flight(), 2);
    assert_eq!(connection.delivered(), 2);
}

#[tokio::test(start_paused = true)]
async fn a_peer_that_ignores_rdy_is_left_before_it_fills_our_memory() {
    let (connection, mut peer, core) = subscribed().await;
    let mut flood = BytesMut::new();
    for n in 0..200 {
        let id = MessageId::new(*format!("{n:016}").as_bytes().first_chunk().unwrap()).unwrap();
        let body = Bytes::from_static(b"x");
        Frame::Message(Message {
            timestamp_ns: 1,
            attempts: 1,
            id,
            body,
        })
        .encode(&mut flood);
    }
    peer.stream.write_all(&flood).await.unwrap();
    assert_eq!(connection.closed().await.kind(), ErrorKind::Protocol);
    assert_eq!(connection.in_flight(), 0);
    assert!(
        core.inbox.close().is_empty(),
        "what is lost is not handed out"
    );
}

#[tokio::test(start_paused = true)]
async fn words_out_of_turn_end_the_connection_and_nothing_else() {
    for frame in [
        Frame::Response(Response::Ok),
        Frame::Response(Response::CloseWait),
        Frame::Message(Message {
            timestamp_ns: 1,
            attempts: 1,
            id: id(0),
            body: "x".into(),
        }),
    ] {
        let (connection, mut peer) = pair(&ConnectionConfig::default());
        peer.send(frame).await;
        assert_eq!(connection.closed().await.kind(), ErrorKind::Protocol);
        let error = connection.publish(&topic(), "x".into()).await.unwrap_err();
        assert_eq!(error.kind(), PublishErrorKind::NotSent);
    }
}

#[tokio::test(start_paused = true)]
async fn an_announced_size_beyond_all_limits_ends_the_connection() {
    let (connection, mut peer) = pair(&ConnectionConfig::default());
    peer.stream.write_all(&[0xff; 4]).await.unwrap();
    assert_eq!(connection.closed().await.kind(), ErrorKind::Protocol);
}

#[tokio::test(start_paused = true)]
async fn nsqds_own_word_is_the_reason() {
    let (connection, mut peer) = pair(&ConnectionConfig::default());
    peer.error("E_INVALID something about nothing").await;
    let reason = connection.closed().await;
    assert_eq!(reason.kind(), ErrorKind::Refused);
    assert_eq!(
        reason.server_error().unwrap().text,
        "something about nothing"
    );
}

#[tokio::test(start_paused = true)]
async fn the_last_handle_dropped_writes_what_is_queued_and_waits_for_its_answer() {
    let (connection, mut peer) = pair(&ConnectionConfig::default());
    let publishing = reserved(&connection, &topic(), "x").await.send();
    drop(connection);
    peer.expect("PUB t\n\0\0\0\x01x").await;
    peer.ok().await;
    publishing.await.unwrap();
    assert_eq!(
        peer.stream.read(&mut [0; 8]).await.unwrap(),
        0,
        "then it is shut down"
    );
}

#[tokio::test(start_paused = true)]
async fn a_taker_that_gives_up_takes_no_message_along() {
    let (_connection, mut peer, core) = subscribed().await;
    let mut given_up = Vec::new();
    for _ in 0..5 {
        given_up.push(Box::pin(core.inbox.take()));
    }
    assert!(
        given_up
            .iter_mut()
            .all(|taker| taker.now_or_never().is_none())
    );
    let waiting = tokio::spawn({
        let core = core.clone();
        async move { next(&core).await.finish().await }
    });
    tokio::task::yield_now().await;
    peer.message(0).await;
    drop(given_up);
    assert_eq!(waiting.await.unwrap(), Settled::Written);
}

#[tokio::test]
async fn when_its_runtime_ends_nobody_is_left_waiting() {
    let io = crate::IoThread::start().unwrap();
    let (sender, opened) = oneshot::channel();
    io.handle()
        .spawn(async move { sender.send(pair(&ConnectionConfig::default())).ok() });
    let (connection, _peer) = opened.await.unwrap();
    let publishing = reserved(&connection, &topic(), "x").await.send();
    drop(io);
    assert_eq!(connection.closed().await.kind(), ErrorKind::Closed);
    publishing.await.unwrap_err();
    assert!(connection.reserve(&topic(), "x".into()).await.is_err());
}

/// Queues a publish, and sees it written.
async fn send(connection: &Connection, peer: &mut Peer) -> Publishing {
    let publishing = reserved(connection, &topic(), "x").await.send();
    peer.expect("PUB t\n\0\0\0\x01x").await;
    publishing
}

#[tokio::test(start_paused = true)]
async fn the_time_to_a_stall_is_learned_from_answers() {
    let (connection, mut peer) = pair(&ConnectionConfig::default());
    let stalls_after = async || {
        let start = Instant::now();
        connection.until_stalled(true).await;
        start.elapsed().as_millis()
    };
    // Nothing is known yet: the ceiling, and a second look.
    let first = send(&connection, &mut peer).await;
    assert_eq!(stalls_after().await, 2010);
    peer.ok().await;
    first.await.unwrap();
    connection.until_stalled(false).await;

    // Fast answers bring it down to the floor.
    for _ in 0..80 {
        let publishing = send(&connection, &mut peer).await;
        peer.ok().await;
        publishing.await.unwrap();
    }
    let late = send(&connection, &mut peer).await;
    assert_eq!(stalls_after().await, 260);
    assert!(connection.is_stalled());
    peer.ok().await;
    late.await.unwrap();
    connection.until_stalled(false).await;
}
