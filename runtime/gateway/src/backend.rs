//! The one thing the HTTP side knows about queues.

use std::fmt;
use std::future::Future;
use std::pin::Pin;

use kubefuncs::{CallOptions, Client, HttpResponse, OutcomeKind, Raw, TopicWatch};

use crate::circuit::Sight;
use crate::reject::Reject;

/// What answers requests.
pub trait Backend: Send + Sync + 'static {
    /// Whether a call could be answered right now.
    fn is_ready(&self) -> bool;

    /// Sends a request (an [`HttpRequest`](kubefuncs::HttpRequest) as it travels) to the function
    /// behind a topic and waits for its answer, no longer than
    /// `options.timeout`. Dropping the future ends the wait.
    ///
    /// # Errors
    /// What to tell the caller.
    fn call(
        &self,
        topic: &str,
        request: Raw,
        options: CallOptions,
    ) -> impl Future<Output = Result<HttpResponse, Reject>> + Send;

    /// Sends a request that nobody waits for. Ends when a broker has confirmed it, no later than
    /// `options.timeout`; what it gives ends with the outcome, or never.
    ///
    /// # Errors
    /// What to tell the caller.
    fn submit(
        &self,
        topic: &str,
        request: Raw,
        options: CallOptions,
    ) -> impl Future<Output = Result<Ending, Reject>> + Send;

    /// Begins to ask the brokers about a topic; `None` where that is not possible.
    fn watch(&self, topic: &str) -> Option<Box<dyn Watch>>;

    /// Ends everything in good order; no call follows.
    fn close(&self) -> impl Future<Output = ()> + Send;
}

/// The brokers are asked about a topic as long as this lives.
pub trait Watch: fmt::Debug + Send + Sync {
    /// What they said last.
    fn sight(&self) -> Sight;

    /// Has them asked out of turn, together with whoever else wants it. Ends when they have said
    /// what is then theirs to say, or cannot be asked any more.
    fn fresh(&self) -> Fresh;
}

/// The wait for a fresh word of the brokers.
pub type Fresh = Pin<Box<dyn Future<Output = ()> + Send>>;

/// The wait for how a request ended that nobody waits for.
pub type Ending = Pin<Box<dyn Future<Output = Ended> + Send>>;

/// How a request ended that nobody waited for.
#[derive(Debug, Clone)]
pub struct Ended {
    /// How.
    pub kind: OutcomeKind,
    /// The delivery that ended it; the first is 1.
    pub attempt: u32,
    /// The status of the function's answer, or its failure.
    pub result: Result<u16, Reject>,
    /// The topic it is kept in, where it was dead-lettered.
    pub dead_letter: Option<String>,
}

impl Backend for Client {
    fn is_ready(&self) -> bool {
        Self::is_ready(self)
    }

    async fn call(
        &self,
        topic: &str,
        request: Raw,
        options: CallOptions,
    ) -> Result<HttpResponse, Reject> {
        Ok(Self::call(self, topic, request, options)
            .await?
            .into_http()?)
    }

    async fn submit(
        &self,
        topic: &str,
        request: Raw,
        options: CallOptions,
    ) -> Result<Ending, Reject> {
        let mut submission = Self::submit(self, topic, request, options).await?;
        Ok(Box::pin(async move {
            let Some(outcome) = submission.outcome().await else {
                // The client is closed: nothing will be known.
                return std::future::pending().await;
            };
            let result = outcome.result.and_then(kubefuncs::Reply::into_http);
            Ended {
                kind: outcome.kind,
                attempt: outcome.attempt,
                result: result
                    .map(|answer| answer.status.as_u16())
                    .map_err(Reject::from),
                dead_letter: outcome.dead_letter,
            }
        }))
    }

    fn watch(&self, topic: &str) -> Option<Box<dyn Watch>> {
        Self::watch(self, topic)
            .ok()
            .map(|watch| Box::new(watch) as _)
    }

    async fn close(&self) {
        Self::close(self).await;
    }
}

impl Watch for TopicWatch {
    fn sight(&self) -> Sight {
        let state = self.state();
        Sight {
            served: state.is_served(),
            paused: state.is_paused(),
            depth: state.is_known().then(|| state.waiting()),
        }
    }

    fn fresh(&self) -> Fresh {
        let watch = self.clone();
        Box::pin(async move {
            Self::fresh(&watch).await;
        })
    }
}
