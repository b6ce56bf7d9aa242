//! Commands to nsqd. Each is made from valid parts by its constructor, and there is no other way to
//! make one.

use std::fmt;
use std::time::Duration;

use bytes::{BufMut, Bytes, BytesMut};

use crate::{Channel, Identify, Limits, MessageId, SizeError, Topic};

/// The first bytes on a connection: protocol V2.
pub const MAGIC: &[u8; 4] = b"  V2";

/// One command, ready to be encoded. A clone shares names and bodies.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Command(Kind);

#[derive(Clone, Debug, PartialEq, Eq)]
enum Kind {
    Identify(Bytes),
    Authenticate(Secret),
    Subscribe(Topic, Channel),
    Ready(u32),
    Finish(MessageId),
    Requeue(MessageId, u64),
    Touch(MessageId),
    Close,
    Nop,
    Publish(Topic, Bytes),
    PublishDeferred(Topic, u64, Bytes),
    PublishMany(Topic, Vec<Bytes>),
}

/// Not shown to anybody but nsqd.
#[derive(Clone, PartialEq, Eq)]
struct Secret(Bytes);

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("…")
    }
}

impl Command {
    /// IDENTIFY: once, first. Answered by JSON, or `OK` without `feature_negotiation`.
    ///
    /// # Errors
    /// [`SizeError::Body`].
    pub fn identify(identify: &Identify, limits: &Limits) -> Result<Self, SizeError> {
        // A struct of strings and numbers always serialises.
        let body = serde_json::to_vec(identify).unwrap_or_default();
        limits.check_body(body.len())?;
        Ok(Self(Kind::Identify(body.into())))
    }

    /// AUTH: once, before SUB and PUB. Answered by JSON. The secret is not part of `{:?}`.
    ///
    /// # Errors
    /// [`SizeError::Empty`] or [`SizeError::Body`].
    pub fn authenticate(secret: Bytes, limits: &Limits) -> Result<Self, SizeError> {
        if secret.is_empty() {
            return Err(SizeError::Empty);
        }
        limits.check_body(secret.len())?;
        Ok(Self(Kind::Authenticate(Secret(secret))))
    }

    /// SUB: once per connection. Answered by `OK`; creates topic and channel.
    #[must_use]
    pub fn subscribe(topic: &Topic, channel: &Channel) -> Self {
        Self(Kind::Subscribe(topic.clone(), channel.clone()))
    }

    /// RDY: a window; nsqd delivers while fewer than `count` are in flight. Not answered.
    #[must_use]
    pub fn ready(count: u32) -> Self {
        Self(Kind::Ready(count))
    }

    /// FIN: the message is done. Not answered, but for `E_FIN_FAILED` when it came too late.
    #[must_use]
    pub fn finish(id: MessageId) -> Self {
        Self(Kind::Finish(id))
    }

    /// REQ: deliver the message again after `delay` (cut to nsqd's limit; rounded up to a
    /// millisecond).
    #[must_use]
    pub fn requeue(id: MessageId, delay: Duration, limits: &Limits) -> Self {
        Self(Kind::Requeue(
            id,
            millis(delay).min(u128::from(limits.max_delay_ms)) as u64,
        ))
    }

    /// TOUCH: start the message's timeout anew.
    #[must_use]
    pub fn touch(id: MessageId) -> Self {
        Self(Kind::Touch(id))
    }

    /// CLS: no more messages, please. Answered by `CLOSE_WAIT`; legal once, after SUB.
    #[must_use]
    pub fn close() -> Self {
        Self(Kind::Close)
    }

    /// NOP: a sign of life.
    #[must_use]
    pub fn nop() -> Self {
        Self(Kind::Nop)
    }

    /// PUB. Answered by `OK`.
    ///
    /// # Errors
    /// [`SizeError::Empty`] or [`SizeError::Message`].
    pub fn publish(topic: &Topic, body: Bytes, limits: &Limits) -> Result<Self, SizeError> {
        limits.check_message(&body)?;
        Ok(Self(Kind::Publish(topic.clone(), body)))
    }

    /// DPUB: publish, but deliver only after `delay` (rounded up to a millisecond). Answered by
    /// `OK`.
    ///
    /// # Errors
    /// [`SizeError::Empty`], [`SizeError::Message`] or [`SizeError::Delay`].
    pub fn publish_deferred(
        topic: &Topic,
        delay: Duration,
        body: Bytes,
        limits: &Limits,
    ) -> Result<Self, SizeError> {
        limits.check_message(&body)?;
        let (delay_ms, limit_ms) = (millis(delay), limits.max_delay_ms);
        if delay_ms > u128::from(limit_ms) {
            return Err(SizeError::Delay { delay_ms, limit_ms });
        }
        Ok(Self(Kind::PublishDeferred(
            topic.clone(),
            delay_ms as u64,
            body,
        )))
    }

