//! What is known of topics: whether anybody serves them, and how much waits.
//!
//! The brokers' `/stats` are asked once a second while a topic is watched, or was called a short
//! while ago where there is more than one broker to choose from. Otherwise nothing is asked. Whoever
//! cannot wait has them asked out of turn; one round answers all who do so at a time.

mod ask;
mod poll;
mod state;
mod stats;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use kubefuncs_nsq::{Address, NodeSet, Topic};
use tokio::sync::{Notify, watch};
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

pub(super) use ask::Brokers;
pub use state::{ChannelState, NodeState, TopicState};

/// The most topics that are watched at once.
const LIMIT: usize = 1_024;

/// For how long after a call its topic is of interest.
const CALLED: Duration = Duration::from_secs(30);

/// Sees what is known of one topic. Nothing is asked for it any more once all are dropped.
#[derive(Debug, Clone)]
pub struct TopicWatch {
    told: watch::Receiver<Told>,
    wake: Arc<Notify>,
}

/// What the brokers said.
#[derive(Debug, Default)]
struct Told {
    state: TopicState,
    /// When the round began that they said it in.
    asked: Option<Instant>,
}

impl TopicWatch {
    /// What is known now.
    pub fn state(&self) -> TopicState {
        self.told.borrow().state.clone()
    }

    /// Waits for the next round of answers, also for one that tells the same as the last; `None`
    /// when the client is closed. Cancel-safe.
    pub async fn next(&mut self) -> Option<TopicState> {
        self.told.changed().await.ok()?;
        Some(self.told.borrow_and_update().state.clone())
    }

    /// Has the brokers asked out of turn, and waits for what they say: nothing of it is older than
    /// the question. One round answers all who wait for it. It begins no sooner than 200 ms after the
    /// last, and ends when each broker has answered or was given up, which takes seconds. `None` when
    /// the client is closed. Cancel-safe.
    pub async fn fresh(&self) -> Option<TopicState> {
        let now = Some(Instant::now());
        self.wake.notify_one();
        let mut told = self.told.clone();
        let fresh = told.wait_for(|told| told.asked >= now).await.ok()?;
        Some(fresh.state.clone())
    }
}

/// The topics that are of interest, and what is known of them. Cheap to clone.
#[derive(Debug, Clone)]
pub(super) struct Watches {
    shared: Arc<Shared>,
}

#[derive(Debug, Default)]
struct Shared {
    topics: Mutex<BTreeMap<Topic, Entry>>,
    /// A topic has become of interest, or somebody cannot wait.
    wake: Arc<Notify>,
}

#[derive(Debug)]
struct Entry {
    told: watch::Sender<Told>,
    /// Until when it is of interest to nobody but calls.
    called_until: Option<Instant>,
}

impl Watches {
    /// Starts the task that asks, which sleeps until there is something to ask.
    pub(super) fn start(
        brokers: Brokers,
        confirmed: watch::Receiver<NodeSet>,
        stop: CancellationToken,
    ) -> Self {
        let watches = Self {
            shared: Arc::default(),
        };
        tokio::spawn(poll::run(watches.clone(), brokers, confirmed, stop));
        watches
    }

    /// `None` when as many are watched as may.
    pub(super) fn watch(&self, topic: &Topic) -> Option<TopicWatch> {
        let mut topics = self.topics();
        let told = match topics.get(topic) {
            Some(entry) => entry.told.subscribe(),
            None => enter(&mut topics, topic, None)?,
        };
        drop(topics);
        self.shared.wake.notify_one();
        Some(TopicWatch {
            told,
            wake: self.shared.wake.clone(),
        })
    }

    /// The brokers where the topic is known to have a consumer, as far as that is worth asking:
    /// there is nothing to choose from one. The first call of a topic waits for nothing.
    pub(super) fn serving(&self, topic: &Topic, choices: usize) -> BTreeSet<Address> {
        if choices < 2 {
            return BTreeSet::new();
        }
        let until = Some(Instant::now() + CALLED);
        let mut topics = self.topics();
        let Some(entry) = topics.get_mut(topic) else {
            enter(&mut topics, topic, until);
            drop(topics);
            self.shared.wake.notify_one();
            return BTreeSet::new();
        };
        entry.called_until = until;
        let told = entry.told.borrow();
        let serving = told.state.nodes.iter().filter(|node| node.is_served());
        serving.map(|node| node.node.clone()).collect()
    }

    /// The topics that somebody wants to know about; forgets the others.
    fn wanted(&self) -> Vec<Topic> {
        let now = Instant::now();
        let mut topics = self.topics();
        topics.retain(|_, entry| {
            entry.told.receiver_count() > 0 || entry.called_until.is_some_and(|until| now < until)
        });
        topics.keys().cloned().collect()
    }

    fn tell(&self, topic: &Topic, told: Told) {
        if let Some(entry) = self.topics().get(topic) {
            entry.told.send_replace(told);
        }
    }

    /// Nobody is told anything any more.
    fn close(&self) {
        self.topics().clear();
    }

    async fn woken(&self) {
        self.shared.wake.notified().await;
    }

    fn topics(&self) -> MutexGuard<'_, BTreeMap<Topic, Entry>> {
        self.shared
            .topics
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }
}

fn enter(
    topics: &mut BTreeMap<Topic, Entry>,
    topic: &Topic,
    called_until: Option<Instant>,
) -> Option<watch::Receiver<Told>> {
    if topics.len() >= LIMIT {
        return None;
    }
    let (told, receiver) = watch::channel(Told::default());
    topics.insert(topic.clone(), Entry { told, called_until });
    Some(receiver)
}
