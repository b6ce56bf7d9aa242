//! A message in a handler's hands, to be answered once.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use kubefuncs_nsq_proto::{Command, Message, MessageId, Topic};
use tokio::time::Instant;

use crate::address::Address;
use crate::config::bounded;
use crate::connection::Op;
use crate::consumer::Core;
use crate::fate::{Fate, LostReason};
use crate::inbox::Unstarted;
use crate::publish::{PublishError, PublishSlot, Publishing};
use crate::receipt::Receipt;

/// One delivery of a message. It is answered once: each way to answer consumes it. Dropping it
/// without an answer gives the message back to nsqd at once, for anyone to handle.
///
/// It is touched by its connection until it is answered, at most for
/// [`ConnectionConfig::touch_for`], however busy the handler is.
///
/// [`ConnectionConfig::touch_for`]: crate::ConnectionConfig::touch_for
pub struct Delivery {
    held: Unstarted,
    answered: bool,
    core: Arc<Core>,
}

/// An answer that could not be given as asked.
#[derive(Debug, thiserror::Error)]
#[error("{error}")]
pub struct AnswerError {
    /// What went wrong with the publish.
    #[source]
    pub error: PublishError,
    /// The delivery, to be answered in another way.
    pub delivery: Box<Delivery>,
}

/// Tells when a delivery is lost. It can outlive the delivery, and then never tells.
#[derive(Clone, Debug)]
pub struct LossWatch(Arc<Fate>);

impl LossWatch {
    /// Waits until the delivery is not ours to answer any more. Cancel safe.
    pub async fn lost(&self) -> LostReason {
        self.0.wait().await
    }

    /// Why it is lost, if it is.
    #[must_use]
    pub fn is_lost(&self) -> Option<LostReason> {
        self.0.lost()
    }
}

impl Delivery {
    pub(crate) fn new(held: Unstarted, core: Arc<Core>) -> Self {
        Self {
            held,
            answered: false,
            core,
        }
    }

    /// The message.
    #[must_use]
    pub fn message(&self) -> &Message {
        &self.held.message
    }

    /// What was published.
    #[must_use]
    pub fn body(&self) -> &Bytes {
        &self.message().body
    }

    /// nsqd's id of the message, unique within its topic on its node.
    #[must_use]
    pub fn id(&self) -> MessageId {
        self.message().id
    }

    /// How often the message was delivered, this time included. It counts deliveries, not failures:
    /// a drain counts as well.
    #[must_use]
    pub fn attempts(&self) -> u16 {
        self.message().attempts
    }

    /// When nsqd took the message, in nanoseconds of that nsqd's clock since 1970.
    #[must_use]
    pub fn timestamp_ns(&self) -> i64 {
        self.message().timestamp_ns
    }

    /// The nsqd it came from.
    #[must_use]
    pub fn node(&self) -> &Address {
        self.held.connection.address()
    }

    /// Why it is not ours to answer any more, if so. Answering it is harmless then, and does
    /// nothing.
    #[must_use]
    pub fn is_lost(&self) -> Option<LostReason> {
        self.held.fate.lost()
    }

    /// Waits until it is lost. Cancel safe.
    pub async fn lost(&self) -> LostReason {
        self.held.fate.wait().await
    }

    /// The same, for somebody who does not hold the delivery.
    #[must_use]
    pub fn watch_loss(&self) -> LossWatch {
        LossWatch(self.held.fate.clone())
    }

    /// Touches the message for so long from now, instead of what the configuration says. After that
    /// nsqd delivers it again, and the delivery is lost.
    pub fn touch_for(&self, time: Duration) {
        self.touch_until(Instant::now() + bounded(time));
    }

    /// As [`Delivery::touch_for`], until a moment.
    pub fn touch_until(&self, until: Instant) {
        self.held.fate.set_touch_until(until);
    }