    /// MPUB: several messages in one command. Answered by one `OK`. On `E_MPUB_FAILED` some may be
    /// stored.
    ///
    /// # Errors
    /// [`SizeError`]: no message at all, one of bad size, or all together too long.
    pub fn publish_many(
        topic: &Topic,
        bodies: Vec<Bytes>,
        limits: &Limits,
    ) -> Result<Self, SizeError> {
        if bodies.is_empty() {
            return Err(SizeError::Empty);
        }
        bodies
            .iter()
            .try_for_each(|body| limits.check_message(body))?;
        limits.check_body(many_len(&bodies))?;
        Ok(Self(Kind::PublishMany(topic.clone(), bodies)))
    }

    /// Makes one MPUB of two publishes to the same topic, this one's messages first.
    ///
    /// # Errors
    /// The other command, as it was, where the two are not of that kind.
    pub fn join(&mut self, other: Self) -> Result<(), Self> {
        match (&mut self.0, other.0) {
            (Kind::PublishMany(topic, bodies), Kind::Publish(same, body)) if *topic == same => {
                bodies.push(body);
            }
            (Kind::Publish(topic, first), Kind::Publish(same, body)) if *topic == same => {
                let bodies = vec![std::mem::take(first), body];
                self.0 = Kind::PublishMany(same, bodies);
            }
            (_, other) => return Err(Self(other)),
        }
        Ok(())
    }

    /// The bytes of names and bodies this command will take on the wire, roughly: for accounting.
    #[must_use]
    pub fn weight(&self) -> usize {
        match &self.0 {
            Kind::Identify(body) | Kind::Publish(_, body) | Kind::PublishDeferred(_, _, body) => {
                body.len() + 128
            }
            Kind::PublishMany(_, bodies) => many_len(bodies) + 128,
            _ => 128,
        }
    }

    /// Appends the command to `out`.
    pub fn encode(&self, out: &mut BytesMut) {
        match &self.0 {
            Kind::Identify(body) => {
                out.put_slice(b"IDENTIFY\n");
                put_body(out, body);
            }
            Kind::Authenticate(Secret(secret)) => {
                out.put_slice(b"AUTH\n");
                put_body(out, secret);
            }
            Kind::Subscribe(topic, channel) => {
                line(out, &["SUB", topic.as_str(), channel.as_str()]);
            }
            Kind::Ready(count) => line(out, &["RDY", &count.to_string()]),
            Kind::Finish(id) => line(out, &["FIN", id.as_str()]),
            Kind::Requeue(id, ms) => line(out, &["REQ", id.as_str(), &ms.to_string()]),
            Kind::Touch(id) => line(out, &["TOUCH", id.as_str()]),
            Kind::Close => line(out, &["CLS"]),
            Kind::Nop => line(out, &["NOP"]),
            Kind::Publish(topic, body) => {
                out.reserve(body.len() + 128);
                line(out, &["PUB", topic.as_str()]);
                put_body(out, body);
            }
            Kind::PublishDeferred(topic, ms, body) => {
                out.reserve(body.len() + 128);
                line(out, &["DPUB", topic.as_str(), &ms.to_string()]);
                put_body(out, body);
            }
            Kind::PublishMany(topic, bodies) => {
                let size = many_len(bodies);
                out.reserve(size + 128);
                line(out, &["MPUB", topic.as_str()]);
                out.put_u32(length(size));
                out.put_u32(length(bodies.len()));
                bodies.iter().for_each(|body| put_body(out, body));
            }
        }
    }
}

fn millis(delay: Duration) -> u128 {
    delay.as_nanos().div_ceil(1_000_000)
}

/// The body of MPUB: a count, then each message with its length.
fn many_len(bodies: &[Bytes]) -> usize {
    4 + bodies.iter().map(|body| 4 + body.len()).sum::<usize>()
}

fn line(out: &mut BytesMut, words: &[&str]) {
    for (n, word) in words.iter().enumerate() {
        if n > 0 {
            out.put_u8(b' ');
        }
        out.put_slice(word.as_bytes());
    }
    out.put_u8(b'\n');
}

fn put_body(out: &mut BytesMut, body: &[u8]) {
    out.put_u32(length(body.len()));
    out.put_slice(body);
}

/// Every length was checked against a u32 limit by the constructor.
fn length(len: usize) -> u32 {
    u32::try_from(len).unwrap_or(u32::MAX)
}
