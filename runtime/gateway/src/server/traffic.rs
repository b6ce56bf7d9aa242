//! What goes on in one connection of HTTP/2, as far as it bounds it.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use bytes::Bytes;
use tokio::sync::{Notify, watch};
use tokio::time::Instant;

/// How many more requests a client may take back than it has let us answer.
const TAKEN_BACK: usize = 100;

/// The requests of one connection.
#[derive(Debug)]
pub(super) struct Traffic {
    /// Requests that run, and answers that are not written.
    open: Arc<()>,
    /// Whether there has been a request.
    begun: watch::Sender<bool>,
    last: Mutex<Instant>,
    taken_back: AtomicUsize,
    abused: Notify,
    /// Answers of this round of looks and of the one before hold one each.
    rounds: Mutex<[Arc<()>; 2]>,
}

/// A request; dropped before its [`end`](Self::end), it was taken back.
#[derive(Debug)]
pub(super) struct Running {
    traffic: Arc<Traffic>,
    _open: Arc<()>,
    ended: bool,
}

impl Default for Traffic {
    fn default() -> Self {
        Self {
            open: Arc::default(),
            begun: watch::Sender::new(false),
            last: Mutex::new(Instant::now()),
            taken_back: AtomicUsize::new(0),
            abused: Notify::new(),
            rounds: Mutex::default(),
        }
    }
}

impl Traffic {
    pub(super) fn begin(self: &Arc<Self>) -> Running {
        self.begun.send_replace(true);
        *self.last.lock().unwrap_or_else(PoisonError::into_inner) = Instant::now();
        Running {
            traffic: self.clone(),
            _open: self.open.clone(),
            ended: false,
        }
    }

    /// Ends with the first request.
    pub(super) async fn begun(&self) {
        // The sender is ours.
        let _ = self.begun.subscribe().wait_for(|begun| *begun).await;
    }

    /// Ends when a client has taken back too much.
    pub(super) async fn abused(&self) {
        self.abused.notified().await;
    }

    /// Whether nothing is open and nothing has begun for this long.
    pub(super) fn is_idle(&self, time: Duration) -> bool {
        let last = *self.last.lock().unwrap_or_else(PoisonError::into_inner);
        Arc::strong_count(&self.open) == 1 && last.elapsed() > time
    }

    /// Whether an answer has been lying since the look before the last one.
    pub(super) fn is_stuck(&self) -> bool {
        let mut rounds = self.rounds.lock().unwrap_or_else(PoisonError::into_inner);
        let [now, before] = &mut *rounds;
        let stuck = Arc::strong_count(before) > 1;
        *before = std::mem::take(now);
        stuck
    }
}

impl Running {
    /// The request is answered: the body, which counts as lying until the last of it is written.
    pub(super) fn end(mut self, body: Bytes) -> Bytes {
        struct Lying {
            body: Bytes,
            _holds: [Arc<()>; 2],
        }

        impl AsRef<[u8]> for Lying {
            fn as_ref(&self) -> &[u8] {
                &self.body
            }
        }

        self.ended = true;
        let less = |count: usize| Some(count.saturating_sub(1));
        let (set, get) = (Ordering::Relaxed, Ordering::Relaxed);
        let _ = self.traffic.taken_back.fetch_update(set, get, less);
        if body.is_empty() {
            return body;
        }
        let rounds = &self.traffic.rounds;
        let round = rounds.lock().unwrap_or_else(PoisonError::into_inner)[0].clone();
        Bytes::from_owner(Lying {
            body,
            _holds: [round, self._open.clone()],
        })
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        let count = &self.traffic.taken_back;
        if !self.ended && count.fetch_add(1, Ordering::Relaxed) >= TAKEN_BACK {
            self.traffic.abused.notify_one();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECOND: Duration = Duration::from_secs(1);

    #[test]
    fn an_answer_is_stuck_when_it_lies_for_two_rounds() {
        let traffic = Arc::new(Traffic::default());
        assert!(!traffic.is_stuck());
        let answer = traffic.begin().end(Bytes::from_static(b"x"));
        assert!(!traffic.is_stuck(), "it may be a moment old");
        // Others come and go meanwhile.
        drop(traffic.begin().end(Bytes::from_static(b"x")));
        assert!(traffic.is_stuck());
        drop(answer);
        assert!(!traffic.is_stuck());
    }

    #[tokio::test(start_paused = true)]
    async fn a_connection_is_idle_when_nothing_is_open_for_long() {
        let traffic = Arc::new(Traffic::default());
        let running = traffic.begin();
        tokio::time::advance(SECOND * 9).await;
        assert!(!traffic.is_idle(SECOND * 5), "a request runs");
        let answer = running.end(Bytes::from_static(b"x"));
        assert!(!traffic.is_idle(SECOND * 5), "its answer is not written");
        drop(answer);
        assert!(traffic.is_idle(SECOND * 5));
        traffic.begin();
        assert!(!traffic.is_idle(SECOND * 5));
    }

    #[tokio::test]
    async fn who_takes_back_more_than_it_lets_us_answer_is_found_out() {
        let traffic = Arc::new(Traffic::default());
        for _ in 0..1000 {
            drop(traffic.begin());
            traffic.begin().end(Bytes::new());
        }
        let abused = || tokio::time::timeout(Duration::ZERO, traffic.abused());
        assert!(abused().await.is_err());
        for _ in 0..=TAKEN_BACK {
            drop(traffic.begin());
        }
        assert!(abused().await.is_ok());
    }
}
