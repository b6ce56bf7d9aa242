//! The numbers of `/stats`, in nsqd's shape and order.

use kubefuncs_nsq_proto::Topic as TopicName;
use serde::Serialize;

use super::clients::{Client, Phase};
use super::consumer::ConsumerCounts;
use super::{ClientId, Nsqd};

/// What `/stats` may be narrowed to.
#[derive(Clone, Debug, Default)]
pub(crate) struct StatsQuery {
    pub(crate) topic: String,
    pub(crate) channel: String,
    pub(crate) clients: bool,
}

/// `topics` is missing when the topic asked for is.
#[derive(Debug, Serialize)]
pub(crate) struct Stats {
    pub(crate) topics: Option<Vec<TopicStats>>,
    pub(crate) producers: Option<Vec<ClientStats>>,
    pub(crate) used_bytes: usize,
    pub(crate) start_time: i64,
}

#[derive(Debug, Serialize)]
pub(crate) struct TopicStats {
    pub(crate) topic_name: String,
    pub(crate) channels: Vec<ChannelStats>,
    pub(crate) depth: usize,
    pub(crate) backend_depth: usize,
    pub(crate) message_count: u64,
    pub(crate) message_bytes: u64,
    pub(crate) paused: bool,
    pub(crate) e2e_processing_latency: Latency,
}

#[derive(Debug, Serialize)]
pub(crate) struct ChannelStats {
    pub(crate) channel_name: String,
    pub(crate) depth: usize,
    pub(crate) backend_depth: usize,
    pub(crate) in_flight_count: usize,
    pub(crate) deferred_count: usize,
    pub(crate) message_count: u64,
    pub(crate) requeue_count: u64,
    pub(crate) timeout_count: u64,
    pub(crate) client_count: usize,
    pub(crate) clients: Option<Vec<ClientStats>>,
    pub(crate) paused: bool,
    pub(crate) e2e_processing_latency: Latency,
}

#[derive(Debug, Serialize)]
pub(crate) struct ClientStats {
    pub(crate) client_id: String,
    pub(crate) hostname: String,
    pub(crate) version: &'static str,
    pub(crate) remote_address: String,
    pub(crate) state: u8,
    pub(crate) ready_count: i64,
    pub(crate) in_flight_count: i64,
    pub(crate) message_count: u64,
    pub(crate) finish_count: u64,
    pub(crate) requeue_count: u64,
    pub(crate) connect_ts: i64,
    pub(crate) sample_rate: u8,
    pub(crate) deflate: bool,
    pub(crate) snappy: bool,
    pub(crate) user_agent: String,
    #[serde(skip_serializing_if = "is_false")]
    pub(crate) authed: bool,
    #[serde(skip_serializing_if = "String::is_empty")]
    pub(crate) auth_identity: String,
    #[serde(skip_serializing_if = "String::is_empty")]
    pub(crate) auth_identity_url: String,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(crate) pub_counts: Vec<PublishCount>,
    pub(crate) tls: bool,
    pub(crate) tls_cipher_suite: String,
    pub(crate) tls_version: &'static str,
    pub(crate) tls_negotiated_protocol: &'static str,
    pub(crate) tls_negotiated_protocol_is_mutual: bool,
}

#[expect(
    clippy::trivially_copy_pass_by_ref,
    reason = "serde hands out references"
)]
fn is_false(value: &bool) -> bool {
    !value
}

#[derive(Debug, Serialize)]
pub(crate) struct PublishCount {
    pub(crate) topic: String,
    pub(crate) count: u64,
}

/// Not measured, as with an nsqd that is not told to.
#[derive(Debug, Default, Serialize)]
pub(crate) struct Latency {
    pub(crate) count: u64,
    pub(crate) percentiles: Option<()>,
}

impl Nsqd {
    pub(crate) fn stats(&self, query: &StatsQuery) -> Stats {
        let mut stats = Stats {
            topics: None,
            producers: None,
            used_bytes: self.ledger.used(),
            start_time: self.started.wall_ns / 1_000_000_000,
        };
        let wanted = |name: &TopicName| query.topic.is_empty() || name.as_str() == query.topic;
        if !query.topic.is_empty() && !self.topics.keys().any(wanted) {
            return stats;
        }
        let topics = self.topics.keys().filter(|name| wanted(name));
        stats.topics = Some(
            topics
                .filter_map(|name| self.topic_stats(name, query))
                .collect(),
        );
        if query.clients {
            let producers: Vec<_> = self
                .clients
                .iter()
                .filter(|(_, client)| !client.published.is_empty())
                .map(|(id, client)| self.client_stats(*id, client, query))
                .collect();
            stats.producers = Some(producers).filter(|producers| !producers.is_empty());
        }
        stats
    }

