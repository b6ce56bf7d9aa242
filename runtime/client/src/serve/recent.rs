//! Reply topics that were answered before.

use std::collections::{HashSet, VecDeque};
use std::sync::{Mutex, PoisonError};

use foldhash::fast::RandomState;
use kubefuncs_nsq::{Address, Topic};

/// How many are remembered: one for each caller process and broker. Forgetting one costs its next
/// reply a round trip.
const LIMIT: usize = 4_096;

/// The (broker, reply topic) pairs that a reply was confirmed for: the topic was there then.
#[derive(Debug, Default)]
pub(super) struct RecentTopics {
    known: Mutex<Known>,
}

#[derive(Debug, Default)]
struct Known {
    set: HashSet<(Address, Topic), RandomState>,
    order: VecDeque<(Address, Topic)>,
}

impl RecentTopics {
    pub(super) fn contains(&self, node: &Address, topic: &Topic) -> bool {
        self.lock().set.contains(&(node.clone(), topic.clone()))
    }

    pub(super) fn insert(&self, node: &Address, topic: &Topic) {
        let mut known = self.lock();
        let pair = (node.clone(), topic.clone());
        if !known.set.insert(pair.clone()) {
            return;
        }
        known.order.push_back(pair);
        if known.order.len() > LIMIT
            && let Some(oldest) = known.order.pop_front()
        {
            known.set.remove(&oldest);
        }
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Known> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
