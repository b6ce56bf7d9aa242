//! What an operator does over HTTP.

use kubefuncs_nsq_proto::{Channel as ChannelName, Topic as TopicName};

use super::Nsqd;
use crate::clock::Now;

/// What an operator named does not exist.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum NotFound {
    Topic,
    Channel,
}

impl Nsqd {
    /// Deletes a topic with all its channels; their consumers are disconnected.
    pub(crate) fn remove_topic(&mut self, name: &TopicName) -> Result<(), NotFound> {
        let topic = self.topics.remove(name).ok_or(NotFound::Topic)?;
        for (channel, state) in &topic.channels {
            self.effects.close.extend(state.consumers().keys());
            self.announce(false, name, Some(channel));
        }
        self.announce(false, name, None);
        Ok(())
    }

    /// Deletes a channel; its consumers are disconnected. The last one of an ephemeral topic takes
    /// the topic along.
    pub(crate) fn remove_channel(&mut self, topic: &TopicName, name: &ChannelName) {
        let Some(state) = self.topics.get_mut(topic) else {
            return;
        };
        let Some(channel) = state.channels.remove(name) else {
            return;
        };
        let last = state.channels.is_empty() && state.is_ephemeral();
        self.effects.close.extend(channel.consumers().keys());
        self.announce(false, topic, Some(name));
        if last {
            // It exists: it was just looked at.
            let _ = self.remove_topic(topic);
        }
    }

    /// Whether both exist.
    pub(crate) fn find(
        &self,
        topic: &TopicName,
        channel: Option<&ChannelName>,
    ) -> Result<(), NotFound> {
        let topic = self.topics.get(topic).ok_or(NotFound::Topic)?;
        match channel {
            Some(channel) if !topic.channels.contains_key(channel) => Err(NotFound::Channel),
            _ => Ok(()),
        }
    }

    pub(crate) fn empty_topic(&mut self, name: &TopicName) {
        if let Some(topic) = self.topics.get_mut(name) {
            topic.empty();
        }
    }

    pub(crate) fn empty_channel(&mut self, topic: &TopicName, name: &ChannelName) {
        if let Some(topic) = self.topics.get_mut(topic)
            && let Some(channel) = topic.channels.get_mut(name)
        {
            channel.empty(&mut self.effects);
        }
    }

    pub(crate) fn pause_topic(&mut self, name: &TopicName, paused: bool, now: Now) {
        if let Some(topic) = self.topics.get_mut(name) {
            topic.set_paused(paused, now, &mut self.effects);
        }
    }

    pub(crate) fn pause_channel(&mut self, topic: &TopicName, name: &ChannelName, paused: bool) {
        if let Some(topic) = self.topics.get_mut(topic)
            && let Some(channel) = topic.channels.get_mut(name)
        {
            channel.set_paused(paused, &mut self.effects);
        }
    }

    /// `OK`, or why the last write beyond memory failed.
    pub(crate) fn health(&self) -> Result<(), &'static str> {
        if self.healthy {
            Ok(())
        } else {
            Err("NOK - no room left for messages")
        }
    }
}