    fn topic_stats(&self, name: &TopicName, query: &StatsQuery) -> Option<TopicStats> {
        let topic = self.topics.get(name)?;
        let wanted = |name: &str| query.channel.is_empty() || name == query.channel;
        if !query.channel.is_empty() && !topic.channels.keys().any(|name| wanted(name.as_str())) {
            return None;
        }
        let (depth, backend_depth) = topic.depth();
        let channels = topic
            .channels
            .iter()
            .filter(|(name, _)| wanted(name.as_str()));
        let channels = channels.map(|(name, channel)| {
            let (depth, backend_depth) = channel.depth();
            let clients = channel.consumers().keys().filter_map(|id| {
                let client = self.clients.get(id)?;
                Some(self.client_stats(*id, client, query))
            });
            ChannelStats {
                channel_name: name.to_string(),
                depth,
                backend_depth,
                in_flight_count: channel.in_flight_count(),
                deferred_count: channel.deferred_count(),
                message_count: channel.counts.messages,
                requeue_count: channel.counts.requeued,
                timeout_count: channel.counts.timed_out,
                client_count: channel.consumers().len(),
                clients: query.clients.then(|| clients.collect()),
                paused: channel.is_paused(),
                e2e_processing_latency: Latency::default(),
            }
        });
        Some(TopicStats {
            topic_name: name.to_string(),
            channels: channels.collect(),
            depth,
            backend_depth,
            message_count: topic.counts.messages,
            message_bytes: topic.counts.bytes,
            paused: topic.is_paused(),
            e2e_processing_latency: Latency::default(),
        })
    }

    fn client_stats(&self, id: ClientId, client: &Client, query: &StatsQuery) -> ClientStats {
        let counts = self.consumer_counts(id, client);
        let wanted = |topic: &TopicName| query.topic.is_empty() || topic.as_str() == query.topic;
        // One topic, however many it publishes to: that is nsqd's.
        let published = client.published.iter().find(|(topic, _)| wanted(topic));
        let authed = client.authed.as_ref();
        let tls = client.tls.as_ref();
        ClientStats {
            client_id: client.client_id.clone(),
            hostname: client.hostname.clone(),
            version: "V2",
            remote_address: client.remote.to_string(),
            state: client.phase as u8,
            ready_count: counts.ready,
            in_flight_count: counts.in_flight,
            message_count: counts.messages,
            finish_count: counts.finished,
            requeue_count: counts.requeued,
            connect_ts: client.connected.wall_ns / 1_000_000_000,
            sample_rate: client.sample_rate,
            deflate: client.deflate,
            snappy: client.snappy,
            user_agent: client.user_agent.clone(),
            authed: authed.is_some_and(|authed| authed.permitted),
            auth_identity: authed.map_or_else(String::new, |authed| authed.identity.clone()),
            auth_identity_url: authed
                .map_or_else(String::new, |authed| authed.identity_url.clone()),
            pub_counts: published
                .into_iter()
                .map(|(topic, count)| PublishCount {
                    topic: topic.to_string(),
                    count: *count,
                })
                .collect(),
            tls: tls.is_some(),
            tls_cipher_suite: tls.map_or_else(String::new, |tls| tls.cipher_suite.clone()),
            tls_version: tls.map_or("", |tls| tls.version),
            // ALPN, which NSQ has no use for.
            tls_negotiated_protocol: "",
            // Go says so of all that is encrypted.
            tls_negotiated_protocol_is_mutual: tls.is_some(),
        }
    }

    fn consumer_counts(&self, id: ClientId, client: &Client) -> ConsumerCounts {
        if client.phase == Phase::Init {
            return ConsumerCounts::default();
        }
        let consumer = client.subscription.as_ref().and_then(|(topic, channel)| {
            let channel = self.topics.get(topic)?.channels.get(channel)?;
            channel.consumers().get(&id)
        });
        consumer
            .map(super::consumer::Consumer::counts)
            .unwrap_or_default()
    }
}
