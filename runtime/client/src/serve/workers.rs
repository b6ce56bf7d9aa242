//! The tasks that handle messages.

use std::panic::AssertUnwindSafe;
use std::sync::Arc;

use futures_util::FutureExt;
use tokio::runtime::Handle;
use tokio_util::sync::CancellationToken;

use super::{Shared, message, open};

/// Starts as many workers as messages may be handled at once, on the current executor. A message
/// that comes wakes one of them, which does all of it: no task is made for a message. What is to be
/// confirmed is waited for on the executor of `io`, where confirmations arrive.
pub(super) fn start(shared: &Arc<Shared>, io: &Handle, stop: &CancellationToken) {
    let (watched, until) = (Arc::clone(shared), stop.clone());
    io.spawn(async move { open::watch(&watched, until).await });
    for _ in 0..shared.config.concurrency {
        let (shared, stop) = (Arc::clone(shared), stop.clone());
        tokio::spawn(async move {
            tokio::select! {
                () = stop.cancelled() => {}
                () = work(&shared) => {}
            }
        });
    }
}

async fn work(shared: &Shared) {
    while let Some(delivery) = shared.consumer.recv().await {
        // The handler's own panics do not come as far as this.
        let handled = AssertUnwindSafe(message::handle(delivery, shared)).catch_unwind();
        match handled.await {
            Ok(settling) => shared.open.add(settling),
            Err(_) => tracing::error!("a message could not be handled; it comes again"),
        }
    }
}
