//! What is left to wait for once a message is dealt with.

use bytes::Bytes;
use kubefuncs_nsq::{LostReason, Publishing, Receipt};

use super::kept::{Kept, Key};

/// What is left to wait for once a message is dealt with. The next message need not wait for it.
#[must_use]
pub(super) enum Settling {
    /// The acknowledgement, or the return, of a message.
    Message(Receipt),
    /// An answer, and the acknowledgement behind it.
    Answer {
        publishing: Publishing,
        key: Key,
        body: Bytes,
    },
    /// Nothing.
    Nothing,
}

impl Settling {
    pub(super) fn of(receipt: Receipt) -> Self {
        Self::Message(receipt)
    }

    pub(super) fn answer(publishing: Publishing, key: Key, body: Bytes) -> Self {
        Self::Answer {
            publishing,
            key,
            body,
        }
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

    /// Waits for what the broker says. An answer that it did not confirm is kept: the request comes
    /// again, and is not to be run again.
    pub(super) async fn settle(self, kept: &Kept) {
        match self {
            Self::Message(receipt) => {
                let settled = receipt.await;
                tracing::trace!(?settled, "a message is done with");
            }
            Self::Answer {
                publishing,
                key,
                body,
            } => {
                if let Err(error) = publishing.await {
                    tracing::warn!(event = key.id, %error, "an answer was not confirmed");
                    kept.keep(key, body);
                }
            }
            Self::Nothing => {}
        }
    }
}
