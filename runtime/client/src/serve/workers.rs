//! The tasks that take messages in.

use std::panic::AssertUnwindSafe;
use std::sync::Arc;

use futures_util::FutureExt;
use kubefuncs_nsq::Delivery;
use tokio::runtime::Handle;
use tokio_util::sync::CancellationToken;

use super::step::{AT_ONCE, Steps};
use super::{Shared, message, open};

/// Starts what takes messages in, on the executor of connections: as many tasks as first steps are
/// taken at once, and one more that sends messages on when these are held up. How many messages are
/// handled at once is the consumer's to bound.
pub(super) fn start(
    shared: &Arc<Shared>,
    steps: &Arc<Steps>,
    io: &Handle,
    stop: &CancellationToken,
) {
    let (watched, until) = (Arc::clone(shared), stop.clone());
    io.spawn(async move { open::watch(&watched, until).await });
    for _ in 0..=AT_ONCE {
        let (shared, steps, stop) = (Arc::clone(shared), Arc::clone(steps), stop.clone());
        io.spawn(async move {
            tokio::select! {
                () = stop.cancelled() => {}
                () = take(&shared, &steps) => {}
            }
        });
    }
}

async fn take(shared: &Arc<Shared>, steps: &Steps) {
    while let Some(delivery) = shared.consumer.recv().await {
        steps.begin(handle(delivery, Arc::clone(shared))).await;
    }
}

async fn handle(delivery: Delivery, shared: Arc<Shared>) {
    // The handler's own panics do not come as far as this.
    let handled = AssertUnwindSafe(message::handle(delivery, &shared)).catch_unwind();
    match handled.await {
        Ok(settling) => shared.open.add(settling),
        Err(_) => tracing::error!("a message could not be handled; it comes again"),
    }
}
