//! Handlers that block a thread.

use std::sync::Arc;

use crate::context::Context;
use crate::error::Failure;
use crate::handler::Handler;
use crate::payload::{FromPayload, IntoPayload};

/// Makes a handler of a plain function, which may block: read files, query a database, compute.
///
/// Each run has a thread of its own, `KUBEFUNCS_CONCURRENCY` of them at most, so connections,
/// health and other handlers go on. A plain function cannot be stopped from outside: past its
/// deadline the message is answered or tried again as ever, but the thread runs on, keeps its place
/// among those, and a drain does not wait for it. A long one asks [`Context::is_cancelled`] now and
/// then.
///
/// ```no_run
/// use kubefuncs::{Context, HttpRequest, HttpResponse};
///
/// #[tokio::main]
/// async fn main() -> Result<(), kubefuncs::Error> {
///     kubefuncs::run(kubefuncs::blocking(|_: Context, _: HttpRequest| {
///         Ok(HttpResponse::text(std::fs::read_to_string("/etc/config/motd")?))
///     }))
///     .await
/// }
/// ```
pub fn blocking<F, P, R>(function: F) -> impl Handler<(P, R)>
where
    F: Fn(Context, P) -> Result<R, Failure> + Send + Sync + 'static,
    P: FromPayload + Send + 'static,
    R: IntoPayload + Send + 'static,
{
    let function = Arc::new(function);
    move |context: Context, payload: P| {
        let function = Arc::clone(&function);
        async move {
            // The thread keeps its place, also when nobody waits for the thread any more: stuck ones
            // must not pile up.
            let threads = Arc::clone(&context.inner.threads);
            let place = threads.acquire_owned().await?;
            let run = tokio::task::spawn_blocking(move || {
                let _place = place;
                function(context, payload)
            });
            match run.await {
                Ok(result) => result,
                Err(error) => match error.try_into_panic() {
                    Ok(panic) => std::panic::resume_unwind(panic),
                    Err(_) => Err(Failure::retry("the process ends")),
                },
            }
        }
    }
}
