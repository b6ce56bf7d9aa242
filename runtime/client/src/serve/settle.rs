//! What is left to wait for once a message is dealt with.

use std::time::Duration;

use bytes::Bytes;
use kubefuncs_nsq::{Address, LostReason, PublishError, Publishing, Receipt};
use tokio::time::{Instant, timeout, timeout_at};

use super::Shared;
use super::kept::Key;

/// How long a broker may take to confirm an answer before another broker gets it, too. The one who
/// waits is subscribed at all of them, and a second answer is nothing to it.
pub(super) const CONFIRM: Duration = Duration::from_secs(1);

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
    /// The acknowledgement, or the return, of a message. Nobody need wait for word of it: there is
    /// nothing to be done about it.
    pub(super) fn message(_: Receipt) -> Self {
        Self::Nothing
    }

    /// The message is not ours any more: it comes again, here or elsewhere.
    pub(super) fn lost(id: &str, reason: LostReason) -> Self {
        tracing::warn!(
            event = id,
            ?reason,
            "a message was lost while it was handled"
        );
        Self::Nothing
    }

    /// What is to be confirmed.
    pub(super) fn publishing(&self) -> Option<&Publishing> {
        match self {
            Self::Answer { publishing, .. } | Self::Buried { publishing, .. } => Some(publishing),
            Self::Nothing => None,
        }
    }

    pub(super) fn is_answer(&self) -> bool {
        matches!(self, Self::Answer { .. })
    }

    /// Whether it is an answer that is confirmed: nothing is left to be done.
    pub(super) fn is_over(&self) -> bool {
        self.is_answer()
            && matches!(
                self.publishing().and_then(Publishing::outcome),
                Some(Ok(()))
            )
    }
}

/// What became of a dead letter: where it is stored, its outcome is told.
pub(super) async fn buried(
    failure: Option<PublishError>,
    outcome: Option<Letter>,
    shared: &Shared,
) {
    if let Some(error) = failure {
        tracing::warn!(%error, "a dead letter was not confirmed");
    } else if let Some(outcome) = outcome {
        elsewhere(&outcome, true, shared).await;
    }
}

/// An answer that the broker has not confirmed is kept, since the request comes again and is not to
/// be run again; and another broker gets it.
pub(super) async fn unconfirmed(letter: Letter, fault: String, shared: &Shared) {
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
