//! What a connection has to say: commands that are to be written, and those whose answer is due.

use std::sync::Arc;

use bytes::BytesMut;
use kubefuncs_nsq_proto::{Command, ErrorCode, MessageId, ServerError};
use tokio::time::Instant;

use super::batch::Batch;
use super::pending::{Pending, settle, settle_at};
use crate::ledger::{Ledger, Outcome};
use crate::node::Vitals;
use crate::publish::PublishSlot;

/// The largest empty write buffer that is kept.
const KEPT: usize = 256 << 10;

/// The most bytes of publishes that are joined: with more there is little to be gained.
const JOINED: usize = 64 << 10;

pub(super) struct Output {
    /// Bytes to be written.
    pub(super) bytes: BytesMut,
    /// Publishes behind those bytes, and before anything else.
    batch: Batch,
    ledger: Ledger<Pending>,
    /// Bytes ever queued, and of those written.
    queued: u64,
    written: u64,
    vitals: Arc<Vitals>,
}

impl Output {
    pub(super) fn new(max_body: usize, vitals: Arc<Vitals>) -> Self {
        Self {
            bytes: BytesMut::new(),
            batch: Batch::new(JOINED.min(max_body)),
            ledger: Ledger::default(),
            queued: 0,
            written: 0,
            vitals,
        }
    }

    /// Whether nothing is to be written.
    pub(super) fn is_empty(&self) -> bool {
        self.bytes.is_empty() && self.batch.is_empty()
    }

    /// How many bytes are to be written, about.
    pub(super) fn len(&self) -> usize {
        self.bytes.len() + self.batch.size()
    }

    /// A command that nsqd does not answer, and of which nobody need hear.
    pub(super) fn tell(&mut self, command: &Command) {
        self.join();
        self.encode(command);
    }

    /// A command that nsqd answers.
    pub(super) fn ask(&mut self, command: &Command, pending: Pending, now: Instant) {
        self.join();
        let end = self.encode(command);
        self.ledger.push(end, now, pending);
    }

    /// A command that nsqd does not answer when it succeeds, and of which somebody waits to hear.
    pub(super) fn mark(&mut self, command: &Command, pending: Pending, now: Instant) {
        self.join();
        let end = self.encode(command);
        self.ledger.push_mark(end, now, pending);
    }

    /// A publish; with those around it, if it may be joined. `false`: it was taken back.
    pub(super) fn publish(
        &mut self,
        command: Command,
        slot: PublishSlot,
        joins: bool,
        now: Instant,
    ) -> bool {
        if !slot.take() {
            slot.settle(Outcome::NotSent, now);
            return false;
        }
        if !joins || self.batch.is_empty() && self.vitals.are_apart(now) {
            self.ask(&command, Pending::Publish(slot), now);
        } else if let Err((command, slot)) = self.batch.push(command, slot, now) {
            self.join();
            // An empty batch takes anything.
            let _ = self.batch.push(command, slot, now);
        }
        true
    }

    /// FIN of the message that the last publish answers, behind the command it is in.
    pub(super) fn finish(&mut self, id: MessageId) {
        if !self.batch.answers(id) {
            self.encode(&Command::finish(id));
        }
    }

    /// Nothing is joined to what was queued so far.
    pub(super) fn join(&mut self) {
        if let Some(joined) = self.batch.take() {
            let end = self.encode(&joined.command);
            let pending = Pending::Joined(joined.slots);
            self.ledger.push(end, joined.queued, pending);
            for id in joined.answered {
                self.encode(&Command::finish(id));
            }
        }
    }

    /// So many more bytes were written.
    pub(super) fn wrote(&mut self, bytes: usize) {
        self.written += bytes as u64;
        // One large message should not pin its size for the life of the connection.
        if self.bytes.is_empty() && self.bytes.capacity() > KEPT {
            self.bytes = BytesMut::new();
        }
        self.ledger.written(self.written, settle);
    }

    /// Whether more is published than one message at a time.
    pub(super) fn is_crowded(&self) -> bool {
        self.batch.count() > 1 || self.ledger.answers_due() > 0
    }

    /// How many answers of nsqd are due.
    pub(super) fn answers_due(&self) -> usize {
        self.ledger.answers_due()
    }

    /// Since when the oldest of them is.
    pub(super) fn oldest_due(&self) -> Option<Instant> {
        self.ledger.oldest()
    }

    /// An answer came. `false`: none was due.
    pub(super) fn answered(&mut self, now: Instant) -> bool {
        self.ledger
            .answer(|pending, outcome| settle_at(pending, outcome, now))
    }

    /// nsqd said why it closes the connection. What it refused once it may refuse again: for a while
    /// nothing else is to depend on it.
    pub(super) fn refused(&mut self, error: &ServerError, now: Instant) {
        self.join();
        let about_size = matches!(error.code, ErrorCode::BadBody | ErrorCode::BadMessage);
        self.vitals.keep_apart(now);
        self.ledger.refuse(error, |pending, outcome| {
            let outcome = match (&pending, outcome) {
                // One of them is too large, or all together. None is stored, and by itself each gets
                // what it deserves.
                (Pending::Joined(slots), Outcome::Rejected(_)) if about_size && slots.len() > 1 => {
                    Outcome::NotSent
                }
                (_, outcome) => outcome,
            };
            settle_at(pending, outcome, now);
        });
    }

    /// The connection is over.
    pub(super) fn lost(&mut self) {
        self.join();
        self.ledger.lose(self.written, settle);
    }

    /// Takes out the FIN or REQ of a message, if somebody waits to hear of it.
    pub(super) fn take_receipt(&mut self, id: MessageId) -> Option<Pending> {
        self.ledger
            .take_mark(|mark| matches!(mark, Pending::Receipt(of, _) if *of == id))
    }

    fn encode(&mut self, command: &Command) -> u64 {
        let before = self.bytes.len();
        command.encode(&mut self.bytes);
        self.queued += (self.bytes.len() - before) as u64;
        self.queued
    }
}
