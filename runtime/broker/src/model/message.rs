//! A message in a queue.

use std::sync::Arc;

use bytes::Bytes;

use crate::memory::{Charge, Ledger, SLOT};

/// The sixteen bytes by which a message is answered: what a client sends need not be text.
pub(crate) type Id = [u8; 16];

/// One place in a queue, or among what is in flight or deferred. Copies for several channels share
/// the body.
#[derive(Debug)]
pub(crate) struct Message {
    pub(crate) id: Id,
    /// When it was published, in nanoseconds since 1970.
    pub(crate) timestamp_ns: i64,
    /// Deliveries so far; wraps.
    pub(crate) attempts: u16,
    /// How long a channel holds it back when the topic hands it over, in nanoseconds.
    pub(crate) deferred_ns: i64,
    body: Arc<Body>,
    ledger: Ledger,
    _slot: Charge,
}

#[derive(Debug)]
struct Body {
    bytes: Bytes,
    _charge: Charge,
}

impl Message {
    pub(crate) fn new(id: Id, timestamp_ns: i64, bytes: Bytes, ledger: &Ledger) -> Self {
        Self {
            id,
            timestamp_ns,
            attempts: 0,
            deferred_ns: 0,
            body: Arc::new(Body {
                _charge: ledger.charge(bytes.len()),
                bytes,
            }),
            ledger: ledger.clone(),
            _slot: ledger.charge(SLOT),
        }
    }

    /// The same message for another channel, not yet delivered there.
    pub(crate) fn copy(&self) -> Self {
        Self {
            id: self.id,
            timestamp_ns: self.timestamp_ns,
            attempts: 0,
            deferred_ns: self.deferred_ns,
            body: Arc::clone(&self.body),
            ledger: self.ledger.clone(),
            _slot: self.ledger.charge(SLOT),
        }
    }

    pub(crate) fn body(&self) -> &Bytes {
        &self.body.bytes
    }
}
