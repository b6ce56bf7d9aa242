//! Connections: who they are, and what they do with the channel they subscribed to.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::time::Duration;

use kubefuncs_nsq_proto::{Channel as ChannelName, Topic as TopicName};

use super::channel::{Channel, NotHeld, Take};
use super::{ClientId, Effects, Full, Id, Nsqd};
use crate::clock::Now;

/// How far a connection has come; the numbers are those of `/stats`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Phase {
    Init = 0,
    Subscribed = 3,
    Closing = 4,
}

/// One connection.
#[derive(Clone, Debug)]
pub(crate) struct Client {
    pub(crate) remote: SocketAddr,
    pub(crate) client_id: String,
    pub(crate) hostname: String,
    pub(crate) user_agent: String,
    pub(crate) sample_rate: u8,
    pub(crate) snappy: bool,
    pub(crate) deflate: bool,
    pub(crate) tls: Option<Encryption>,
    pub(crate) authed: Option<Authed>,
    pub(crate) phase: Phase,
    pub(crate) connected: Now,
    pub(crate) subscription: Option<(TopicName, ChannelName)>,
    /// Messages published, by topic.
    pub(crate) published: BTreeMap<TopicName, u64>,
}

/// Which TLS a client speaks, as `/stats` names it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Encryption {
    pub(crate) cipher_suite: String,
    pub(crate) version: &'static str,
}

/// Who a client is by the word of an auth server.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Authed {
    pub(crate) identity: String,
    pub(crate) identity_url: String,
    /// Whether it may do anything.
    pub(crate) permitted: bool,
}

impl Nsqd {
    pub(crate) fn connect(&mut self, remote: SocketAddr, now: Now) -> ClientId {
        self.last_client += 1;
        let id = ClientId(self.last_client);
        let name = remote.ip().to_string();
        let client = Client {
            remote,
            client_id: name.clone(),
            hostname: name,
            user_agent: String::new(),
            sample_rate: 0,
            snappy: false,
            deflate: false,
            tls: None,
            authed: None,
            phase: Phase::Init,
            connected: now,
            subscription: None,
            published: BTreeMap::new(),
        };
        self.clients.insert(id, client);
        id
    }

    /// A channel that is ephemeral goes with its last client, and an ephemeral topic with its last
    /// channel.
    pub(crate) fn disconnect(&mut self, id: ClientId) {
        let client = self.clients.remove(&id);
        let Some((topic, channel)) = client.and_then(|client| client.subscription) else {
            return;
        };
        let Some(found) = self.topics.get_mut(&topic) else {
            return;
        };
        let Some(left) = found.channels.get_mut(&channel) else {
            return;
        };
        if left.unsubscribe(id, &mut self.effects) {
            self.remove_channel(&topic, &channel);
        }
    }

    pub(crate) fn client_mut(&mut self, id: ClientId) -> Option<&mut Client> {
        self.clients.get_mut(&id)
    }

    /// SUB.
    ///
    /// # Errors
    /// Why not, in nsqd's words.
    pub(crate) fn subscribe(
        &mut self,
        id: ClientId,
        topic: &TopicName,
        channel: &ChannelName,
        now: Now,
    ) -> Result<(), String> {
        let full = |_: Full| "too many topics or channels".to_owned();
        self.add_channel(topic, channel, now).map_err(full)?;
        let most = self.config.nsqd.max_channel_consumers;
        if let Some(found) = self.channel_mut(topic, channel) {
            if most != 0 && found.consumers().len() >= most {
                return Err(format!(
                    "consumers for {topic}:{channel} exceeds limit of {most}"
                ));
            }
            found.subscribe(id);
        }
        if let Some(client) = self.clients.get_mut(&id) {
            client.phase = Phase::Subscribed;
            client.subscription = Some((topic.clone(), channel.clone()));
            self.effects.wake.push(id);
        }
        Ok(())
    }

    pub(crate) fn phase(&self, id: ClientId) -> Phase {
        self.clients
            .get(&id)
            .map_or(Phase::Init, |client| client.phase)
    }

    /// Runs `f` on the channel of `id`. `None` when there is none, or it was deleted.
    fn subscribed<R>(
        &mut self,
        id: ClientId,
        f: impl FnOnce(&mut Channel, &mut Effects) -> R,
    ) -> Option<R> {
        let (topic, channel) = self.clients.get(&id)?.subscription.as_ref()?;
        let channel = self.topics.get_mut(topic)?.channels.get_mut(channel)?;
        // A channel of the same name, made after the deletion of ours, does not know us.
        if !channel.consumers().contains_key(&id) {
            return None;
        }
        Some(f(channel, &mut self.effects))
    }

    /// RDY.
    pub(crate) fn set_ready(&mut self, id: ClientId, count: i64) {
        self.subscribed(id, |channel, effects| channel.set_ready(id, count, effects));
    }

    /// CLS: nothing new is delivered, everything else goes on.
    pub(crate) fn start_close(&mut self, id: ClientId) {
        self.set_ready(id, 0);
        if let Some(client) = self.clients.get_mut(&id) {
            client.phase = Phase::Closing;
        }
    }

    /// FIN.
    pub(crate) fn finish(&mut self, id: ClientId, message: &Id) -> Result<(), NotHeld> {
        self.subscribed(id, |channel, effects| channel.finish(id, message, effects))
            .unwrap_or(Err(NotHeld::NotInFlight))
    }

    /// REQ.
    pub(crate) fn requeue(
        &mut self,
        id: ClientId,
        message: &Id,
        delay: Duration,
        now: Now,
    ) -> Result<(), NotHeld> {
        self.subscribed(id, |channel, effects| {
            channel.requeue(id, message, delay, now, effects)
        })
        .unwrap_or(Err(NotHeld::NotInFlight))
    }

    /// TOUCH.
    pub(crate) fn touch(
        &mut self,
        id: ClientId,
        message: &Id,
        timeout: Duration,
        now: Now,
    ) -> Result<(), NotHeld> {
        let longest = self.config.nsqd.max_msg_timeout;
        self.subscribed(id, |channel, _| {
            channel.touch(id, message, timeout, longest, now)
        })
        .unwrap_or(Err(NotHeld::NotInFlight))
    }

    /// The next message for `id`. Of a hundred, `sample_rate` + 1 are kept when it is above 0, as
    /// nsqd counts.
    pub(crate) fn take(
        &mut self,
        id: ClientId,
        timeout: Duration,
        sample_rate: u8,
        now: Now,
    ) -> Take {
        let mut dice = self.scan.dice();
        let keep = || sample_rate == 0 || dice.below(100) <= usize::from(sample_rate);
        self.subscribed(id, |channel, effects| {
            channel.take(id, timeout, now, keep, effects)
        })
        .unwrap_or(Take::NotReady)
    }
}
