//! nsqd's figures: `GET /stats?format=json`.

use kubefuncs::{Channel, Topic};
use serde::{Deserialize, Deserializer};

/// Where they are, without what would take a line for each client.
pub(crate) const PATH: &str = "/stats?format=json&include_clients=false&include_mem=false";

/// Of one nsqd.
#[derive(Debug, Clone, Default, PartialEq, Deserialize)]
pub(crate) struct Stats {
    #[serde(default)]
    pub(crate) version: String,
    /// `OK`, or why the last write to the disk failed.
    #[serde(default)]
    pub(crate) health: String,
    /// In seconds since 1970.
    #[serde(default)]
    pub(crate) start_time: i64,
    /// By name. `null` where nsqd has none.
    #[serde(deserialize_with = "list")]
    pub(crate) topics: Vec<TopicStats>,
}

/// Of one topic.
#[derive(Debug, Clone, Default, PartialEq, Deserialize)]
pub(crate) struct TopicStats {
    #[serde(rename = "topic_name")]
    pub(crate) name: String,
    /// By name.
    #[serde(deserialize_with = "list")]
    pub(crate) channels: Vec<ChannelStats>,
    #[serde(deserialize_with = "count")]
    pub(crate) depth: u64,
    #[serde(deserialize_with = "count")]
    pub(crate) backend_depth: u64,
    #[serde(deserialize_with = "count")]
    pub(crate) message_count: u64,
    /// Not told by nsqd before 1.1.
    #[serde(default, deserialize_with = "count")]
    pub(crate) message_bytes: u64,
    #[serde(default)]
    pub(crate) paused: bool,
    #[serde(default, rename = "e2e_processing_latency")]
    pub(crate) latency: Option<Latency>,
}

/// Of one channel.
#[derive(Debug, Clone, Default, PartialEq, Deserialize)]
pub(crate) struct ChannelStats {
    #[serde(rename = "channel_name")]
    pub(crate) name: String,
    #[serde(deserialize_with = "count")]
    pub(crate) depth: u64,
    #[serde(deserialize_with = "count")]
    pub(crate) backend_depth: u64,
    #[serde(deserialize_with = "count")]
    pub(crate) in_flight_count: u64,
    #[serde(deserialize_with = "count")]
    pub(crate) deferred_count: u64,
    #[serde(deserialize_with = "count")]
    pub(crate) message_count: u64,
    #[serde(deserialize_with = "count")]
    pub(crate) requeue_count: u64,
    #[serde(deserialize_with = "count")]
    pub(crate) timeout_count: u64,
    /// Not told by nsqd before 1.1.
    #[serde(default)]
    pub(crate) client_count: Option<i64>,
    #[serde(default)]
    pub(crate) paused: bool,
    #[serde(default, rename = "e2e_processing_latency")]
    pub(crate) latency: Option<Latency>,
}

/// How long messages take from publish to acknowledgement.
#[derive(Debug, Clone, Default, PartialEq, Deserialize)]
pub(crate) struct Latency {
    /// Messages it was measured with.
    #[serde(default)]
    count: u64,
    #[serde(deserialize_with = "list")]
    percentiles: Vec<Percentile>,
}

#[derive(Debug, Clone, PartialEq, Deserialize)]
struct Percentile {
    quantile: f64,
    /// Nanoseconds.
    value: f64,
}

impl Latency {
    /// The time that this part of the messages stays below, in seconds, where nsqd has measured it.
    pub(crate) fn seconds(&self, quantile: f64) -> Option<f64> {
        let mut percentiles = self.percentiles.iter();
        let found = percentiles.find(|one| (one.quantile - quantile).abs() < 1e-9)?;
        let measured = self.count > 0 && found.value.is_finite() && found.value >= 0.0;
        measured.then_some(found.value / 1e9)
    }
}

impl Stats {
    /// Reads an answer.
    ///
    /// # Errors
    /// Where it is none of nsqd's: another form, or a name that no topic or channel has.
    pub(crate) fn read(answer: &[u8]) -> Result<Self, Box<dyn std::error::Error + Send + Sync>> {
        let mut stats: Self = serde_json::from_slice(answer)?;
        for topic in &mut stats.topics {
            Topic::new(topic.name.as_str())?;
            for channel in &topic.channels {
                Channel::new(channel.name.as_str())?;
            }
            topic.channels.sort_by(|a, b| a.name.cmp(&b.name));
            topic.channels.dedup_by(|a, b| a.name == b.name);
        }
        stats.topics.sort_by(|a, b| a.name.cmp(&b.name));
        stats.topics.dedup_by(|a, b| a.name == b.name);
        Ok(stats)
    }

