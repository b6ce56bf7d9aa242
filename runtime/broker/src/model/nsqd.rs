//! All of it: topics, clients, and what they ask of the world.

use std::collections::BTreeMap;
use std::sync::Arc;

use kubefuncs_nsq_proto::{Channel as ChannelName, Topic as TopicName};

use super::channel::Channel;
use super::clients::Client;
use super::scan::Scan;
use super::topic::Topic;
use super::{Announcement, ClientId, Effects, Full};
use crate::clock::Now;
use crate::config::BrokerConfig;
use crate::memory::Ledger;

/// The state of one nsqd.
#[derive(Debug)]
pub(crate) struct Nsqd {
    pub(super) config: Arc<BrokerConfig>,
    pub(super) ledger: Ledger,
    pub(super) topics: BTreeMap<TopicName, Topic>,
    pub(super) clients: BTreeMap<ClientId, Client>,
    pub(super) effects: Effects,
    pub(super) scan: Scan,
    pub(super) last_client: u64,
    /// Whether the last write beyond `mem-queue-size` found room; nsqd's `/ping`.
    pub(super) healthy: bool,
    pub(super) started: Now,
}

impl Nsqd {
    pub(crate) fn new(config: Arc<BrokerConfig>, now: Now, seed: u64) -> Self {
        Self {
            ledger: Ledger::new(config.bounds.memory_bytes),
            config,
            topics: BTreeMap::new(),
            clients: BTreeMap::new(),
            effects: Effects::default(),
            scan: Scan::new(seed),
            last_client: 0,
            healthy: true,
            started: now,
        }
    }

    /// What the changes since the last call ask for.
    pub(crate) fn take_effects(&mut self) -> Effects {
        std::mem::take(&mut self.effects)
    }

    pub(crate) fn has_topic(&self, name: &TopicName) -> bool {
        self.topics.contains_key(name)
    }

    /// The topic of this name; a new one gets `channels` before the first message.
    ///
    /// # Errors
    /// [`Full`] when there are as many topics as there may be.
    pub(crate) fn add_topic(
        &mut self,
        name: &TopicName,
        channels: &[ChannelName],
        now: Now,
    ) -> Result<(), Full> {
        if self.topics.contains_key(name) {
            return Ok(());
        }
        if self.topics.len() >= self.config.bounds.topics {
            return Err(Full);
        }
        let capacity = self.config.nsqd.mem_queue_size;
        let topic = Topic::new(capacity, name.is_ephemeral(), self.config.nsqd.node_id);
        self.topics.insert(name.clone(), topic);
        self.announce(true, name, None);
        for channel in channels {
            self.add_channel(name, channel, now)?;
        }
        Ok(())
    }

    /// The channel of this name, made if need be, and its topic too.
    ///
    /// # Errors
    /// [`Full`] when the topic has as many channels as it may have.
    pub(crate) fn add_channel(
        &mut self,
        topic: &TopicName,
        name: &ChannelName,
        now: Now,
    ) -> Result<(), Full> {
        self.add_topic(topic, &[], now)?;
        let most = self.config.bounds.channels_per_topic;
        if let Some(found) = self.topics.get_mut(topic) {
            if !found.channels.contains_key(name) && found.channels.len() >= most {
                return Err(Full);
            }
            if found.add_channel(name, now, &mut self.effects) {
                self.announce(true, topic, Some(name));
            }
        }
        Ok(())
    }

    pub(super) fn channel_mut(
        &mut self,
        topic: &TopicName,
        channel: &ChannelName,
    ) -> Option<&mut Channel> {
        self.topics.get_mut(topic)?.channels.get_mut(channel)
    }

    pub(super) fn announce(
        &mut self,
        exists: bool,
        topic: &TopicName,
        channel: Option<&ChannelName>,
    ) {
        self.effects.announce.push(Announcement {
            exists,
            topic: topic.clone(),
            channel: channel.cloned(),
        });
    }

    /// Everything that is registered with a directory on connecting to it.
    pub(crate) fn announcements(&self) -> Vec<Announcement> {
        let mut all = Vec::new();
        for (name, topic) in &self.topics {
            let one = |channel: Option<&ChannelName>| Announcement {
                exists: true,
                topic: name.clone(),
                channel: channel.cloned(),
            };
            all.push(one(None));
            all.extend(topic.channels.keys().map(|channel| one(Some(channel))));
        }
        all
    }

    /// As after SIGTERM and a new start: queues are kept with their attempts, also what was in
    /// flight or deferred, but no delay; whatever is ephemeral is gone.
    pub(crate) fn restart(&mut self, now: Now) {
        self.clients.clear();
        self.topics.retain(|_, topic| !topic.is_ephemeral());
        self.topics.values_mut().for_each(Topic::restart);
        self.start_again(now);
    }

    /// As after SIGKILL and a new start: topics and channels are there, with their pauses; every
    /// message is lost.
    pub(crate) fn crash(&mut self, now: Now) {
        self.restart(now);
        for topic in self.topics.values_mut() {
            topic.empty();
            for channel in topic.channels.values_mut() {
                channel.empty(&mut self.effects);
            }
        }
        self.start_again(now);
    }

    /// Runs again, from now on.
    pub(crate) fn boot(&mut self, now: Now) {
        self.started = now;
    }

    /// In seconds since 1970.
    pub(crate) fn start_time(&self) -> i64 {
        self.started.wall_ns / 1_000_000_000
    }

    fn start_again(&mut self, now: Now) {
        self.scan.forget();
        self.effects = Effects::default();
        self.healthy = true;
        self.started = now;
    }
}
