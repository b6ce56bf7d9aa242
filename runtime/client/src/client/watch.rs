//! What is known of topics: whether anybody serves them, and how much waits.
//!
//! The brokers' `/stats` are asked once a second while a topic is watched, or was called a short
//! while ago where there is more than one broker to choose from. Otherwise nothing is asked.

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
    state: watch::Receiver<TopicState>,
}

impl TopicWatch {
    /// What is known now.
    pub fn state(&self) -> TopicState {
        self.state.borrow().clone()
    }

    /// Waits for the next round of answers, also for one that tells the same as the last; `None`
    /// when the client is closed. Cancel-safe.
    pub async fn next(&mut self) -> Option<TopicState> {
        self.state.changed().await.ok()?;
        Some(self.state.borrow_and_update().clone())
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
    /// A topic has become of interest.
    wake: Notify,
}

#[derive(Debug)]
struct Entry {
    state: watch::Sender<TopicState>,
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
        let state = match topics.get(topic) {
            Some(entry) => entry.state.subscribe(),
            None => enter(&mut topics, topic, None)?,
        };
        drop(topics);
        self.shared.wake.notify_one();
        Some(TopicWatch { state })
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
        let state = entry.state.borrow();
        let serving = state.nodes.iter().filter(|node| node.is_served());
        serving.map(|node| node.node.clone()).collect()
    }

    /// The topics that somebody wants to know about; forgets the others.
    fn wanted(&self) -> Vec<Topic> {
        let now = Instant::now();
        let mut topics = self.topics();
        topics.retain(|_, entry| {
            entry.state.receiver_count() > 0 || entry.called_until.is_some_and(|until| now < until)
        });
        topics.keys().cloned().collect()
    }

    fn tell(&self, topic: &Topic, state: TopicState) {
        if let Some(entry) = self.topics().get(topic) {
            entry.state.send_replace(state);
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
) -> Option<watch::Receiver<TopicState>> {
    if topics.len() >= LIMIT {
        return None;
    }
    let (state, receiver) = watch::channel(TopicState::default());
    topics.insert(
        topic.clone(),
        Entry {
            state,
            called_until,
        },
    );
    Some(receiver)
}
