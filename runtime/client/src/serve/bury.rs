//! What is given up is put into the dead-letter topic.

use std::collections::BTreeSet;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use bytes::Bytes;
use kubefuncs_messages::{Event, Message};
use kubefuncs_nsq::{Address, Channel, Delivery, Publishing, Receipt, Topic};
use tokio::time::timeout;

use super::Shared;
use super::figures::Fate;
use super::settle::{self, Letter, Settling};
use super::subscription::subscribe;
use crate::config::PayloadForm;
use crate::dead_letter::{self, Death};

/// How long a broker may take to create the topic and its channel. An nsqlookupd that hangs costs it
/// 5 s.
const CREATE: Duration = Duration::from_secs(8);

/// How long the message stays ours meanwhile.
const HOLD: Duration = Duration::from_secs(30);

/// Where dead letters go.
#[derive(Debug)]
pub(super) struct Graveyard {
    topic: Topic,
    /// The brokers where topic and channel were made, in this process's time.
    ready: Mutex<BTreeSet<Address>>,
}

/// What came of burying a message.
enum Burial {
    /// The letter and the FIN of the message are on their way, in one write.
    Buried(Publishing),
    /// The letter is stored at another broker, and the message acknowledged.
    Elsewhere(Receipt),
    /// No broker took the letter: the message is as it was.
    Failed(Box<Delivery>),
}

impl Graveyard {
    pub(super) fn new(topic: Topic) -> Self {
        Self {
            topic,
            ready: Mutex::default(),
        }
    }

    pub(super) fn topic(&self) -> &Topic {
        &self.topic
    }

    /// Puts a letter about a message into the topic and acknowledges the message: in one write on
    /// the connection that delivered it, so that there is one letter unless that connection breaks
    /// between the two. A broker that refuses the letter keeps the message, and delivers it again;
    /// from the second time on another broker may take the letter.
    async fn bury(&self, delivery: Delivery, letter: Bytes, shared: &Shared) -> Burial {
        delivery.touch_for(HOLD);
        let node = delivery.node().clone();
        let again = delivery.attempts() > shared.config.attempts.saturating_add(1);
        if !again && self.prepare(&node, shared).await {
            return match delivery.answer(&self.topic, letter) {
                Ok(publishing) => Burial::Buried(publishing),
                Err(failed) => Burial::Failed(failed.delivery),
            };
        }
        match self.store(&node, letter, shared).await {
            true => Burial::Elsewhere(delivery.finish()),
            false => Burial::Failed(Box::new(delivery)),
        }
    }

    /// Stores a letter at any broker, this one first, and says whether one confirmed it.
    pub(super) async fn store(&self, first: &Address, letter: Bytes, shared: &Shared) -> bool {
        let others = shared.consumer.confirmed().borrow().clone();
        let others = others.iter().filter(|node| *node != first);
        for node in std::iter::once(first).chain(others) {
            if !self.prepare(node, shared).await {
                continue;
            }
            let publishing = shared
                .consumer
                .publish_on(node, &self.topic, letter.clone());
            match timeout(CREATE, publishing).await {
                Ok(Ok(())) => return true,
                Ok(Err(error)) => tracing::warn!(%node, %error, "a dead letter was not stored"),
                Err(_) => tracing::warn!(%node, "a dead letter was not stored in time"),
            }
        }
        false
    }

    /// Creates topic and channel at a broker, where this process has not done so.
    async fn prepare(&self, node: &Address, shared: &Shared) -> bool {
        if self.ready().contains(node) {
            return true;
        }
        let Ok(channel) = Channel::new(dead_letter::CHANNEL) else {
            return false;
        };
        // A subscription that takes nothing: that is what creates both.
        let keeper = subscribe(&shared.config, node, &self.topic, channel, 0);
        let mut confirmed = keeper.confirmed();
        let created = confirmed.wait_for(|nodes| nodes.contains(node));
        let created = timeout(CREATE, created).await.is_ok_and(|one| one.is_ok());
        if created {
            self.ready().insert(node.clone());
        }
        created
    }

    fn ready(&self) -> std::sync::MutexGuard<'_, BTreeSet<Address>> {
        self.ready.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Gives a message up: it becomes a dead letter, and then its outcome is told. Where no broker takes
/// the letter the message stays, and comes again.
pub(super) async fn give_up(
    delivery: Delivery,
    grave: &Graveyard,
    (code, reason): (&str, &str),
    outcome: Option<Letter>,
    shared: &Shared,
) -> Settling {
    let (id, attempt, topic) = (delivery.id(), delivery.attempts(), &grave.topic);
    tracing::error!(%id, attempt, reason, %topic, "a message is given up: a dead letter");
    let letter = letter(&delivery, shared, code, reason);
    match grave.bury(delivery, letter, shared).await {
        Burial::Buried(publishing) => {
            shared.figures.count(Fate::Dead);
            Settling::Buried {
                publishing,
                outcome,
            }
        }
        Burial::Elsewhere(receipt) => {
            shared.figures.count(Fate::Dead);
            if let Some(outcome) = outcome {
                settle::elsewhere(&outcome, true, shared).await;
            }
            Settling::message(receipt)
        }
        Burial::Failed(delivery) => {
            tracing::error!(%id, %topic, "no broker took the dead letter: the message stays");
            shared.figures.count(Fate::Failed);
            shared.alone.gives_back(&delivery);
            Settling::message(delivery.requeue(shared.config.backoff_max))
        }
    }
}

/// The letter about a message.
pub(super) fn letter(delivery: &Delivery, shared: &Shared, code: &str, reason: &str) -> Bytes {
    let config = &shared.config;
    let body = delivery.body();
    // A raw body may look like an event by chance.
    let event = match config.payload {
        PayloadForm::Event => Event::decode(body.clone()).ok(),
        PayloadForm::Raw => None,
    };
    let time = SystemTime::now().duration_since(UNIX_EPOCH);
    let death = Death {
        topic: config.topic.as_str(),
        channel: config.channel.as_str(),
        attempts: delivery.attempts(),
        code,
        reason,
        time_ms: u64::try_from(time.unwrap_or_default().as_millis()).unwrap_or(u64::MAX),
    };
    dead_letter::write(body, event, &death, config.max_message)
}
