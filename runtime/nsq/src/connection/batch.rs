//! Publishes to one topic that are queued one behind the other, and go out as one command.
//!
//! nsqd answers each PUB by a write of its own, which is most of what a small message costs it; an
//! MPUB it answers once. But when it fails half-way nobody knows which messages are stored, so
//! joined are only those whose publishers can live with that. Pure.

use kubefuncs_nsq_proto::{Command, MessageId};
use tokio::time::Instant;

use crate::publish::PublishSlot;

/// Publishes that are not encoded yet.
#[derive(Debug)]
pub(super) struct Batch {
    /// The most bytes that go out as one command.
    limit: usize,
    size: usize,
    joined: Option<Joined>,
}

/// Publishes as one command.
#[derive(Debug)]
pub(super) struct Joined {
    pub(super) command: Command,
    pub(super) slots: Vec<PublishSlot>,
    /// When the first of them was queued.
    pub(super) queued: Instant,
    /// The messages that they answer.
    pub(super) answered: Vec<MessageId>,
}

impl Batch {
    pub(super) fn new(limit: usize) -> Self {
        Self {
            limit,
            size: 0,
            joined: None,
        }
    }

    pub(super) fn is_empty(&self) -> bool {
        self.joined.is_none()
    }

    /// How many publishes it is made of.
    pub(super) fn count(&self) -> usize {
        self.joined.as_ref().map_or(0, |joined| joined.slots.len())
    }

    /// How many bytes it takes, about.
    pub(super) fn size(&self) -> usize {
        self.size
    }

    /// Takes a publish in, behind the others. What cannot go with them comes back, and is to be
    /// taken in once these are out.
    pub(super) fn push(
        &mut self,
        command: Command,
        slot: PublishSlot,
        now: Instant,
    ) -> Result<(), (Command, PublishSlot)> {
        let size = command.weight();
        match &mut self.joined {
            None => {
                self.joined = Some(Joined {
                    command,
                    slots: vec![slot],
                    queued: now,
                    answered: Vec::new(),
                });
            }
            Some(_) if self.size + size > self.limit => return Err((command, slot)),
            Some(joined) => match joined.command.join(command) {
                Ok(()) => joined.slots.push(slot),
                Err(command) => return Err((command, slot)),
            },
        }
        self.size += size;
        Ok(())
    }

    /// What was pushed last answers this message. `false`: it is out already.
    pub(super) fn answers(&mut self, id: MessageId) -> bool {
        let joined = self.joined.as_mut();
        joined.map(|joined| joined.answered.push(id)).is_some()
    }

    pub(super) fn take(&mut self) -> Option<Joined> {
        self.size = 0;
        self.joined.take()
    }
}
