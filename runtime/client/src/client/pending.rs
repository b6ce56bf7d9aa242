//! The calls that wait for their answer.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use foldhash::fast::RandomState;
use kubefuncs_messages::Event;
use prometheus::IntGauge;
use tokio::sync::{Notify, oneshot};

use crate::metrics::prometheus;

/// The calls that wait for their answer, by event id. Cheap to clone.
#[derive(Debug, Clone)]
pub(super) struct Pending {
    shared: Arc<Shared>,
}

#[derive(Debug)]
struct Shared {
    table: Mutex<Table>,
    /// The last one has ended.
    empty: Notify,
    limit: usize,
    /// Shows how many there are, with those of others.
    gauge: Option<IntGauge>,
}

#[derive(Debug, Default)]
struct Table {
    waiting: HashMap<String, oneshot::Sender<Event>, RandomState>,
    closed: bool,
}

/// Why a call cannot wait.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Refused {
    Full,
    Closed,
}

impl Pending {
    pub(super) fn new(limit: usize, gauge: Option<IntGauge>) -> Self {
        let shared = Shared {
            table: Mutex::default(),
            empty: Notify::new(),
            limit,
            gauge,
        };
        Self {
            shared: Arc::new(shared),
        }
    }

    /// Enters a call. To be done before the request is written: the answer may be as fast as the
    /// broker's OK.
    pub(super) fn register(&self, id: String) -> Result<Waiting, Refused> {
        let (sender, receiver) = oneshot::channel();
        let mut table = self.table();
        if table.closed {
            return Err(Refused::Closed);
        }
        if table.waiting.len() >= self.shared.limit {
            return Err(Refused::Full);
        }
        table.waiting.insert(id.clone(), sender);
        if let Some(gauge) = &self.shared.gauge {
            gauge.inc();
        }
        drop(table);
        Ok(Waiting {
            id,
            receiver,
            answered: false,
            pending: self.clone(),
        })
    }

    /// Hands a reply to the call that waits for it, and never blocks. False when none does: it
    /// timed out, has its answer already, or the id is a stranger's.
    pub(super) fn complete(&self, reply: Event) -> bool {
        self.take_out(&reply.id)
            .is_some_and(|waiter| waiter.send(reply).is_ok())
    }

    fn take_out(&self, id: &str) -> Option<oneshot::Sender<Event>> {
        let mut table = self.table();
        let waiter = table.waiting.remove(id)?;
        if let Some(gauge) = &self.shared.gauge {
            gauge.dec();
        }
        let is_empty = table.waiting.is_empty();
        drop(table);
        if is_empty {
            self.shared.empty.notify_waiters();
        }
        Some(waiter)
    }

    pub(super) fn len(&self) -> usize {
        self.table().waiting.len()
    }

    /// Refuses new calls from now on.
    pub(super) fn refuse(&self) {
        self.table().closed = true;
    }

    /// Refuses new calls from now on, and waits for those that are there.
    pub(super) async fn close(&self) {
        self.refuse();
        loop {
            let empty = self.shared.empty.notified();
            tokio::pin!(empty);
            // Registered before the look, and looked again: it may have been empty before.
            empty.as_mut().enable();
            if self.len() == 0 {
                return;
            }
            empty.await;
        }
    }

    fn table(&self) -> MutexGuard<'_, Table> {
        // Nothing panics while it holds the lock, and a map is whole after every operation.
        self.shared
            .table
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }
}

/// A call in the table; dropping it takes it out, whatever ended the wait.
#[derive(Debug)]
pub(super) struct Waiting {
    id: String,
    receiver: oneshot::Receiver<Event>,
    /// It is out of the table then.
    answered: bool,
    pending: Pending,
}

impl Waiting {
    /// The first reply with this id. Cancel-safe.
    pub(super) async fn reply(&mut self) -> Event {
        match (&mut self.receiver).await {
            Ok(reply) => {
                self.answered = true;
                reply
            }
            // The sender leaves the table only to send, or by the drop of this very value.
            Err(_) => std::future::pending().await,
        }
    }
}

impl Drop for Waiting {
    fn drop(&mut self) {
        if !self.answered {
            self.pending.take_out(&self.id);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn reply(id: &str) -> Event {
        Event {
            id: id.to_owned(),
            ..Event::default()
        }
    }

    #[tokio::test]
    async fn the_first_reply_wins_and_the_second_is_nobodys() {
        let pending = Pending::new(8, None);
        let mut waiting = pending.register("a".to_owned()).unwrap();
        assert!(pending.complete(reply("a")));
        assert!(!pending.complete(reply("a")));
        assert_eq!(waiting.reply().await.id, "a");
    }

    #[tokio::test]
    async fn closing_refuses_new_calls_and_waits_for_the_old() {
        let pending = Pending::new(8, None);
        let waiting = pending.register("a".to_owned()).unwrap();
        let closing = tokio::spawn({
            let pending = pending.clone();
            async move { pending.close().await }
        });
        while pending.register("b".to_owned()).is_ok() {
            tokio::task::yield_now().await;
        }
        assert_eq!(
            pending.register("b".to_owned()).unwrap_err(),
            Refused::Closed
        );
        assert!(!closing.is_finished());
        drop(waiting);
        closing.await.unwrap();
    }

    proptest! {
        /// Whatever happens in whatever order: as many wait as have neither been answered nor
        /// dropped, and never more than the limit.
        #[test]
        fn the_table_holds_those_who_wait(steps in prop::collection::vec((0u8..3, 0usize..6), 0..60)) {
            let pending = Pending::new(4, None);
            let mut held = Vec::<(usize, Waiting, bool)>::new();
            for (step, id) in steps {
                match step {
                    0 if held.iter().all(|(other, ..)| *other != id) => {
                        let open = held.iter().filter(|(.., answered)| !answered).count();
                        match pending.register(id.to_string()) {
                            Ok(waiting) => held.push((id, waiting, false)),
                            Err(refused) => prop_assert_eq!((refused, open), (Refused::Full, 4)),
                        }
                    }
                    1 => {
                        let waits = held.iter_mut().find(|(other, _, answered)| *other == id && !answered);
                        prop_assert_eq!(pending.complete(reply(&id.to_string())), waits.is_some());
                        if let Some((.., answered)) = waits {
                            *answered = true;
                        }
                    }
                    _ => held.retain(|(other, ..)| *other != id),
                }
                prop_assert_eq!(pending.len(), held.iter().filter(|(.., answered)| !answered).count());
            }
            drop(held);
            prop_assert_eq!(pending.len(), 0);
        }
    }
}
