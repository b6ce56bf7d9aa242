//! From a body to a message in a topic.

use bytes::Bytes;
use kubefuncs_nsq_proto::Topic as TopicName;

use super::{ClientId, Full, Message, Nsqd};
use crate::clock::{Now, nanos};
use std::time::Duration;

impl Nsqd {
    /// Makes a message, and its topic if that has gone meanwhile. `None` means that the clock
    /// allows no new id: to be tried again in a millisecond.
    ///
    /// # Errors
    /// [`Full`] when there are as many topics or bytes as there may be.
    pub(crate) fn message(
        &mut self,
        topic: &TopicName,
        body: &Bytes,
        defer: Duration,
        now: Now,
    ) -> Result<Option<Message>, Full> {
        if !topic.is_ephemeral() && !self.ledger.has_room(body.len()) {
            self.healthy = false;
            return Err(Full);
        }
        self.add_topic(topic, &[], now)?;
        let Some(state) = self.topics.get_mut(topic) else {
            return Ok(None);
        };
        let mut message = state.message(body.clone(), now, &self.ledger);
        if let Some(message) = &mut message {
            message.deferred_ns = nanos(defer);
        }
        Ok(message)
    }

    /// Stores messages, in order. What comes before a failure stays, as with nsqd.
    ///
    /// # Errors
    /// [`Full`] as above.
    pub(crate) fn publish(
        &mut self,
        topic: &TopicName,
        messages: Vec<Message>,
        now: Now,
    ) -> Result<(), Full> {
        self.add_topic(topic, &[], now)?;
        if let Some(state) = self.topics.get_mut(topic) {
            for message in messages {
                let stored = state.publish(message, now, &self.ledger, &mut self.effects);
                self.healthy = stored.is_ok();
                stored?;
            }
        }
        Ok(())
    }

    /// Counts what a client has published.
    pub(crate) fn count_published(&mut self, id: ClientId, topic: &TopicName, count: u64) {
        if let Some(client) = self.clients.get_mut(&id) {
            *client.published.entry(topic.clone()).or_default() += count;
        }
    }
}
