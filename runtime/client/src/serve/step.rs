//! Where a message is handled.
//!
//! Connections have threads of their own, so that no handler holds up heartbeats and touches. But to
//! bring each message from there to where handlers run, and each answer back, wakes two threads,
//! which on a machine with little to do is a third of a whole call. So the first step of handling a
//! message is taken right where it arrived, and most that wait for nothing are done then. The rest
//! goes on where handlers run.
//!
//! A handler that computes for long, or blocks, does not harm the connections all the same: one of
//! their threads never takes a step. And where steps take long, or are seldom the end, none is taken
//! for a while: messages go straight to where handlers run.

mod pace;

use std::future::{Future, poll_fn};
use std::pin::Pin;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll};
use std::time::Instant;

use tokio::runtime::Handle;
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;

use pace::Pace;

/// The most steps that are taken at once.
pub(super) const AT_ONCE: usize = 2;

/// Where a message is handled, in memory.
pub(super) type Place<F> = Option<Pin<Box<F>>>;

/// First steps, and where what is left after them goes.
#[derive(Debug)]
pub(super) struct Steps {
    handlers: Handle,
    /// The end of what is left.
    stop: CancellationToken,
    under_way: AtomicUsize,
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
            under_way: AtomicUsize::new(0),
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

    /// Looks at the clock.
    pub(super) fn tick(&self, now: Instant) {
        self.show(self.pace().is_kept(now));
    }

    fn show(&self, taken: bool) {
        if *self.taken.borrow() != taken {
            self.taken.send_replace(taken);
        }
    }

    /// How many are taken right now.
    pub(super) fn under_way(&self) -> usize {
        self.under_way.load(Ordering::Relaxed)
    }

    /// Takes the first step here, if that may be, and leaves the rest to where handlers run. Most
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
        let Some(_under_way) = self.enter() else {
            return Poll::Pending;
        };
        if !*self.taken.borrow() {
            return Poll::Pending;
        }
        // Timers, sockets and tasks that the handler makes belong to where it may go on.
        let _entered = self.handlers.enter();
        let began = Instant::now();
        let polled = handling.poll(cx);
        let ended = Instant::now();
        let is_kept = self.pace().took(ended - began, polled.is_ready(), ended);
        self.show(is_kept);
        polled
    }

    fn enter(&self) -> Option<UnderWay<'_>> {
        let place = UnderWay(&self.under_way);
        (self.under_way.fetch_add(1, Ordering::Relaxed) < AT_ONCE).then_some(place)
    }

    fn pace(&self) -> MutexGuard<'_, Pace> {
        // No code that could panic runs under this lock.
        self.pace.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Counts until it is dropped.
struct UnderWay<'a>(&'a AtomicUsize);

impl Drop for UnderWay<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}
