//! Events that nobody waits for.

use tokio::time::Instant;

use super::{Client, event, topic_named};
use crate::call::CallOptions;
use crate::error::CallError;
use crate::payload::IntoPayload;
use crate::trace::{Span, SpanKind};

impl Client {
    /// Publishes an event that nobody waits for; returns when a broker has confirmed it.
    ///
    /// # Errors
    /// [`CallErrorKind::Unknown`](crate::CallErrorKind::Unknown) when it was written and never
    /// confirmed.
    pub async fn emit(&self, topic: &str, payload: impl IntoPayload) -> Result<(), CallError> {
        self.emit_with(topic, payload, CallOptions::new()).await
    }

    /// As [`emit`](Self::emit), with metadata; `options.timeout` limits the wait for the
    /// confirmation.
    ///
    /// # Errors
    /// As [`emit`](Self::emit).
    pub async fn emit_with(
        &self,
        topic: &str,
        payload: impl IntoPayload,
        mut options: CallOptions,
    ) -> Result<(), CallError> {
        let topic = topic_named(topic)?;
        let deadline = Instant::now() + self.inner.timeout(&options);
        let name = || format!("emit {topic}");
        let mut span = Span::send(SpanKind::Producer, &mut options.metadata, name);
        let result = match event(&topic, payload, options) {
            Ok(event) => self.inner.send_event(&topic, event, deadline).await,
            Err(error) => Err(error),
        };
        span.close(&result);
        self.inner.figures.event(topic.as_str(), &result);
        result
    }
}
