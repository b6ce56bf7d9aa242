//! What is written and not confirmed yet.
//!
//! Nearly all of it is confirmed within a moment, and to be woken for each confirmation would cost
//! more than to write an answer. So nobody is: what is open is looked at now and then, and dealt
//! with when it has failed or waits for too long.

use std::collections::VecDeque;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use futures_util::stream::{FuturesUnordered, StreamExt};
use kubefuncs_nsq::{PublishError, Publishing};
use tokio::sync::Notify;
use tokio::time::{Instant, sleep};
use tokio_util::sync::CancellationToken;

use super::Shared;
use super::settle::{CONFIRM, Settling, buried, unconfirmed};

/// How often what is open is looked at. A broker that refuses an answer delivers its request again
/// only after the message timeout, of a second at least.
const LOOK: Duration = Duration::from_millis(50);
/// With more than so many open, each new one takes those along that are confirmed meanwhile: their
/// bodies are not kept until the next look.
const MANY: usize = 64;

/// What is written and not confirmed yet.
#[derive(Default)]
pub(super) struct Open {
    entries: Mutex<VecDeque<(Instant, Settling)>>,
    some: Notify,
}

/// How a publish ended that is not simply confirmed.
type Ended = (Settling, Option<PublishError>);

impl Open {
    /// Looks after what is left to wait for.
    pub(super) fn add(&self, settling: Settling) {
        if settling.publishing().is_none() {
            return;
        }
        let mut entries = self.entries.lock().unwrap_or_else(PoisonError::into_inner);
        while entries.len() >= MANY && entries.front().is_some_and(|(_, one)| one.is_over()) {
            entries.pop_front();
        }
        entries.push_back((Instant::now(), settling));
        let first = entries.len() == 1;
        drop(entries);
        if first {
            self.some.notify_one();
        }
    }

    /// Takes out what has ended, and gives what something is to be done about.
    fn ended(&self, now: Instant) -> Vec<Ended> {
        let mut entries = self.entries.lock().unwrap_or_else(PoisonError::into_inner);
        let (mut open, mut ended) = (VecDeque::new(), Vec::new());
        for (since, settling) in entries.drain(..) {
            let late = settling.is_answer() && now >= since + CONFIRM;
            match settling.publishing().and_then(Publishing::outcome) {
                Some(Ok(())) if settling.is_over() => {}
                Some(outcome) => ended.push((settling, outcome.err())),
                None if late => ended.push((settling, None)),
                None => open.push_back((since, settling)),
            }
        }
        *entries = open;
        ended
    }

    fn is_empty(&self) -> bool {
        self.entries
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .is_empty()
    }
}

/// Looks at what is open until `stop`.
pub(super) async fn watch(shared: &Shared, stop: CancellationToken) {
    let mut dealing = FuturesUnordered::new();
    let look = async {
        loop {
            if shared.open.is_empty() && dealing.is_empty() {
                shared.open.some.notified().await;
            }
            tokio::select! {
                () = sleep(LOOK) => {}
                Some(()) = dealing.next() => {}
            }
            let ended = shared.open.ended(Instant::now());
            dealing.extend(ended.into_iter().map(|one| deal(one, shared)));
        }
    };
    tokio::select! {
        () = stop.cancelled() => {}
        () = look => {}
    }
}

async fn deal((settling, failure): Ended, shared: &Shared) {
    match settling {
        Settling::Answer { letter, .. } => {
            let fault = failure.map_or_else(|| "no answer in time".to_owned(), |e| e.to_string());
            unconfirmed(letter, fault, shared).await;
        }
        Settling::Buried { outcome, .. } => buried(failure, outcome, shared).await,
        Settling::Nothing => {}
    }
}
