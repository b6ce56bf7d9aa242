//! What is remembered of a topic from one request to the next, and over a change of routes.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::time::{Instant, timeout};

use crate::admission::{Load, Ticket};
use crate::backend::{Backend, Watch};
use crate::circuit::{Circuit, Sight};
use crate::limits::Limits;
use crate::metrics::OfTopic;
use crate::reject::Reject;

/// How long a topic is watched after the last time somebody wanted to know.
const INTEREST: Duration = Duration::from_secs(30);

/// How long a call waits for the brokers' word before it is refused: up to 200 ms until they are
/// asked again, and as long for their answers.
const WORD: Duration = Duration::from_millis(400);

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
    /// Watches for a while, from now on: the brokers are asked at once, and then round by round.
    fn watch(&mut self, backend: &impl Backend, topic: &str) -> Option<&dyn Watch> {
        let until = Instant::now() + INTEREST;
        match &mut self.watch {
            Some((_, wanted)) => *wanted = until,
            None => self.watch = backend.watch(topic).map(|watch| (watch, until)),
        }
        self.watch.as_ref().map(|(watch, _)| watch.as_ref())
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

    /// Lets a call through or not, by what the brokers said last.
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

    /// Has the brokers asked again, and waits for their word in the place of a call, no longer than
    /// the call itself might. Where no more may wait, or they do not answer, the old word stands.
    pub(crate) async fn ask_again(
        &self,
        backend: &impl Backend,
        mut place: Ticket,
        limits: &Limits,
        patience: Duration,
    ) {
        if place.take_call(limits).is_err() {
            return;
        }
        let fresh = self
            .inner()
            .watch(backend, self.figures.name())
            .map(Watch::fresh);
        if let Some(fresh) = fresh {
            // Too late is as good as nothing.
            let _ = timeout(patience.min(WORD), fresh).await;
        }
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
        inner.watch(backend, self.figures.name());
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

#[cfg(test)]
mod tests;
