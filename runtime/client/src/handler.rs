//! Async functions as handlers.

use std::future::Future;
use std::marker::PhantomData;
use std::pin::Pin;
use std::sync::Arc;

use crate::context::Context;
use crate::error::Failure;
use crate::payload::{FromPayload, IntoPayload, Raw};

/// A function that handles messages: any `async fn(Context, P) -> Result<R, Failure>` where `P`
/// can be read from a payload and `R` be written as one.
///
/// `P` is [`HttpRequest`](crate::HttpRequest), [`Proto`](crate::Proto), [`Raw`], `()` or a type with
/// its own [`FromPayload`]; `R` is [`HttpResponse`](crate::HttpResponse), [`Proto`](crate::Proto),
/// [`Raw`], `()` or a type with its own [`IntoPayload`]. `M` stands for the signature and is always
/// inferred.
///
/// A handler that panics has failed: its caller is told, the process goes on.
pub trait Handler<M>: Send + Sync + 'static {
    /// Handles one message.
    fn call(
        &self,
        context: Context,
        payload: Raw,
    ) -> impl Future<Output = Result<Raw, Failure>> + Send;
}

impl<F, P, R, Fut> Handler<(P, R)> for F
where
    F: Fn(Context, P) -> Fut + Send + Sync + 'static,
    Fut: Future<Output = Result<R, Failure>> + Send,
    P: FromPayload + Send,
    R: IntoPayload,
{
    async fn call(&self, context: Context, payload: Raw) -> Result<Raw, Failure> {
        let payload = P::from_payload(payload).map_err(|error| {
            let reason = error.to_string();
            // Whoever waits is told; nobody else would ever hear of it.
            let failure = match context.awaited() {
                true => Failure::reject(reason),
                false => Failure::dead_letter(reason),
            };
            failure.with_code("bad_request")
        })?;
        self(context, payload).await.map(IntoPayload::into_payload)
    }
}

/// What one run of a handler comes to.
pub(crate) type Running = Pin<Box<dyn Future<Output = Result<Raw, Failure>> + Send>>;

/// A handler whose signature is no longer known.
pub(crate) type Erased = Arc<dyn Fn(Context, Raw) -> Running + Send + Sync>;

pub(crate) fn erase<M: 'static>(handler: impl Handler<M>) -> Erased {
    let handler = Arc::new((handler, PhantomData::<fn(M)>));
    Arc::new(move |context, payload| {
        let handler = Arc::clone(&handler);
        Box::pin(async move { handler.0.call(context, payload).await })
    })
}
