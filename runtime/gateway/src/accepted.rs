//! Requests that were answered with 202: what became of them, for a while.
//!
//! It is known in this process only. How much is kept is bounded in number, bytes and time; the
//! oldest goes first.

use std::collections::{HashMap, VecDeque};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::task::AbortHandle;
use tokio::time::Instant;

use crate::backend::Ended;
use crate::route::Route;

/// The bounds of what is kept.
const COUNT: usize = 10_000;
const BYTES: usize = 16 * 1024 * 1024;
const TIME: Duration = Duration::from_secs(3600);
/// What an entry costs beside its texts.
const OVERHEAD: usize = 512;

/// What is known of a request.
#[derive(Debug, Clone)]
pub(crate) struct Known {
    /// The caller's id of it, or ours in its place.
    pub(crate) request_id: String,
    /// The route that took it: who was let in there may ask.
    pub(crate) route: Arc<Route>,
    /// `None` while it is not over.
    pub(crate) ended: Option<Ended>,
}

impl Known {
    fn bytes(&self) -> usize {
        let ended = self.ended.as_ref().map_or(0, |ended| {
            let reason = ended.result.as_ref().err();
            reason.map_or(0, |reject| reject.reason().len() + reject.code().len())
                + ended.dead_letter.as_ref().map_or(0, String::len)
        });
        OVERHEAD + self.request_id.len() + ended
    }
}

#[derive(Debug)]
struct Entry {
    known: Known,
    since: Instant,
    /// Of the task that waits for the outcome; it has no point when the entry is gone.
    waiting: Option<AbortHandle>,
}

impl Drop for Entry {
    fn drop(&mut self) {
        if let Some(waiting) = &self.waiting {
            waiting.abort();
        }
    }
}

/// All that is known. Cheap to clone.
#[derive(Debug, Clone, Default)]
pub(crate) struct Accepted {
    table: Arc<Mutex<Table>>,
}

#[derive(Debug, Default)]
struct Table {
    by_id: HashMap<String, Entry>,
    /// Oldest first.
    order: VecDeque<String>,
    bytes: usize,
}

impl Table {
    fn drop_oldest(&mut self) {
        if let Some(id) = self.order.pop_front()
            && let Some(entry) = self.by_id.remove(&id)
        {
            self.bytes -= entry.known.bytes();
        }
    }

    fn is_over(&self, now: Instant) -> bool {
        let oldest = self.order.front().and_then(|id| self.by_id.get(id));
        let old = oldest.is_some_and(|entry| now.duration_since(entry.since) > TIME);
        old || self.order.len() > COUNT || self.bytes > BYTES
    }

    fn trim(&mut self) {
        let now = Instant::now();
        while self.is_over(now) {
            self.drop_oldest();
        }
    }
}

impl Accepted {
    fn table(&self) -> MutexGuard<'_, Table> {
        // A table is whole after every operation.
        self.table.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Keeps a request under an id that is new.
    pub(crate) fn insert(&self, id: &str, known: Known) {
        let mut table = self.table();
        table.bytes += known.bytes();
        let entry = Entry {
            known,
            since: Instant::now(),
            waiting: None,
        };
        table.by_id.insert(id.to_owned(), entry);
        table.order.push_back(id.to_owned());
        table.trim();
    }

    /// The task that waits for a request's outcome, to be ended when nobody can ask any more.
    pub(crate) fn waited_for_by(&self, id: &str, task: AbortHandle) {
        match self.table().by_id.get_mut(id) {
            Some(entry) => entry.waiting = Some(task),
            None => task.abort(),
        }
    }

    /// A request is over.
    pub(crate) fn end(&self, id: &str, ended: Ended) {
        let mut table = self.table();
        let Some(entry) = table.by_id.get_mut(id) else {
            return;
        };
        let before = entry.known.bytes();
        entry.known.ended = Some(ended);
        let after = entry.known.bytes();
        table.bytes = table.bytes - before + after;
        table.trim();
    }

    /// What is known of a request, if anything.
    pub(crate) fn get(&self, id: &str) -> Option<Known> {
        let mut table = self.table();
        table.trim();
        table.by_id.get(id).map(|entry| entry.known.clone())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::reject::{Kind, Reject};
    use kubefuncs::OutcomeKind;

    fn known() -> Known {
        Known {
            request_id: "r".to_owned(),
            route: Arc::new(Route::to("t".parse().unwrap())),
            ended: None,
        }
    }

    fn failed(reason: String) -> Ended {
        Ended {
            kind: OutcomeKind::Failed,
            attempt: 5,
            result: Err(Reject::new(Kind::Function, reason)),
            dead_letter: None,
        }
    }

    #[tokio::test]
    async fn the_oldest_goes_first_when_there_are_too_many() {
        let accepted = Accepted::default();
        for id in 0..=COUNT {
            accepted.insert(&id.to_string(), known());
        }
        assert!(accepted.get("0").is_none());
        assert!(accepted.get("1").is_some() && accepted.get(&COUNT.to_string()).is_some());
        accepted.end("0", failed(String::new()));
        accepted.end("1", failed(String::new()));
        assert_eq!(accepted.get("1").unwrap().ended.unwrap().attempt, 5);
    }

    #[tokio::test]
    async fn long_reasons_push_others_out() {
        let accepted = Accepted::default();
        for id in 0..5 {
            accepted.insert(&id.to_string(), known());
            accepted.end(&id.to_string(), failed("x".repeat(BYTES / 4)));
        }
        assert_eq!(
            [0, 1, 2, 3, 4].map(|id| accepted.get(&id.to_string()).is_some()),
            [false, false, true, true, true]
        );
        assert!(accepted.table().bytes <= BYTES);
    }

    #[tokio::test(start_paused = true)]
    async fn after_its_time_nothing_is_known_and_nobody_waits() {
        let accepted = Accepted::default();
        accepted.insert("a", known());
        let task = tokio::spawn(std::future::pending::<()>());
        accepted.waited_for_by("a", task.abort_handle());
        tokio::time::advance(TIME).await;
        assert!(accepted.get("a").is_some());
        tokio::time::advance(Duration::from_secs(1)).await;
        assert!(accepted.get("a").is_none());
        assert!(task.await.unwrap_err().is_cancelled());
        assert_eq!(accepted.table().bytes, 0);
    }
}
