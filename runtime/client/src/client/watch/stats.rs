//! nsqd's `/stats`, read.

use kubefuncs_nsq::{Address, Topic};
use serde::Deserialize;

use super::state::{ChannelState, NodeState};

/// What we want of an answer; other fields differ between releases.
#[derive(Debug, Default, Deserialize)]
pub(super) struct Stats {
    topics: Option<Vec<TopicStats>>,
}

#[derive(Debug, Deserialize)]
struct TopicStats {
    topic_name: String,
    #[serde(default)]
    depth: u64,
    #[serde(default)]
    paused: bool,
    channels: Option<Vec<ChannelStats>>,
}

#[derive(Debug, Deserialize)]
struct ChannelStats {
    channel_name: String,
    #[serde(default)]
    depth: u64,
    #[serde(default)]
    in_flight_count: u64,
    #[serde(default)]
    deferred_count: u64,
    #[serde(default)]
    client_count: u64,
    #[serde(default)]
    paused: bool,
}

pub(super) fn parse(body: &[u8]) -> Result<Stats, serde_json::Error> {
    serde_json::from_slice(body)
}

impl Stats {
    /// What is said of one topic.
    pub(super) fn of(&self, node: &Address, topic: &Topic) -> NodeState {
        let mut topics = self.topics.iter().flatten();
        let found = topics.find(|other| other.topic_name == topic.as_str());
        let channels = found.and_then(|topic| topic.channels.as_deref());
        NodeState {
            node: node.clone(),
            exists: found.is_some(),
            paused: found.is_some_and(|topic| topic.paused),
            depth: found.map_or(0, |topic| topic.depth),
            channels: channels.unwrap_or_default().iter().map(state).collect(),
        }
    }
}

fn state(channel: &ChannelStats) -> ChannelState {
    ChannelState {
        name: channel.channel_name.clone(),
        consumers: channel.client_count,
        depth: channel.depth,
        in_flight: channel.in_flight_count,
        deferred: channel.deferred_count,
        paused: channel.paused,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_of_nsqd_1_3_0_is_read() {
        let body = br#"{"version":"1.3.0","health":"OK","start_time":1,"topics":[
            {"topic_name":"orders","channels":[{"channel_name":"default","depth":2,"backend_depth":0,
             "in_flight_count":3,"deferred_count":4,"message_count":9,"requeue_count":0,"timeout_count":0,
             "client_count":5,"clients":null,"paused":true,"e2e_processing_latency":{"count":0,"percentiles":null}}],
             "depth":1,"backend_depth":0,"message_count":9,"message_bytes":90,"paused":false}],"producers":null}"#;
        let (node, stats) = (Address::new("a", 1), parse(body).unwrap());
        let orders = stats.of(&node, &Topic::new("orders").unwrap());
        assert!(orders.exists && orders.is_served() && orders.is_paused());
        assert_eq!((orders.waiting(), orders.channels[0].in_flight), (3, 3));
        assert_eq!(orders.channels[0].deferred, 4);
        let other = stats.of(&node, &Topic::new("other").unwrap());
        assert!(!other.exists && !other.is_served());
    }

    #[test]
    fn a_broker_without_topics_says_null() {
        let stats = parse(br#"{"topics":null}"#).unwrap();
        let topic = Topic::new("a").unwrap();
        assert!(!stats.of(&Address::new("a", 1), &topic).exists);
        assert!(parse(b"<html>").is_err());
    }
}
