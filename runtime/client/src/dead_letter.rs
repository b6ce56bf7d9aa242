//! Dead letters: where they are kept, what they say, and how they are put back.
//!
//! A function that is told to (`KUBEFUNCS_DEAD_LETTER`) keeps what it gives up: an event whose
//! attempts are used up or whose handler said [`Failure::dead_letter`](crate::Failure::dead_letter),
//! a message that is no event, and one whose answer would go where it may not. Each becomes one
//! event in the dead-letter topic, which has a durable channel, [`CHANNEL`], from the start.
//!
//! A dead letter is the event it was, with the reason and its origin in the metadata named here. A
//! message that was no event, or whose function takes raw bodies, is wrapped: its bytes are the
//! payload of a new event, and [`BODY`] says so.

use bytes::Bytes;
use kubefuncs_messages::{Any, DecodeError, Event, Message};
use kubefuncs_nsq::{NameError, Topic};

/// The channel every dead-letter topic is created with, so that nobody who only looks on takes what
/// is there.
pub const CHANNEL: &str = "default";

/// Metadata: why it was given up, for people.
pub const REASON: &str = "dead-letter-reason";
/// Metadata: why it was given up, for programs: the word of the failure, `attempts`, `no-event`,
/// `return`, `timeout` or `panic`.
pub const CODE: &str = "dead-letter-code";
/// Metadata: the topic it was published to.
pub const TOPIC: &str = "dead-letter-topic";
/// Metadata: the channel whose function gave it up.
pub const ORIGIN_CHANNEL: &str = "dead-letter-channel";
/// Metadata: how often it had been delivered.
pub const ATTEMPTS: &str = "dead-letter-attempts";
/// Metadata: when it was given up, in milliseconds since 1970.
pub const TIME: &str = "dead-letter-time";
/// Metadata: `raw` when the payload's bytes are the whole message that was, and not an event's.
pub const BODY: &str = "dead-letter-body";

/// What all of the names above begin with.
const PREFIX: &str = "dead-letter-";

/// The dead-letter topic of a topic and channel: `<topic>.<channel>.dead`, both without
/// `#ephemeral`, for what is kept outlives both.
///
/// # Errors
/// When that is longer than the 64 bytes of a name.
pub fn topic(topic: &str, channel: &str) -> Result<Topic, NameError> {
    let stem = |name: &str| name.trim_end_matches("#ephemeral").to_owned();
    Topic::new(format!("{}.{}.dead", stem(topic), stem(channel)))
}

/// Where a dead letter comes from, and why.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Death<'a> {
    pub(crate) topic: &'a str,
    pub(crate) channel: &'a str,
    pub(crate) attempts: u16,
    pub(crate) code: &'a str,
    pub(crate) reason: &'a str,
    pub(crate) time_ms: u64,
}

/// The reason is of the handler's making, so it gets an end.
const LONGEST_REASON: usize = 2_048;

/// The letter for a message, at most `limit` bytes: a long reason is shortened, and what does not
/// even fit without any of it is kept as it was.
pub(crate) fn write(body: &Bytes, event: Option<Event>, death: &Death<'_>, limit: usize) -> Bytes {
    let raw = event.is_none();
    let event = event.unwrap_or_else(|| Event {
        payload: Some(Any {
            type_url: String::new(),
            value: body.clone(),
        }),
        ..Event::default()
    });
    for reason in [shortened(death.reason, LONGEST_REASON), ""] {
        let mut letter = event.clone();
        let mut say = |name: &str, value: String| letter.metadata.insert(name.to_owned(), value);
        say(REASON, reason.to_owned());
        say(CODE, death.code.to_owned());
        say(TOPIC, death.topic.to_owned());
        say(ORIGIN_CHANNEL, death.channel.to_owned());
        say(ATTEMPTS, death.attempts.to_string());
        say(TIME, death.time_ms.to_string());
        if raw {
            say(BODY, "raw".to_owned());
        }
        if letter.encoded_len() <= limit {
            return letter.encode_to_vec().into();
        }
    }
    body.clone()
}

fn shortened(text: &str, limit: usize) -> &str {
    &text[..text.floor_char_boundary(limit)]
}

/// What a dead letter is once it is put back.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Revived {
    /// The topic it belongs to; `None` when the letter does not say.
    pub topic: Option<String>,
    /// The channel it is for; no other function runs it again. `None` for a raw body, which cannot
    /// say: every channel of the topic gets it.
    pub channel: Option<String>,
    /// What to publish.
    pub body: Bytes,
}

