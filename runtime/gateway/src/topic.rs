//! What is remembered of a topic from one request to the next, and over a change of routes.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::time::Instant;

use crate::admission::Load;
use crate::backend::{Backend, Watch};
use crate::circuit::{Circuit, Sight};
use crate::reject::Reject;

/// How long a topic is watched after the last time somebody wanted to know.
const INTEREST: Duration = Duration::from_secs(30);

/// The state of one topic.
#[derive(Debug, Default)]
pub(crate) struct TopicState {
    pub(crate) load: Arc<Load>,
    /// Events taken here whose outcome is not known yet.
    pub(crate) unfinished: Arc<()>,
    inner: Mutex<Inner>,
}

#[derive(Debug, Default)]
struct Inner {
    circuit: Circuit,
    watch: Option<(Box<dyn Watch>, Instant)>,
}

impl Inner {
    fn sight(&self) -> Sight {
        self.watch
            .as_ref()
            .map(|(watch, _)| watch.sight())
            .unwrap_or_default()
    }
}

impl TopicState {
    fn inner(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Lets a call through or not.
    ///
    /// # Errors
    /// Why it makes no sense.
    pub(crate) fn admit(&self) -> Result<(), Reject> {
        let mut inner = self.inner();
        if !inner.circuit.is_doubtful() {
            return Ok(());
        }
        let sight = inner.sight();
        inner.circuit.admit(Instant::now(), sight)
    }

    pub(crate) fn answered(&self) {
        let mut inner = self.inner();
        if inner.circuit.is_doubtful() {
            inner.circuit.answered();
        }
    }

    pub(crate) fn timed_out(&self) {
        let mut inner = self.inner();
        inner.circuit.timed_out();
        let sight = inner.sight();
        inner.circuit.look(Instant::now(), sight);
    }

    /// Asks the brokers about the topic for a while: what they said last, which the first time is
    /// nothing.
    pub(crate) fn watch(&self, backend: &impl Backend, topic: &str) -> Sight {
        let mut inner = self.inner();
        let until = Instant::now() + INTEREST;
        match &mut inner.watch {
            Some((_, wanted)) => *wanted = until,
            None => inner.watch = backend.watch(topic).map(|watch| (watch, until)),
        }
        inner.sight()
    }

    /// Events that were taken here and are not over.
    pub(crate) fn unfinished(&self) -> usize {
        Arc::strong_count(&self.unfinished) - 1
    }

    /// What is to be done now and then: whether calls are refused.
    pub(crate) fn tick(&self) -> bool {
        let mut inner = self.inner();
        let (now, sight) = (Instant::now(), inner.sight());
        if inner.circuit.is_doubtful() {
            inner.circuit.look(now, sight);
        }
        let open = inner.circuit.is_open();
        if !open && inner.watch.as_ref().is_some_and(|(_, until)| *until < now) {
            inner.watch = None;
        }
        open
    }
}