    /// A topic.
    pub(crate) fn topic(&self, name: &str) -> Option<&TopicStats> {
        let found = self
            .topics
            .binary_search_by(|topic| topic.name.as_str().cmp(name));
        found.ok().map(|index| &self.topics[index])
    }

    /// How many names there are.
    pub(crate) fn names(&self) -> usize {
        self.topics
            .iter()
            .map(|topic| 1 + topic.channels.len())
            .sum()
    }
}

impl TopicStats {
    /// A channel.
    pub(crate) fn channel(&self, name: &str) -> Option<&ChannelStats> {
        let found = self
            .channels
            .binary_search_by(|channel| channel.name.as_str().cmp(name));
        found.ok().map(|index| &self.channels[index])
    }

    /// Whether somebody may read from it: a broker that does not tell counts as a yes.
    pub(crate) fn has_client(&self) -> bool {
        let mut channels = self.channels.iter();
        channels.any(|channel| channel.client_count != Some(0))
    }
}

/// `null` is an empty list.
fn list<'de, D: Deserializer<'de>, T: Deserialize<'de>>(from: D) -> Result<Vec<T>, D::Error> {
    Ok(Option::deserialize(from)?.unwrap_or_default())
}

/// nsqd's numbers are signed, and a damaged disk queue can have a negative depth.
fn count<'de, D: Deserializer<'de>>(from: D) -> Result<u64, D::Error> {
    Ok(u64::try_from(i64::deserialize(from)?).unwrap_or(0))
}

#[cfg(test)]
mod tests {
    use super::*;

    const CHANNEL: &str = r#"{"channel_name":"c","depth":1,"backend_depth":0,"in_flight_count":2,
        "deferred_count":3,"message_count":6,"requeue_count":0,"timeout_count":0,"client_count":0,
        "clients":null,"paused":false,"e2e_processing_latency":{"count":0,"percentiles":null}}"#;

    fn topic(name: &str, channels: &str) -> String {
        format!(
            r#"{{"topic_name":"{name}","channels":{channels},"depth":-4,"backend_depth":0,
            "message_count":6,"message_bytes":60,"paused":true,"e2e_processing_latency":
            {{"count":1,"percentiles":[{{"quantile":0.99,"value":2000000000}}]}}}}"#
        )
    }

    fn stats(topics: &str) -> String {
        format!(
            r#"{{"version":"1.3.0","health":"OK","start_time":7,"topics":{topics},"producers":null}}"#
        )
    }

    #[test]
    fn an_answer_of_nsqd_1_3_0_is_read() {
        let topics = format!(
            "[{},{}]",
            topic("b", "null"),
            topic("a", &format!("[{CHANNEL}]"))
        );
        let stats = Stats::read(stats(&topics).as_bytes()).unwrap();
        assert_eq!((stats.names(), stats.start_time), (3, 7));
        let a = stats.topic("a").unwrap();
        assert_eq!((a.depth, a.paused, a.has_client()), (0, true, false));
        assert_eq!(a.latency.as_ref().unwrap().seconds(0.99), Some(2.0));
        assert_eq!(a.latency.as_ref().unwrap().seconds(0.95), None);
        assert_eq!(a.channel("c").unwrap().deferred_count, 3);
        assert!(stats.topic("c").is_none() && a.channel("d").is_none());
    }

    #[test]
    fn an_empty_nsqd_has_no_topics_and_other_answers_are_none() {
        let none = Stats::read(stats("null").as_bytes()).unwrap();
        assert_eq!(none.names(), 0);
        let longest = "x".repeat(65);
        let odd_names = ["", "a b", "a\\\"} 1\\nup", longest.as_str()];
        for name in odd_names {
            assert!(Stats::read(stats(&format!("[{}]", topic(name, "null"))).as_bytes()).is_err());
        }
        for odd in [
            "",
            "{}",
            "[]",
            "null",
            r#"{"message":"NOT_FOUND"}"#,
            r#"{"topics":[{}]}"#,
        ] {
            assert!(Stats::read(odd.as_bytes()).is_err(), "{odd}");
        }
    }

    #[test]
    fn a_broker_that_does_not_count_clients_may_have_one() {
        let silent = CHANNEL.replace(r#""client_count":0,"#, "");
        let topics = format!("[{}]", topic("a", &format!("[{silent}]")));
        let stats = Stats::read(stats(&topics).as_bytes()).unwrap();
        assert!(stats.topics[0].has_client());
    }
}
