//! Messages that may have killed a process before, kept from taking others along.

use std::collections::{HashSet, VecDeque};
use std::sync::{Mutex, PoisonError};

use kubefuncs_nsq::{Address, Delivery, MessageId};
use tokio::sync::{RwLock, RwLockReadGuard, RwLockWriteGuard};

/// From this delivery on a message runs alone. The first two may be a drain and a crash of
/// somebody else's making.
const SUSPECT: u16 = 3;

/// How many messages are remembered as given back by this process.
const REMEMBERED: usize = 4_096;

/// Which handlers run beside each other: all but those of suspects.
///
/// A message that is delivered for the third time has perhaps killed the process twice, and each
/// time what ran beside it. So it runs while nothing else does: what it takes along then is itself.
/// A message that this very process gave back, to be tried again, has killed nobody.
#[derive(Debug, Default)]
pub(super) struct Alone {
    running: RwLock<()>,
    given_back: Mutex<GivenBack>,
}

#[derive(Debug, Default)]
struct GivenBack {
    /// With the number of the delivery that follows.
    set: HashSet<Key>,
    order: VecDeque<Key>,
}

type Key = (Address, MessageId, u16);

/// Leave to run, until it is dropped.
pub(super) enum Leave<'a> {
    Beside { _leave: RwLockReadGuard<'a, ()> },
    Alone { _leave: RwLockWriteGuard<'a, ()> },
}

impl Alone {
    /// Waits for leave to run a delivery: not at all, or until what runs has ended. Cancel-safe.
    pub(super) async fn enter(&self, delivery: &Delivery) -> Leave<'_> {
        let attempt = delivery.attempts();
        let known = attempt >= SUSPECT && self.knows(delivery.node(), delivery.id(), attempt);
        self.enter_as(attempt >= SUSPECT && !known).await
    }

    async fn enter_as(&self, suspect: bool) -> Leave<'_> {
        match suspect {
            true => Leave::Alone {
                _leave: self.running.write().await,
            },
            false => Leave::Beside {
                _leave: self.running.read().await,
            },
        }
    }

    /// This process is about to give a delivery back in good order.
    pub(super) fn gives_back(&self, delivery: &Delivery) {
        self.remember((
            delivery.node().clone(),
            delivery.id(),
            delivery.attempts().saturating_add(1),
        ));
    }

    fn remember(&self, key: Key) {
        let mut given = self.given_back();
        if given.set.insert(key.clone()) {
            given.order.push_back(key);
        }
        if given.order.len() > REMEMBERED
            && let Some(oldest) = given.order.pop_front()
        {
            given.set.remove(&oldest);
        }
    }

    fn knows(&self, node: &Address, id: MessageId, attempt: u16) -> bool {
        self.given_back().set.contains(&(node.clone(), id, attempt))
    }

    fn given_back(&self) -> std::sync::MutexGuard<'_, GivenBack> {
        self.given_back
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }
}
