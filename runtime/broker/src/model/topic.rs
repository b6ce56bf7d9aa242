//! A topic: a queue that runs into every channel.

use std::collections::BTreeMap;

use bytes::Bytes;
use kubefuncs_nsq_proto::Channel as ChannelName;

use super::channel::Channel;
use super::ids::Ids;
use super::queue::{Put, Queue};
use super::{Effects, Message};
use crate::clock::Now;
use crate::memory::Ledger;

/// One topic. Its queue holds messages only while there is no channel, or while it is paused.
#[derive(Debug)]
pub(crate) struct Topic {
    ephemeral: bool,
    paused: bool,
    capacity: usize,
    ids: Ids,
    queue: Queue,
    pub(crate) channels: BTreeMap<ChannelName, Channel>,
    pub(crate) counts: TopicCounts,
}

/// Counters since the topic was made.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct TopicCounts {
    pub(crate) messages: u64,
    pub(crate) bytes: u64,
}

/// The broker holds as many bytes as it may.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Full;

impl Topic {
    pub(crate) fn new(capacity: usize, ephemeral: bool, node: u16) -> Self {
        Self {
            ephemeral,
            paused: false,
            capacity,
            ids: Ids::new(node),
            queue: Queue::new(capacity, ephemeral),
            channels: BTreeMap::new(),
            counts: TopicCounts::default(),
        }
    }

    /// Gives a body its id; `None` means to try again in a millisecond.
    pub(crate) fn message(&mut self, body: Bytes, now: Now, ledger: &Ledger) -> Option<Message> {
        let id = self.ids.next(now.wall_ns)?;
        Some(Message::new(id, now.wall_ns, body, ledger))
    }

    /// Takes a message in. Past its length an ephemeral queue forgets it, and says nothing.
    pub(crate) fn publish(
        &mut self,
        message: Message,
        now: Now,
        ledger: &Ledger,
        effects: &mut Effects,
    ) -> Result<(), Full> {
        let size = message.body().len();
        // The message itself is counted already.
        if !ledger.has_room(0) && !self.ephemeral {
            return Err(Full);
        }
        self.counts.messages += 1;
        self.counts.bytes += size as u64;
        if !ledger.has_room(0) || self.queue.put(message, self.flows()) == Put::Dropped {
            tracing::debug!("an ephemeral topic is full: a message is dropped");
        }
        self.flow(now, effects);
        Ok(())
    }

    fn flows(&self) -> bool {
        !self.paused && !self.channels.is_empty()
    }

    /// Hands what is queued to every channel. The first channel of a topic gets all of the past.
    fn flow(&mut self, now: Now, effects: &mut Effects) {
        if !self.flows() {
            return;
        }
        while let Some(message) = self.queue.take() {
            let mut channels = self.channels.values_mut();
            let first = channels.next();
            for channel in channels {
                channel.publish(message.copy(), now, effects);
            }
            if let Some(first) = first {
                first.publish(message, now, effects);
            }
        }
    }

    /// The channel of this name, made if need be. Whether it was made.
    pub(crate) fn add_channel(
        &mut self,
        name: &ChannelName,
        now: Now,
        effects: &mut Effects,
    ) -> bool {
        if self.channels.contains_key(name) {
            return false;
        }
        let channel = Channel::new(self.capacity, name.is_ephemeral());
        self.channels.insert(name.clone(), channel);
        self.flow(now, effects);
        true
    }

    pub(crate) fn set_paused(&mut self, paused: bool, now: Now, effects: &mut Effects) {
        self.paused = paused;
        self.flow(now, effects);
    }

    /// Forgets what waits in the topic itself; its channels keep theirs.
    pub(crate) fn empty(&mut self) {
        self.queue.clear();
    }

    /// As after a clean restart.
    pub(crate) fn restart(&mut self) {
        self.queue.flush(std::iter::empty());
        self.counts = TopicCounts::default();
        self.channels.retain(|_, channel| !channel.is_ephemeral());
        self.channels.values_mut().for_each(Channel::restart);
    }

    pub(crate) fn is_ephemeral(&self) -> bool {
        self.ephemeral
    }

    pub(crate) fn is_paused(&self) -> bool {
        self.paused
    }

    /// Waiting messages: all, and those beyond `mem-queue-size`.
    pub(crate) fn depth(&self) -> (usize, usize) {
        (self.queue.len(), self.queue.backlog_len())
    }
}
