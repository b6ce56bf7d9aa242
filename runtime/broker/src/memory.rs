//! What the broker's messages weigh, and how much they may. The same for what is being received.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

/// The bytes that one place in a queue is counted as, beside the body.
pub(crate) const SLOT: usize = 128;

/// Counts bytes: those of all messages of one broker, or of all bodies it receives. Clones count together.
#[derive(Clone, Debug)]
pub(crate) struct Ledger {
    used: Arc<AtomicUsize>,
    limit: usize,
}

/// Bytes that are counted until this is dropped.
#[derive(Debug)]
pub(crate) struct Charge {
    ledger: Ledger,
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
            ledger: self.clone(),
            bytes,
        }
    }
}

impl Charge {
    /// Counts so many more bytes, if they are within the limit.
    pub(crate) fn grow(&mut self, bytes: usize) -> bool {
        let limit = self.ledger.limit;
        let within = |used: usize| used.checked_add(bytes).filter(|sum| *sum <= limit);
        let grown = self
            .ledger
            .used
            .fetch_update(Ordering::Relaxed, Ordering::Relaxed, within)
            .is_ok();
        if grown {
            self.bytes += bytes;
        }
        grown
    }

    /// Counts nothing any more.
    pub(crate) fn clear(&mut self) {
        let bytes = std::mem::take(&mut self.bytes);
        self.ledger.used.fetch_sub(bytes, Ordering::Relaxed);
    }
}

impl Drop for Charge {
    fn drop(&mut self) {
        self.clear();
    }
}
