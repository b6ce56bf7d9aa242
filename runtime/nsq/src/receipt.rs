//! What is known of a FIN or REQ.

use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll};

use tokio::sync::oneshot;

use crate::fate::LostReason;

/// What is known of a FIN or REQ. NSQ does not answer them when they succeed, so most are merely
/// written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Settled {
    /// nsqd answered a later command of the same connection, so it has run this one.
    Confirmed,
    /// It was handed to the operating system. If the connection breaks now, nsqd may deliver the
    /// message again.
    Written,
    /// It came too late, or was not written: nsqd delivers the message again.
    Lost(LostReason),
}

/// Tells what became of a FIN or REQ. It is queued already: dropping this un-sends nothing.
#[derive(Debug)]
pub struct Receipt(oneshot::Receiver<Settled>);

/// The connection's end of a receipt.
pub(crate) type ReceiptSlot = oneshot::Sender<Settled>;

impl Receipt {
    pub(crate) fn new() -> (ReceiptSlot, Self) {
        let (slot, receiver) = oneshot::channel();
        (slot, Self(receiver))
    }
}

impl Future for Receipt {
    type Output = Settled;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Settled> {
        Pin::new(&mut self.0)
            .poll(cx)
            .map(|settled| settled.unwrap_or(Settled::Lost(LostReason::Disconnected)))
    }
}
