//! Publishes that go out as one command.

use kubefuncs_nsq_proto::Topic;
use proptest::prelude::*;

use super::*;
use crate::connection::output::Output;
use crate::publish::PublishSlot;

/// Queues one that may be joined.
async fn joined(connection: &Connection, topic: &Topic, body: &'static str) -> Publishing {
    reserved(connection, topic, body).await.send_joined()
}

#[tokio::test(start_paused = true)]
async fn what_is_queued_for_one_topic_is_one_command_with_one_answer() {
    let (connection, mut peer) = pair(&ConnectionConfig::default());
    let mut publishing = Vec::new();
    for body in ["x", "yy", "z"] {
        publishing.push(joined(&connection, &topic(), body).await);
    }
    let command = "MPUB t\n\0\0\0\x14\0\0\0\x03\0\0\0\x01x\0\0\0\x02yy\0\0\0\x01z";
    peer.expect(command).await;
    peer.ok().await;
    for publishing in publishing {
        publishing.await.unwrap();
    }
}

#[tokio::test(start_paused = true)]
async fn other_topics_and_what_is_sent_apart_keep_their_place() {
    let (connection, mut peer) = pair(&ConnectionConfig::default());
    let other = Topic::new("u").unwrap();
    let publishing = [
        joined(&connection, &topic(), "a").await,
        joined(&connection, &other, "b").await,
        reserved(&connection, &other, "c").await.send(),
        joined(&connection, &other, "d").await,
    ];
    let commands = "PUB t\n\0\0\0\x01aPUB u\n\0\0\0\x01bPUB u\n\0\0\0\x01cPUB u\n\0\0\0\x01d";
    peer.expect(commands).await;
    assert_eq!(peer.last_write(), commands);
    for publishing in publishing {
        peer.ok().await;
        publishing.await.unwrap();
    }
}

#[tokio::test(start_paused = true)]
async fn what_was_taken_back_in_time_is_not_in_it() {
    let (connection, mut peer) = pair(&ConnectionConfig::default());
    let first = joined(&connection, &topic(), "a").await;
    let mut second = joined(&connection, &topic(), "b").await;
    let third = joined(&connection, &topic(), "c").await;
    assert!(second.cancel());
    peer.expect("MPUB t\n\0\0\0\x0e\0\0\0\x02\0\0\0\x01a\0\0\0\x01c")
        .await;
    peer.ok().await;
    first.await.unwrap();
    third.await.unwrap();
    assert_eq!(second.await.unwrap_err().kind(), PublishErrorKind::NotSent);
}

#[tokio::test(start_paused = true)]
async fn answers_are_joined_and_what_they_answer_is_finished_behind_them() {
    let (_connection, mut peer, core) = subscribed().await;
    peer.message(0).await;
    peer.message(1).await;
    let (first, second) = (next(&core).await, next(&core).await);
    let first = first.answer_joined(&topic(), "a".into()).unwrap();
    let second = second.answer_joined(&topic(), "b".into()).unwrap();
    let both = "MPUB t\n\0\0\0\x0e\0\0\0\x02\0\0\0\x01a\0\0\0\x01b";
    let expected = format!("{both}FIN {}\nFIN {}\n", id(0), id(1));
    peer.expect(&expected).await;
    assert_eq!(peer.last_write(), expected);
    peer.ok().await;
    first.await.unwrap();
    second.await.unwrap();
}

#[tokio::test(start_paused = true)]
async fn a_message_whose_answer_was_taken_back_is_given_back() {
    let (_connection, mut peer, core) = subscribed().await;
    peer.message(0).await;
    let mut answer = next(&core).await.answer(&topic(), "a".into()).unwrap();
    assert!(answer.cancel());
    peer.expect(&format!("REQ {} 0\n", id(0))).await;
}

/// Two that may be joined.
async fn two(connection: &Connection) -> [Publishing; 2] {
    [
        joined(connection, &topic(), "a").await,
        joined(connection, &topic(), "b").await,
    ]
}

async fn kinds(publishing: [Publishing; 2]) -> [PublishErrorKind; 2] {
    let [first, second] = publishing;
    let (first, second) = tokio::join!(first, second);
    [first, second].map(|outcome| outcome.unwrap_err().kind())
}

