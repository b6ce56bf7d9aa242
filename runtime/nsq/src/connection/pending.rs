//! Commands whose outcome somebody waits for.

use kubefuncs_nsq_proto::MessageId;
use tokio::sync::oneshot;
use tokio::time::Instant;

use crate::error::{Error, ErrorKind};
use crate::fate::LostReason;
use crate::ledger::Outcome;
use crate::publish::PublishSlot;
use crate::receipt::{ReceiptSlot, Settled};

/// A command whose outcome somebody waits for.
pub(super) enum Pending {
    Publish(PublishSlot),
    /// Several publishes in one command.
    Joined(Vec<PublishSlot>),
    Receipt(MessageId, ReceiptSlot),
    Subscribe(oneshot::Sender<Result<(), Error>>),
    Drain(oneshot::Sender<()>),
}

/// Tells whoever waits what became of a command, just now. Nobody may be waiting any more.
pub(super) fn settle(pending: Pending, outcome: Outcome) {
    settle_at(pending, outcome, Instant::now());
}

/// The same, of what became of it at a known moment.
pub(super) fn settle_at(pending: Pending, outcome: Outcome, now: Instant) {
    match pending {
        Pending::Publish(slot) => slot.settle(outcome, now),
        Pending::Joined(slots) => {
            for slot in slots {
                slot.settle(outcome.clone(), now);
            }
        }
        Pending::Receipt(_, receipt) => {
            let _ = receipt.send(match outcome {
                Outcome::Acked => Settled::Confirmed,
                Outcome::Unknown => Settled::Written,
                Outcome::NotSent | Outcome::Rejected(_) => Settled::Lost(LostReason::Disconnected),
            });
        }
        Pending::Subscribe(done) => {
            let _ = done.send(match outcome {
                Outcome::Acked => Ok(()),
                Outcome::Rejected(error) => Err(Error::refused("subscribing", error)),
                Outcome::NotSent | Outcome::Unknown => {
                    Err(Error::new(ErrorKind::Connect, "subscribing"))
                }
            });
        }
        Pending::Drain(done) => {
            let _ = done.send(());
        }
    }
}