/// Makes the message to publish out of a dead letter: without the word of its death, without reply
/// topic, budget and outcome topic (nobody waits any more), and for the one channel that gave it up.
///
/// # Errors
/// When the bytes are no event, and so no dead letter.
pub fn revive(letter: Bytes) -> Result<Revived, DecodeError> {
    let mut event = Event::decode(letter)?;
    let [topic, channel, body] =
        [TOPIC, ORIGIN_CHANNEL, BODY].map(|name| event.metadata.remove(name));
    event.metadata.retain(|name, _| !name.starts_with(PREFIX));
    if body.as_deref() == Some("raw") {
        return Ok(Revived {
            topic,
            channel: None,
            body: event.payload.unwrap_or_default().value,
        });
    }
    event.r#return.clear();
    event.notify.clear();
    event.budget_ms = 0;
    if let Some(topic) = &topic {
        event.topic.clone_from(topic);
    }
    if let Some(channel) = &channel {
        event.only_channel.clone_from(channel);
    }
    Ok(Revived {
        topic,
        channel,
        body: event.encode_to_vec().into(),
    })
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;
    use proptest::prelude::*;

    const DEATH: Death<'_> = Death {
        topic: "orders",
        channel: "default",
        attempts: 5,
        code: "attempts",
        reason: "no stock",
        time_ms: 1,
    };

    proptest! {
        #[test]
        fn what_is_buried_is_revived_for_its_channel(
            id in "[a-z]{1,8}", key in "[a-z]{0,8}", value in "\\PC{0,8}", bytes in prop::collection::vec(any::<u8>(), 0..50),
        ) {
            let event = Event {
                id,
                topic: "orders".into(),
                payload: Some(Any { type_url: "a/b.C".into(), value: bytes.into() }),
                metadata: BTreeMap::from([(key, value)]),
                ..Event::default()
            };
            let waiting = Event {
                r#return: "rpc-a#ephemeral".into(),
                notify: "rpc-a#ephemeral".into(),
                budget_ms: 5,
                ..event.clone()
            };
            let letter = write(&Bytes::new(), Some(waiting), &DEATH, 1 << 20);
            let revived = revive(letter).unwrap();
            prop_assert_eq!(revived.topic.as_deref(), Some("orders"));
            prop_assert_eq!(revived.channel.as_deref(), Some("default"));
            let only_channel = "default".to_owned();
            prop_assert_eq!(Event::decode(revived.body).unwrap(), Event { only_channel, ..event });
        }

        #[test]
        fn what_was_no_event_comes_back_byte_by_byte(bytes in prop::collection::vec(any::<u8>(), 1..50)) {
            let body = Bytes::from(bytes);
            let letter = write(&body, None, &DEATH, 1 << 20);
            let revived = revive(letter).unwrap();
            prop_assert_eq!((revived.body, revived.channel), (body, None));
        }

        #[test]
        fn a_letter_fits_and_a_long_reason_gives_way(reason in "\\PC{0,3000}", size in 0usize..4_000) {
            let body = Bytes::from(Event { id: "x".repeat(size), ..Event::default() }.encode_to_vec());
            let event = Event::decode(body.clone()).unwrap();
            let limit = 4_096;
            let letter = write(&body, Some(event), &Death { reason: &reason, ..DEATH }, limit);
            prop_assert!(letter.len() <= limit);
            prop_assert!(Event::decode(letter).unwrap().id.len() == size);
        }
    }

    /// The same bytes as in docs/protocol.md.
    #[test]
    fn letters_are_what_the_test_vectors_hold() {
        let sent = Bytes::from_static(include_bytes!("../../messages/tests/fixtures/json.bin"));
        let death = Death {
            code: "stock",
            time_ms: 1_750_000_000_000,
            ..DEATH
        };
        let event = Event::decode(sent.clone()).unwrap();
        let letter = write(&sent, Some(event), &death, 1 << 20);
        let vector = include_bytes!("../../messages/tests/fixtures/dead_letter.bin");
        assert_eq!(letter, vector.as_slice());

        let death = Death {
            attempts: 1,
            code: "no-event",
            reason: "it is no event",
            ..death
        };
        let letter = write(&Bytes::from_static(b"hello"), None, &death, 1 << 20);
        let vector = include_bytes!("../../messages/tests/fixtures/dead_letter_raw.bin");
        assert_eq!(letter, vector.as_slice());
    }

    #[test]
    fn the_topic_is_named_after_topic_and_channel() {
        let name = |name: &str, channel: &str| topic(name, channel).map(|topic| topic.to_string());
        assert_eq!(name("orders", "default").unwrap(), "orders.default.dead");
        assert_eq!(name("a#ephemeral", "b#ephemeral").unwrap(), "a.b.dead");
        assert!(name(&"a".repeat(55), "b").is_ok());
        assert!(name(&"a".repeat(58), "b").is_err());
    }
}
