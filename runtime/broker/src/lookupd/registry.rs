//! What a directory knows: which nsqd has which topics and channels.

use std::collections::BTreeMap;
use std::time::Duration;

use kubefuncs_nsq_proto::{Channel, Topic};
use tokio::time::Instant;

/// A registered nsqd, for as long as it is connected; never used twice.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct PeerId(u64);

/// What an nsqd says about itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Peer {
    pub(crate) remote_address: String,
    pub(crate) hostname: String,
    pub(crate) broadcast_address: String,
    pub(crate) tcp_port: u16,
    pub(crate) http_port: u16,
    pub(crate) version: String,
}

/// A topic, or a channel of one.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Key {
    pub(crate) topic: Topic,
    pub(crate) channel: Option<Channel>,
}

/// One nsqd's entry under a key: when it was last tombstoned there.
#[derive(Clone, Copy, Debug, Default)]
struct Entry {
    tombstoned: Option<Instant>,
}

/// One nsqd's entry, as it is told: times are how long ago.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Listing<'a> {
    pub(crate) peer: &'a Peer,
    pub(crate) seen: Duration,
    pub(crate) tombstoned: Option<Duration>,
}

/// The registrations of one nsqlookupd. A key outlives its entries, as it does there.
#[derive(Debug)]
pub(crate) struct Registry {
    peers: BTreeMap<PeerId, (Peer, Instant)>,
    keys: BTreeMap<Key, BTreeMap<PeerId, Entry>>,
    last: u64,
    inactive_after: Duration,
    tombstone_for: Duration,
}

impl Registry {
    pub(crate) fn new(inactive_after: Duration, tombstone_for: Duration) -> Self {
        Self {
            peers: BTreeMap::new(),
            keys: BTreeMap::new(),
            last: 0,
            inactive_after,
            tombstone_for,
        }
    }

    pub(crate) fn join(&mut self, peer: Peer, now: Instant) -> PeerId {
        self.last += 1;
        let id = PeerId(self.last);
        self.peers.insert(id, (peer, now));
        id
    }

    /// The nsqd's connection is closed: it is gone from everywhere at once.
    pub(crate) fn leave(&mut self, id: PeerId) {
        self.peers.remove(&id);
        for entries in self.keys.values_mut() {
            entries.remove(&id);
        }
    }

    pub(crate) fn ping(&mut self, id: PeerId, now: Instant) {
        if let Some((_, seen)) = self.peers.get_mut(&id) {
            *seen = now;
        }
    }

    /// A channel's registration is one of its topic, too.
    pub(crate) fn register(&mut self, id: PeerId, key: Key) {
        let topic = Key {
            topic: key.topic.clone(),
            channel: None,
        };
        for key in [key, topic] {
            self.keys.entry(key).or_default().entry(id).or_default();
        }
    }

    /// A topic takes its channels along. An ephemeral key goes with its last entry.
    pub(crate) fn unregister(&mut self, id: PeerId, key: &Key) {
        if key.channel.is_none() {
            for (other, entries) in &mut self.keys {
                if other.topic == key.topic {
                    entries.remove(&id);
                }
            }
        }
        let Some(entries) = self.keys.get_mut(key) else {
            return;
        };
        entries.remove(&id);
        let ephemeral = match &key.channel {
            Some(channel) => channel.is_ephemeral(),
            None => key.topic.is_ephemeral(),
        };
        if entries.is_empty() && ephemeral {
            self.keys.remove(key);
        }
    }

    /// Makes a key known without an nsqd.
    pub(crate) fn create(&mut self, key: Key) {
        if key.channel.is_some() {
            self.keys
                .entry(Key {
                    topic: key.topic.clone(),
                    channel: None,
                })
                .or_default();
        }
        self.keys.entry(key).or_default();
    }

    /// Forgets a topic with its channels; nsqds are not told.
    pub(crate) fn delete_topic(&mut self, topic: &str) {
        self.keys.retain(|key, _| key.topic.as_str() != topic);
    }

