//! A queue in two parts, as nsqd has them: memory of a fixed length, and what does not fit there.

use std::collections::VecDeque;

use super::Message;

/// Messages of a topic or channel that wait for somebody to take them.
///
/// nsqd keeps the second part on disk. Here it is in memory too, bounded by the broker's
/// [`Ledger`](crate::memory::Ledger). nsqd reads the two parts at random; here they take turns.
#[derive(Debug)]
pub(crate) struct Queue {
    memory: VecDeque<Message>,
    backlog: VecDeque<Message>,
    capacity: usize,
    ephemeral: bool,
    backlog_is_next: bool,
}

/// What became of a message that was put into a queue.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Put {
    InMemory,
    InBacklog,
    /// The queue is ephemeral and full: nsqd says OK and forgets.
    Dropped,
}

impl Queue {
    pub(crate) fn new(capacity: usize, ephemeral: bool) -> Self {
        Self {
            memory: VecDeque::new(),
            backlog: VecDeque::new(),
            capacity,
            ephemeral,
            backlog_is_next: false,
        }
    }

    /// Appends. `awaited`: somebody waits for a message and takes it at once, so that even a queue
    /// without memory has room for it.
    pub(crate) fn put(&mut self, mut message: Message, awaited: bool) -> Put {
        if self.memory.len() < self.capacity || awaited {
            self.memory.push_back(message);
            Put::InMemory
        } else if self.ephemeral {
            Put::Dropped
        } else {
            // nsqd's file has no field for it: a deferred message that spills is not deferred.
            message.deferred_ns = 0;
            self.backlog.push_back(message);
            Put::InBacklog
        }
    }

    pub(crate) fn take(&mut self) -> Option<Message> {
        let (first, second) = if self.backlog_is_next {
            (&mut self.backlog, &mut self.memory)
        } else {
            (&mut self.memory, &mut self.backlog)
        };
        let message = first.pop_front().or_else(|| second.pop_front());
        self.backlog_is_next = !self.backlog_is_next && !self.backlog.is_empty();
        message
    }

    pub(crate) fn len(&self) -> usize {
        self.memory.len() + self.backlog.len()
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.len() == 0
    }

    pub(crate) fn backlog_len(&self) -> usize {
        self.backlog.len()
    }

    pub(crate) fn clear(&mut self) {
        self.memory.clear();
        self.backlog.clear();
    }

    /// Moves everything, and `more` behind it, to the second part, as a clean end of nsqd does.
    pub(crate) fn flush(&mut self, more: impl Iterator<Item = Message>) {
        for mut message in std::mem::take(&mut self.memory).into_iter().chain(more) {
            message.deferred_ns = 0;
            self.backlog.push_back(message);
        }
    }
}
