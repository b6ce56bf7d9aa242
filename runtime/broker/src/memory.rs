//! What the broker's messages weigh, and how much they may.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

/// The bytes that one place in a queue is counted as, beside the body.
pub(crate) const SLOT: usize = 128;

/// Counts the bytes of all messages of one broker. Clones count together.
#[derive(Clone, Debug)]
pub(crate) struct Ledger {
    used: Arc<AtomicUsize>,
    limit: usize,
}

/// Bytes that are counted until this is dropped.
#[derive(Debug)]
pub(crate) struct Charge {
    used: Arc<AtomicUsize>,
    bytes: usize,
}

impl Ledger {
    pub(crate) fn new(limit: usize) -> Self {
        Self {
            used: Arc::default(),
            limit,
        }
    }

    /// Whether a message with a body of `bytes` may be taken in.
    pub(crate) fn has_room(&self, bytes: usize) -> bool {
        self.used() + bytes + SLOT <= self.limit
    }

    pub(crate) fn used(&self) -> usize {
        self.used.load(Ordering::Relaxed)
    }

    /// Counts `bytes`, beyond the limit if need be: copies for channels are made, not refused.
    pub(crate) fn charge(&self, bytes: usize) -> Charge {
        self.used.fetch_add(bytes, Ordering::Relaxed);
        Charge {
            used: Arc::clone(&self.used),
            bytes,
        }
    }
}

impl Drop for Charge {
    fn drop(&mut self) {
        self.used.fetch_sub(self.bytes, Ordering::Relaxed);
    }
}
