//! Where a message is handled.
//!
//! Connections have threads of their own, so that no handler holds up heartbeats and touches. But to
//! bring each message from there to where handlers run, and each answer back, wakes two threads,
//! which on a machine with little to do is a third of a whole call. So the first step of handling a
//! message is taken right where it arrived, and most that wait for nothing are done then. The rest
//! goes on where handlers run.
//!
//! One message's step is taken at a time: two threads that take steps spend more on each other than on
//! messages (with 64 calls under way a tenth of all calls). A handler that computes for long, or blocks,
//! does not harm the connections all the same: the other one of their two threads takes no steps. And
//! where steps take long, or one does not end, or they are seldom the end, none is taken for a while:
//! messages go straight to where handlers run.

mod pace;

use std::future::{Future, poll_fn};
use std::pin::Pin;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll};
use std::time::Instant;

use tokio::runtime::Handle;
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;

use pace::Pace;

/// Where a message is handled, in memory.
pub(super) type Place<F> = Option<Pin<Box<F>>>;

/// First steps, and where what is left after them goes.
#[derive(Debug)]
pub(super) struct Steps {
    handlers: Handle,
    /// The end of what is left.
    stop: CancellationToken,
    /// Steps that were begun and that ended, counted together: odd while one is under way.
    count: AtomicU64,
    pace: Mutex<Pace>,
    /// Whether steps are taken at present.
    taken: watch::Sender<bool>,
}

impl Steps {
    /// What is left after a first step runs on `handlers`, until `stop`.
    pub(super) fn new(handlers: Handle, stop: CancellationToken) -> Self {
        Self {
            handlers,
            stop,
            count: AtomicU64::new(0),
            pace: Mutex::default(),
            taken: watch::Sender::new(true),
        }
    }

    /// Waits until first steps are taken, or are not. Cancel-safe.
    pub(super) async fn until_taken(&self, taken: bool) {
        if *self.taken.borrow() != taken {
            // Cannot fail: the sender is here.
            let _ = self.taken.subscribe().wait_for(|now| *now == taken).await;
        }
    }

    /// Looks at the clock, and whether the same step is under way as at the last look, when `count`
    /// was what this gave. None is taken for a while then.
    pub(super) fn look(&self, last: u64, now: Instant) -> Look {
        let count = self.count.load(Ordering::Relaxed);
        let is_held_up = count == last && count % 2 == 1;
        let mut pace = self.pace();
        if is_held_up {
            pace.rest(now);
        }
        let taken = pace.look(now);
        drop(pace);
        self.show(taken);
        Look {
            count,
            is_held_up,
            taken,
        }
    }

    fn show(&self, taken: bool) {
        if *self.taken.borrow() != taken {
            self.taken.send_replace(taken);
        }
    }

    /// Takes the first step here, if steps are taken, and leaves the rest to where handlers run. Most
    /// messages are done then, and the next one has their `place`.
    pub(super) async fn begin<F>(&self, place: &mut Place<F>, handling: impl FnOnce() -> F)
    where
        F: Future<Output = ()> + Send + 'static,
    {
        // Made right where it stays: it is large.
        let handling = match place {
            Some(place) => {
                place.set(handling());
                place
            }
            None => place.insert(Box::pin(handling())),
        };
        let step = poll_fn(|cx| Poll::Ready(self.step(handling.as_mut(), cx)));
        if step.await.is_pending()
            && let Some(handling) = place.take()
        {
            let stop = self.stop.clone();
            self.handlers
                .spawn(async move { stop.run_until_cancelled(handling).await });
        }
    }

    fn step(&self, handling: Pin<&mut impl Future<Output = ()>>, cx: &mut Context<'_>) -> Poll<()> {
        if !*self.taken.borrow() {
            return Poll::Pending;
        }
        let _under_way = UnderWay::begin(&self.count);
        // Timers, sockets and tasks that the handler makes belong to where it may go on.
        let _entered = self.handlers.enter();
        let began = Instant::now();
        let polled = handling.poll(cx);
        let ended = Instant::now();
        let is_kept = self.pace().took(ended - began, polled.is_ready(), ended);
        self.show(is_kept);
        polled
    }

    fn pace(&self) -> MutexGuard<'_, Pace> {
        // No code that could panic runs under this lock.
        self.pace.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// What was found at a look.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Look {
    /// How far steps have come.
    pub(super) count: u64,
    /// Whether one has not ended since the look before.
    pub(super) is_held_up: bool,
    /// Whether steps are taken.
    pub(super) taken: bool,
}

/// A step, until it is dropped.
struct UnderWay<'a>(&'a AtomicU64);

impl<'a> UnderWay<'a> {
    fn begin(count: &'a AtomicU64) -> Self {
        count.fetch_add(1, Ordering::Relaxed);
        Self(count)
    }
}

impl Drop for UnderWay<'_> {
    fn drop(&mut self) {
        self.0.fetch_add(1, Ordering::Relaxed);
    }
}
