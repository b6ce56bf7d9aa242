//! What is left to wait for once a message is dealt with.

use std::time::Duration;

use bytes::Bytes;
use kubefuncs_nsq::{Address, LostReason, Publishing, Receipt};
use tokio::time::{Instant, timeout, timeout_at};

use super::Shared;
use super::kept::Key;

/// How long a broker may take to confirm an answer before another broker gets it, too. The one who
/// waits is subscribed at all of them, and a second answer is nothing to it.
const CONFIRM: Duration = Duration::from_secs(1);

/// A finished answer.
pub(super) struct Letter {
    /// The broker that brought the request.
    pub(super) node: Address,
    pub(super) key: Key,
    pub(super) body: Bytes,
    /// When nobody waits for it any more.
    pub(super) until: Instant,
}

/// What is left to wait for once a message is dealt with. The next message need not wait for it.
#[must_use]
pub(super) enum Settling {
    /// The acknowledgement, or the return, of a message.
    Message(Receipt),
    /// An answer, and the acknowledgement behind it.
    Answer {
        publishing: Publishing,
        letter: Letter,
    },
    /// A dead letter, and the acknowledgement behind it; then the outcome is told.
    Buried {
        publishing: Publishing,
        outcome: Option<Letter>,
    },
    /// Nothing.
    Nothing,
}

impl Settling {
    /// The message is not ours any more: it comes again, here or elsewhere.
    pub(super) fn lost(id: &str, reason: LostReason) -> Self {
        tracing::warn!(
            event = id,
            ?reason,
            "a message was lost while it was handled"
        );
        Self::Nothing
    }

    /// Waits for what the broker says. An answer that it did not confirm is kept: the request comes
    /// again, and is not to be run again.
    pub(super) async fn settle(self, shared: &Shared) {
        match self {
            Self::Message(receipt) => {
                let settled = receipt.await;
                tracing::trace!(?settled, "a message is done with");
            }
            Self::Answer { publishing, letter } => confirm(publishing, letter, shared).await,
            Self::Buried {
                publishing,
                outcome,
            } => match publishing.await {
                Ok(()) => {
                    if let Some(outcome) = outcome {
                        elsewhere(&outcome, true, shared).await;
                    }
                }
                Err(error) => tracing::warn!(%error, "a dead letter was not confirmed"),
            },
            Self::Nothing => {}
        }
    }
}

async fn confirm(mut publishing: Publishing, letter: Letter, shared: &Shared) {
    let fault = match timeout(CONFIRM, &mut publishing).await {
        Ok(Ok(())) => return,
        Ok(Err(error)) => error.to_string(),
        Err(_) => "no answer in time".to_owned(),
    };
    tracing::warn!(event = letter.key.id, node = %letter.node, fault, "an answer was not confirmed");
    shared.kept.keep(letter.key.clone(), letter.body.clone());
    elsewhere(&letter, false, shared).await;
}

/// Publishes an answer at the other brokers, one after the other until one confirms it, as long as
/// somebody waits for it; at the one that brought the request only if `here`, and then first.
pub(super) async fn elsewhere(letter: &Letter, here: bool, shared: &Shared) {
    let nodes = shared.consumer.confirmed().borrow().clone();
    let others = nodes.iter().filter(|node| **node != letter.node);
    for node in here.then_some(&letter.node).into_iter().chain(others) {
        if Instant::now() >= letter.until {
            return;
        }
        let (topic, body) = (&letter.key.topic, letter.body.clone());
        let publishing = shared.consumer.publish_on(node, topic, body);
        match timeout_at(letter.until, timeout(CONFIRM, publishing)).await {
            Ok(Ok(Ok(()))) => return,
            other => tracing::debug!(%node, ?other, "an answer was not taken elsewhere"),
        }
    }
}
