//! The tasks that take messages in.

use std::panic::AssertUnwindSafe;
use std::sync::Arc;

use futures_util::FutureExt;
use kubefuncs_nsq::Delivery;
use tokio::runtime::Handle;
use tokio_util::sync::CancellationToken;

use super::step::Steps;
use super::{Shared, message, open};

/// Starts what takes messages in.
///
/// While first steps are taken it is one task on the executor of connections. Otherwise it is as many
/// workers as messages may be handled at once, on the current executor: a message that comes
/// wakes one of them, which does all of it. Whoever waits for a message when that changes takes one
/// more, in its own way.
pub(super) fn start(
    shared: &Arc<Shared>,
    steps: &Arc<Steps>,
    io: &Handle,
    stop: &CancellationToken,
) {
    let (watched, until) = (Arc::clone(shared), stop.clone());
    io.spawn(async move { open::watch(&watched, until).await });
    let first = {
        let (shared, steps) = (Arc::clone(shared), Arc::clone(steps));
        async move {
            let mut place = None;
            while let Some(delivery) = next(&shared, &steps, true).await {
                let handling = || handle(delivery, Arc::clone(&shared));
                steps.begin(&mut place, handling).await;
            }
        }
    };
    io.spawn(stop.clone().run_until_cancelled_owned(Box::pin(first)));
    for _ in 0..shared.config.concurrency {
        let (shared, steps) = (Arc::clone(shared), Arc::clone(steps));
        let work = async move {
            while let Some(delivery) = next(&shared, &steps, false).await {
                handle(delivery, Arc::clone(&shared)).await;
            }
        };
        tokio::spawn(stop.clone().run_until_cancelled_owned(Box::pin(work)));
    }
}

/// The next message for one who takes them while first steps are taken, or while they are not.
async fn next(shared: &Shared, steps: &Steps, taken: bool) -> Option<Delivery> {
    steps.until_taken(taken).await;
    shared.consumer.recv().await
}

async fn handle(delivery: Delivery, shared: Arc<Shared>) {
    // The handler's own panics do not come as far as this.
    let handled = AssertUnwindSafe(message::handle(delivery, &shared)).catch_unwind();
    match handled.await {
        Ok(settling) => shared.open.add(settling),
        Err(_) => tracing::error!("a message could not be handled; it comes again"),
    }
}
