//! The one thing the HTTP side knows about queues.

use std::future::Future;

use kubefuncs::{CallOptions, Client, HttpRequest, HttpResponse};

use crate::reject::Reject;

/// What answers requests.
pub trait Backend: Send + Sync + 'static {
    /// Whether a call could be answered right now.
    fn is_ready(&self) -> bool;

    /// Sends a request to the function behind a topic and waits for its answer, no longer than
    /// `options.timeout`. Dropping the future ends the wait.
    ///
    /// # Errors
    /// What to tell the caller.
    fn call(
        &self,
        topic: &str,
        request: HttpRequest,
        options: CallOptions,
    ) -> impl Future<Output = Result<HttpResponse, Reject>> + Send;

    /// Ends everything in good order; no call follows.
    fn close(&self) -> impl Future<Output = ()> + Send;
}

impl Backend for Client {
    fn is_ready(&self) -> bool {
        Self::is_ready(self)
    }

    async fn call(
        &self,
        topic: &str,
        request: HttpRequest,
        options: CallOptions,
    ) -> Result<HttpResponse, Reject> {
        Ok(Self::call(self, topic, request, options)
            .await?
            .into_http()?)
    }

    async fn close(&self) {
        Self::close(self).await;
    }
}