    /// Forgets a channel; whether it was known.
    pub(crate) fn delete_channel(&mut self, key: &Key) -> bool {
        self.keys.remove(key).is_some()
    }

    /// Hides one nsqd (`broadcast_address:http_port`) from the lookups of a topic for a while.
    pub(crate) fn tombstone(&mut self, topic: &str, node: &str, now: Instant) {
        for (key, entries) in &mut self.keys {
            if key.channel.is_some() || key.topic.as_str() != topic {
                continue;
            }
            for (id, entry) in entries {
                let named = self.peers.get(id).is_some_and(|(peer, _)| {
                    format!("{}:{}", peer.broadcast_address, peer.http_port) == node
                });
                if named {
                    entry.tombstoned = Some(now);
                }
            }
        }
    }

    pub(crate) fn topics(&self) -> Vec<String> {
        let topics = self.keys.keys().filter(|key| key.channel.is_none());
        topics.map(|key| key.topic.to_string()).collect()
    }

    pub(crate) fn channels(&self, topic: &str) -> Vec<Channel> {
        let keys = self.keys.keys().filter(|key| key.topic.as_str() == topic);
        keys.filter_map(|key| key.channel.clone()).collect()
    }

    /// The active nsqds of a topic; `None` when its name was never registered.
    pub(crate) fn producers(&self, topic: &str, now: Instant) -> Option<Vec<&Peer>> {
        let mut keys = self.keys.iter();
        let (_, entries) =
            keys.find(|(key, _)| key.channel.is_none() && key.topic.as_str() == topic)?;
        let active = entries.iter().filter_map(|(id, entry)| {
            let (peer, seen) = self.peers.get(id)?;
            (self.is_active(*seen, now) && !self.is_tombstoned(*entry, now)).then_some(peer)
        });
        Some(active.collect())
    }

    /// All active nsqds, tombstoned or not, each with its topics and whether it is tombstoned
    /// there.
    pub(crate) fn nodes(&self, now: Instant) -> Vec<(&Peer, Vec<(String, bool)>)> {
        let active = self
            .peers
            .iter()
            .filter(|(_, (_, seen))| self.is_active(*seen, now));
        let nodes = active.map(|(id, (peer, _))| {
            let topics = self.keys.iter().filter_map(|(key, entries)| {
                let entry = entries.get(id).filter(|_| key.channel.is_none())?;
                Some((key.topic.to_string(), self.is_tombstoned(*entry, now)))
            });
            (peer, topics.collect())
        });
        nodes.collect()
    }

    /// Every entry, under keys of kind, topic and channel; nsqds without a topic have one, too.
    pub(crate) fn entries(&self, now: Instant) -> Vec<(String, Listing<'_>)> {
        let listing = |id: &PeerId, entry: Entry| {
            let (peer, seen) = self.peers.get(id)?;
            Some(Listing {
                peer,
                seen: now.duration_since(*seen),
                tombstoned: entry.tombstoned.map(|at| now.duration_since(at)),
            })
        };
        let nsqds = self
            .peers
            .keys()
            .filter_map(|id| Some(("client::".to_owned(), listing(id, Entry::default())?)));
        let registered = self.keys.iter().flat_map(|(key, entries)| {
            let name = match &key.channel {
                Some(channel) => format!("channel:{}:{channel}", key.topic),
                None => format!("topic:{}:", key.topic),
            };
            entries
                .iter()
                .filter_map(move |(id, entry)| Some((name.clone(), listing(id, *entry)?)))
        });
        nsqds.chain(registered).collect()
    }

    fn is_active(&self, seen: Instant, now: Instant) -> bool {
        now.duration_since(seen) <= self.inactive_after
    }

    fn is_tombstoned(&self, entry: Entry, now: Instant) -> bool {
        entry
            .tombstoned
            .is_some_and(|at| now.duration_since(at) < self.tombstone_for)
    }
}