#[tokio::test(start_paused = true)]
async fn after_one_that_failed_for_several_each_goes_by_itself_for_a_minute() {
    let config = ConnectionConfig::default();
    for (error, kind) in [
        // Half-way, and nobody knows where.
        ("E_MPUB_FAILED disk is full", PublishErrorKind::Unknown),
        // Before it began, and by itself each may be small enough.
        ("E_BAD_BODY MPUB body too big", PublishErrorKind::NotSent),
    ] {
        let vitals = Vitals::new(config.stall);
        let (connection, mut peer) = pair_of(&config, vitals.clone());
        // Up before, and not to fail in its turn.
        let (other, mut others_peer) = pair_of(&config, vitals.clone());
        let publishing = two(&connection).await;
        peer.expect("MPUB t\n\0\0\0\x0e\0\0\0\x02\0\0\0\x01a\0\0\0\x01b")
            .await;
        peer.error(error).await;
        assert_eq!(kinds(publishing).await, [kind; 2]);

        let publishing = two(&other).await;
        others_peer
            .expect("PUB t\n\0\0\0\x01aPUB t\n\0\0\0\x01b")
            .await;
        others_peer.error("E_PUB_FAILED disk is full").await;
        let expected = [PublishErrorKind::Rejected, PublishErrorKind::NotSent];
        assert_eq!(kinds(publishing).await, expected);

        tokio::time::sleep(Duration::from_secs(60)).await;
        let (connection, mut peer) = pair_of(&config, vitals);
        let _publishing = two(&connection).await;
        peer.expect("MPUB t\n").await;
    }
}

/// What to queue: for which of two topics, of which size, and whether it may be joined.
fn publishes() -> impl Strategy<Value = Vec<(bool, usize, bool)>> {
    let size = prop_oneof![3 => 1..100usize, 1 => 1..100_000usize];
    prop::collection::vec((any::<bool>(), size, any::<bool>()), 1..40)
}

/// The messages of all publishes in `bytes`, by topic, and how many commands they came in.
fn read(mut bytes: &[u8]) -> (Vec<(String, usize)>, usize) {
    fn number(bytes: &mut &[u8]) -> usize {
        let (number, rest) = bytes.split_first_chunk::<4>().unwrap();
        *bytes = rest;
        u32::from_be_bytes(*number) as usize
    }
    let (mut messages, mut commands) = (Vec::new(), 0);
    while !bytes.is_empty() {
        let end = bytes.iter().position(|byte| *byte == b'\n').unwrap();
        let line = std::str::from_utf8(&bytes[..end]).unwrap();
        bytes = &bytes[end + 1..];
        let (verb, topic) = line.split_once(' ').unwrap();
        let count = match verb {
            "PUB" => 1,
            "MPUB" => {
                assert!(number(&mut bytes) <= 64 << 10);
                number(&mut bytes)
            }
            other => panic!("{other}"),
        };
        for _ in 0..count {
            let size = number(&mut bytes);
            bytes = &bytes[size..];
            messages.push((topic.to_owned(), size));
        }
        commands += 1;
    }
    (messages, commands)
}

proptest! {
    /// Whatever is joined: each message is written once, in the order in which it was queued, and
    /// as many answers are due as commands were written.
    #[test]
    fn nothing_is_lost_doubled_or_overtaken(publishes in publishes()) {
        let topics = ["t", "u"].map(|name| Topic::new(name).unwrap());
        let limits = Limits::default();
        let config = ConnectionConfig::default();
        let vitals = Vitals::new(config.stall);
        let mut output = Output::new(limits.max_body as usize, vitals);
        let mut waiting = Vec::new();
        for (other, size, joins) in &publishes {
            let topic = &topics[usize::from(*other)];
            let command = Command::publish(topic, vec![0; *size].into(), &limits).unwrap();
            let (slot, publishing) = PublishSlot::new(None, Vitals::new(config.stall));
            output.publish(command, slot, *joins, Instant::now());
            waiting.push(publishing);
        }
        output.join();
        let (messages, commands) = read(&output.bytes);
        let expected = publishes.iter().map(|(other, size, _)| (topics[usize::from(*other)].to_string(), *size));
        prop_assert_eq!(messages, expected.collect::<Vec<_>>());
        prop_assert_eq!(output.answers_due(), commands);
        for _ in 0..commands {
            prop_assert!(output.answered(Instant::now()));
        }
        prop_assert!(!output.answered(Instant::now()));
        prop_assert!(waiting.iter().all(|one| matches!(one.outcome(), Some(Ok(())))));
    }
}
