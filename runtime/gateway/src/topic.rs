//! What is remembered of a topic from one request to the next, and over a change of routes.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::time::Instant;

use crate::admission::Load;
use crate::backend::{Backend, Watch};
use crate::circuit::{Circuit, Sight};
use crate::metrics::OfTopic;
use crate::reject::Reject;

/// How long a topic is watched after the last time somebody wanted to know.
const INTEREST: Duration = Duration::from_secs(30);

/// While callers are refused the brokers are asked this often, not only once a second as they are
/// in any case: a function that is back is found by the callers who come.
const ASK: Duration = Duration::from_millis(200);

/// When the brokers were last asked out of turn, which is always about all topics that are watched.
#[derive(Debug, Default)]
pub(crate) struct Asking(Mutex<Option<Instant>>);

impl Asking {
    /// Whether it is time again; then it is done now.
    fn is_due(&self, now: Instant) -> bool {
        let mut last = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let due = last.is_none_or(|last| now.saturating_duration_since(last) >= ASK);
        if due {
            *last = Some(now);
        }
        due
    }
}

/// The state of one topic.
#[derive(Debug)]
pub(crate) struct TopicState {
    pub(crate) figures: OfTopic,
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
    /// Watches from now on; the brokers are asked at once, and then round by round.
    fn ask(&mut self, backend: &impl Backend, topic: &str) {
        let until = Instant::now() + INTEREST;
        if let Some(watch) = backend.watch(topic) {
            self.watch = Some((watch, until));
        }
    }

    fn sight(&self) -> Sight {
        self.watch
            .as_ref()
            .map(|(watch, _)| watch.sight())
            .unwrap_or_default()
    }
}

impl TopicState {
    /// The state of a topic that was not known before.
    pub(crate) fn new(figures: OfTopic) -> Self {
        Self {
            figures,
            load: Arc::default(),
            unfinished: Arc::default(),
            inner: Mutex::default(),
        }
    }

    fn inner(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Lets a call through or not.
    ///
    /// # Errors
    /// Why it makes no sense.
    pub(crate) fn admit(&self, backend: &impl Backend, asking: &Asking) -> Result<(), Reject> {
        let mut inner = self.inner();
        if !inner.circuit.is_doubtful() {
            return Ok(());
        }
        let (now, sight) = (Instant::now(), inner.sight());
        let admitted = inner.circuit.admit(now, sight);
        // Who asks shortly after this is to find out that somebody is back.
        if admitted.is_err() && asking.is_due(now) {
            inner.ask(backend, self.figures.name());
        }
        admitted
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
    pub(crate) fn watch(&self, backend: &impl Backend) -> Sight {
        let mut inner = self.inner();
        match &mut inner.watch {
            Some((_, wanted)) => *wanted = Instant::now() + INTEREST,
            None => inner.ask(backend, self.figures.name()),
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