    /// Queues an answer. The handler counts as ended only after that, when this is dropped: a drain
    /// that waits for the last handler must find its answer queued.
    fn settle<T>(mut self, answer: impl FnOnce(&Unstarted) -> T) -> T {
        self.answered = true;
        answer(&self.held)
    }

    /// FIN: the message is done.
    pub fn finish(self) -> Receipt {
        self.settle(|held| {
            let (slot, receipt) = Receipt::new();
            let (id, serial) = (held.message.id, held.serial);
            held.connection.send(Op::Finish {
                id,
                serial,
                receipt: slot,
            });
            receipt
        })
    }

    /// REQ: deliver the message again, here or elsewhere, after `delay`; nsqd cuts it to its own
    /// limit.
    pub fn requeue(self, delay: Duration) -> Receipt {
        self.settle(|held| requeue(held, delay))
    }

    /// Publishes an answer and finishes the message, in one write on the connection that delivered
    /// it. When nsqd refuses the publish it does not run the FIN either and delivers the message
    /// again: keep the answer. So it does for one that was taken back.
    ///
    /// For a topic that exists on this node already. Creating one can hold up the connection for
    /// seconds:
    /// [`Delivery::answer_aside`] is for that.
    ///
    /// # Errors
    /// A body of bad size; the delivery comes back for a smaller answer.
    pub fn answer(self, topic: &Topic, body: Bytes) -> Result<Publishing, AnswerError> {
        self.answer_as(topic, body, false)
    }

    /// As [`Delivery::answer`], as one command with other answers to the same topic that are queued
    /// at that time: see [`Reserved::send_joined`](crate::Reserved::send_joined). When nsqd fails
    /// half-way all of their messages come again, and some of the answers are there already.
    ///
    /// # Errors
    /// As [`Delivery::answer`].
    pub fn answer_joined(self, topic: &Topic, body: Bytes) -> Result<Publishing, AnswerError> {
        self.answer_as(topic, body, true)
    }

    fn answer_as(self, topic: &Topic, body: Bytes, joins: bool) -> Result<Publishing, AnswerError> {
        let command = match Command::publish(topic, body, self.held.connection.limits()) {
            Ok(command) => command,
            Err(error) => {
                return Err(AnswerError {
                    error: error.into(),
                    delivery: Box::new(self),
                });
            }
        };
        Ok(self.settle(|held| {
            let (slot, publishing) = PublishSlot::new(None, held.connection.vitals());
            let (id, serial) = (held.message.id, held.serial);
            held.connection.send(Op::Answer {
                id,
                serial,
                command,
                slot,
                joins,
            });
            publishing
        }))
    }

    /// Publishes an answer on another connection to the same node, waits for its `OK`, then
    /// finishes the message. Dropping the future gives the message back; the answer may be
    /// published by then.
    ///
    /// # Errors
    /// The publish was not acknowledged; the delivery comes back.
    pub async fn answer_aside(self, topic: &Topic, body: Bytes) -> Result<Receipt, AnswerError> {
        let published = match self.core.publishers.of(self.node()) {
            Some(publisher) => publisher.publish(topic, body).await,
            None => Err(PublishError::not_sent(None)),
        };
        match published {
            Ok(()) => Ok(self.finish()),
            Err(error) => Err(AnswerError {
                error,
                delivery: Box::new(self),
            }),
        }
    }
}

/// Gives a message back.
pub(crate) fn requeue(unstarted: &Unstarted, delay: Duration) -> Receipt {
    let (slot, receipt) = Receipt::new();
    let (id, serial) = (unstarted.message.id, unstarted.serial);
    unstarted.connection.send(Op::Requeue {
        id,
        serial,
        delay,
        receipt: slot,
    });
    receipt
}

impl Drop for Delivery {
    fn drop(&mut self) {
        // The queue is synchronous, so this works in any drop, a panic's included.
        if !self.answered {
            drop(requeue(&self.held, Duration::ZERO));
        }
        self.core.inbox.release();
    }
}

impl fmt::Debug for Delivery {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Delivery({:?} from {})", self.held.message, self.node())
    }
}
