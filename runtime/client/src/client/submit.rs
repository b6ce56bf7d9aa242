//! Events whose outcome is told later.

use kubefuncs_messages::Event;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use super::pending::Waiting;
use super::send::Offer;
use super::{Client, event, refused, topic_named};
use crate::call::{CallOptions, Reply};
use crate::error::CallError;
use crate::outcome;
use crate::payload::IntoPayload;
use crate::trace::{Span, SpanKind};

pub use crate::outcome::OutcomeKind;

/// An event that a broker has taken, and whose outcome will be told. Dropping it forgets that it
/// was of interest; the event goes its way.
#[derive(Debug)]
pub struct Submission {
    id: String,
    waiting: Waiting,
    closed: CancellationToken,
}

/// What became of a submitted event.
#[derive(Debug)]
#[non_exhaustive]
pub struct Outcome {
    /// How it ended.
    pub kind: OutcomeKind,
    /// The delivery that ended it; the first is 1.
    pub attempt: u32,
    /// What the handler replied, or why it failed.
    pub result: Result<Reply, CallError>,
    /// The topic it is kept in, when it was dead-lettered.
    pub dead_letter: Option<String>,
}

impl Submission {
    /// The id of the event: unguessable, and the same in every delivery of it.
    pub fn id(&self) -> &str {
        &self.id
    }

    /// Waits for the outcome, however long the retries take; `None` when the client is closed
    /// before. An outcome that a function told while this client had no connection is lost, as is
    /// that of a function which does not tell outcomes: whoever waits sets a limit. Cancel-safe;
    /// there is one outcome, and nothing after it.
    pub async fn outcome(&mut self) -> Option<Outcome> {
        tokio::select! {
            biased;
            told = self.waiting.reply() => Some(read(told)),
            () = self.closed.cancelled() => None,
        }
    }
}

impl Client {
    /// Publishes an event and returns when a broker has confirmed it; what becomes of it is told
    /// by the [`Submission`]. Nobody waits for the answer, so a failure is tried again as with any
    /// event, and only the end of it is told: done, failed for good, or dead-lettered.
    /// `options.timeout` limits the wait for the confirmation.
    ///
    /// # Errors
    /// [`CallErrorKind::Unknown`](crate::CallErrorKind::Unknown) when it was written and never
    /// confirmed: it may run, and nothing will be told.
    pub async fn submit(
        &self,
        topic: &str,
        payload: impl IntoPayload,
        mut options: CallOptions,
    ) -> Result<Submission, CallError> {
        let topic = topic_named(topic)?;
        let name = || format!("emit {topic}");
        let mut span = Span::send(SpanKind::Producer, &mut options.metadata, name);
        let result = self.submitting(&topic, payload, options).await;
        span.close(&result);
        self.inner.figures.event(topic.as_str(), &result);
        result
    }

    async fn submitting(
        &self,
        topic: &kubefuncs_nsq::Topic,
        payload: impl IntoPayload,
        options: CallOptions,
    ) -> Result<Submission, CallError> {
        let inner = &self.inner;
        let now = Instant::now();
        let deadline = now + inner.timeout(&options);
        let event = Event {
            notify: inner.reply_topic.to_string(),
            ..event(topic, payload, options)?
        };
        // Before it is written: a function may be done before the broker's OK is read.
        let waiting = inner
            .submitted
            .register(event.id.clone())
            .map_err(refused)?;
        let mut offer = Offer::new(inner, topic, event, now, deadline);
        inner.store(&mut offer).await?;
        Ok(Submission {
            id: offer.event.id,
            waiting,
            closed: inner.closed.clone(),
        })
    }
}

fn read(told: Event) -> Outcome {
    let (kind, attempt) = (outcome::kind(&told), outcome::attempt(&told));
    let dead_letter = told.metadata.get(outcome::DEAD_LETTER).cloned();
    Outcome {
        kind,
        attempt,
        result: Reply::from_payload(told.payload),
        dead_letter,
    }
}
