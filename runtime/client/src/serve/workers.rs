//! The tasks that handle messages, and the one that sees their answers confirmed.

use std::panic::AssertUnwindSafe;
use std::sync::Arc;

use futures_util::FutureExt;
use futures_util::stream::{FuturesUnordered, StreamExt};
use tokio::runtime::Handle;
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;

use super::settle::Settling;
use super::{Shared, message};

/// Starts as many workers as messages may be handled at once, on the current executor. A message
/// that comes wakes one of them, which does all of it: no task is made for a message. What is to be
/// confirmed is waited for on the executor of `io`, where confirmations arrive.
pub(super) fn start(shared: &Arc<Shared>, io: &Handle, stop: &CancellationToken) {
    let (settling, open) = mpsc::unbounded_channel();
    io.spawn(settle(open, Arc::clone(shared), stop.clone()));
    for _ in 0..shared.config.concurrency {
        let (shared, stop, settling) = (Arc::clone(shared), stop.clone(), settling.clone());
        tokio::spawn(async move {
            tokio::select! {
                () = stop.cancelled() => {}
                () = work(&shared, &settling) => {}
            }
        });
    }
}

async fn work(shared: &Shared, settling: &mpsc::UnboundedSender<Settling>) {
    while let Some(delivery) = shared.consumer.recv().await {
        // The handler's own panics do not come as far as this.
        let handled = AssertUnwindSafe(message::handle(delivery, shared)).catch_unwind();
        match handled.await {
            // Nobody need wait for word of an acknowledgement: there is nothing to be done about it.
            Ok(Settling::Message(_) | Settling::Nothing) => {}
            Ok(open) => _ = settling.send(open),
            Err(_) => tracing::error!("a message could not be handled; it comes again"),
        }
    }
}

/// Sees what is open confirmed. There is no more of it than connections have under way.
async fn settle(
    mut open: mpsc::UnboundedReceiver<Settling>,
    shared: Arc<Shared>,
    stop: CancellationToken,
) {
    let mut settling = FuturesUnordered::new();
    loop {
        tokio::select! {
            () = stop.cancelled() => return,
            next = open.recv() => match next {
                Some(next) => settling.push(next.settle(&shared)),
                None => break,
            },
            Some(()) = settling.next() => {}
        }
    }
    while settling.next().await.is_some() {}
}
