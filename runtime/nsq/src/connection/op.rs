//! What handles ask of the task that owns a connection.

use std::sync::Arc;
use std::time::Duration;

use kubefuncs_nsq_proto::{Command, MessageId};
use tokio::sync::oneshot;
use tokio::time::Instant;

use crate::error::{Error, ErrorKind};
use crate::fate::LostReason;
use crate::inbox::Inbox;
use crate::ledger::Outcome;
use crate::publish::PublishSlot;
use crate::receipt::{ReceiptSlot, Settled};

/// One request to a connection's task.
///
/// The queue has no bound of its own: publishes have reserved their room, each delivery is answered
/// once and RDY bounds deliveries, and the rest is a handful over the life of a connection.
#[derive(Debug)]
pub(crate) enum Op {
    Publish {
        command: Command,
        slot: PublishSlot,
        /// Whether it may go out as one command with others.
        joins: bool,
    },
    /// Publish and finish in one write. nsqd closes the connection over a failed publish, so the
    /// FIN behind it does not run then.
    Answer {
        id: MessageId,
        serial: u64,
        command: Command,
        slot: PublishSlot,
        joins: bool,
    },
    Finish {
        id: MessageId,
        serial: u64,
        receipt: ReceiptSlot,
    },
    Requeue {
        id: MessageId,
        serial: u64,
        delay: Duration,
        receipt: ReceiptSlot,
    },
    Ready(u32),
    Subscribe {
        command: Command,
        inbox: Arc<Inbox>,
        done: oneshot::Sender<Result<(), Error>>,
    },
    /// CLS: no more messages.
    Drain {
        done: oneshot::Sender<()>,
    },
    /// Give back what is in flight, write what is queued, and close.
    Stop,
}

impl Op {
    /// The connection has ended: nothing of this was or will be written.
    pub(crate) fn refuse(self) {
        match self {
            Self::Publish { slot, .. } | Self::Answer { slot, .. } => {
                slot.settle(Outcome::NotSent, Instant::now());
            }
            Self::Finish { receipt, .. } | Self::Requeue { receipt, .. } => {
                let _ = receipt.send(Settled::Lost(LostReason::Disconnected));
            }
            Self::Subscribe { done, .. } => {
                let _ = done.send(Err(Error::new(ErrorKind::Closed, "subscribing")));
            }
            Self::Drain { done } => {
                let _ = done.send(());
            }
            Self::Ready(_) | Self::Stop => {}
        }
    }
}
