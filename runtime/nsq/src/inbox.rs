//! Where messages wait for a handler, and the bound on handlers that run.
//!
//! Connections put messages in and never wait; what arrives beyond the bound waits here, unstarted,
//! and is touched by its connection. RDY bounds how much that is.

use std::collections::VecDeque;
use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::Poll;

use kubefuncs_nsq_proto::Message;
use tokio::sync::Notify;

use crate::connection::Connection;
use crate::consumer::Sink;
use crate::fate::Fate;

/// A message that no handler has seen.
#[derive(Debug)]
pub(crate) struct Unstarted {
    pub(crate) message: Message,
    pub(crate) serial: u64,
    pub(crate) fate: Arc<Fate>,
    pub(crate) connection: Connection,
}

#[derive(Debug)]
struct State {
    waiting: VecDeque<Unstarted>,
    limit: u32,
    running: u32,
    phase: Phase,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Phase {
    Open,
    /// Nothing is handed out any more.
    Stopped,
    /// Nothing is taken in any more either.
    Closed,
}

/// The messages of one consumer between its connections and its handlers.
pub(crate) struct Inbox {
    state: Mutex<State>,
    /// A message may be taken now.
    room: Notify,
    /// The last running handler ended.
    idle: Notify,
    /// Gets each message at once, instead of a taker.
    sink: Option<Sink>,
}

impl Inbox {
    pub(crate) fn new(limit: u32, sink: Option<Sink>) -> Self {
        let state = State {
            waiting: VecDeque::new(),
            limit,
            running: 0,
            phase: Phase::Open,
        };
        Self {
            state: Mutex::new(state),
            room: Notify::new(),
            idle: Notify::new(),
            sink,
        }
    }

    /// What gets each message instead of this, as long as messages are handed out.
    pub(crate) fn sink(&self) -> Option<&Sink> {
        let sink = self.sink.as_ref()?;
        (self.state().phase == Phase::Open).then_some(sink)
    }

    fn state(&self) -> MutexGuard<'_, State> {
        // No code that could panic runs under this lock.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Puts a message in, or gives it back when the inbox is closed.
    pub(crate) fn push(&self, unstarted: Unstarted) -> Result<(), Unstarted> {
        let mut state = self.state();
        if state.phase == Phase::Closed {
            return Err(unstarted);
        }
        state.waiting.push_back(unstarted);
        self.wake(state);
        Ok(())
    }

    /// Takes the next message and counts it as running until [`Inbox::release`]. `None` once
    /// closed. Cancel safe: nothing is taken before this returns.
    pub(crate) async fn take(&self) -> Option<Unstarted> {
        loop {
            if let Poll::Ready(taken) = self.try_take() {
                return taken;
            }
            let room = self.room.notified();
            tokio::pin!(room);
            // Registered before the second look, so that a message in between is not missed.
            room.as_mut().enable();
            if let Poll::Ready(taken) = self.try_take() {
                return taken;
            }
            room.await;
        }
    }

    fn try_take(&self) -> Poll<Option<Unstarted>> {
        let mut state = self.state();
        if state.phase != Phase::Open {
            return Poll::Ready(None);
        }
        while state.running < state.limit {
            let Some(unstarted) = state.waiting.pop_front() else {
                break;
            };
            if unstarted.fate.lost().is_none() {
                state.running += 1;
                return Poll::Ready(Some(unstarted));
            }
        }
        Poll::Pending
    }

    /// Wakes one taker, if there is a message it may take.
    fn wake(&self, state: MutexGuard<'_, State>) {
        let takes = !state.waiting.is_empty() && state.running < state.limit;
        drop(state);
        if takes {
            // The one that came last: what it worked with is still at hand.
            self.room.notify_last();
        }
    }

    /// A handler ended.
    pub(crate) fn release(&self) {
        let mut state = self.state();
        state.running = state.running.saturating_sub(1);
        let idle = state.running == 0;
        self.wake(state);
        if idle {
            self.idle.notify_waiters();
        }
    }

    pub(crate) fn set_limit(&self, limit: u32) {
        self.state().limit = limit;
        self.room.notify_waiters();
        // For a taker that is about to wait.
        self.room.notify_one();
    }

    /// Drops what nobody may answer any more.
    pub(crate) fn sweep(&self) {
        self.state()
            .waiting
            .retain(|unstarted| unstarted.fate.lost().is_none());
    }

    pub(crate) fn running(&self) -> u32 {
        self.state().running
    }

    /// Nothing is handed out from now on; what comes in still waits here.
    pub(crate) fn stop(&self) {
        self.state().phase = Phase::Stopped;
        self.room.notify_waiters();
    }

    /// Nothing is taken in from now on either. Gives what was waiting.
    pub(crate) fn close(&self) -> VecDeque<Unstarted> {
        let mut state = self.state();
        state.phase = Phase::Closed;
        let waiting = std::mem::take(&mut state.waiting);
        drop(state);
        self.room.notify_waiters();
        waiting
    }

    /// Waits until no handler runs.
    pub(crate) async fn idle(&self) {
        loop {
            let idle = self.idle.notified();
            tokio::pin!(idle);
            idle.as_mut().enable();
            if self.running() == 0 {
                return;
            }
            idle.await;
        }
    }
}

impl fmt::Debug for Inbox {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Inbox").field(&*self.state()).finish()
    }
}
