//! One number for an autoscaler: how much work there is for a channel, over all brokers.

use kubefuncs::Address;
use serde::Serialize;
use tokio::time::Instant;

use crate::snapshot::Snapshot;

/// What there is to do.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Work {
    /// The number: messages that wait, run or are to be delivered later; where the channel is
    /// paused those that run alone, since nobody gets the others.
    pub(crate) value: u64,
    pub(crate) depth: u64,
    pub(crate) in_flight: u64,
    pub(crate) deferred: u64,
    /// Whether it is paused on any broker.
    pub(crate) paused: bool,
    /// How many brokers have the topic.
    pub(crate) nodes: usize,
}

/// Why there is no number.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(crate) enum NoNumber {
    #[error("no broker has this topic")]
    UnknownTopic,
    #[error("the brokers have not been asked yet")]
    NotYet,
    #[error("not all brokers are known: no nsqlookupd names them")]
    NotAll,
    #[error("the broker {0} does not answer, so the sum is not known")]
    Silent(Address),
}

/// Sums up a channel.
///
/// # Errors
/// Where the sum would be a lie: a broker is silent, or not all are known.
pub(crate) fn work(
    snapshot: Option<&Snapshot>,
    topic: &str,
    channel: &str,
    now: Instant,
) -> Result<Work, NoNumber> {
    let snapshot = snapshot.ok_or(NoNumber::NotYet)?;
    if !snapshot.whole {
        return Err(NoNumber::NotAll);
    }
    let mut work = Work::default();
    for (address, node) in snapshot.nodes_at(now) {
        let node = node.ok_or_else(|| NoNumber::Silent(address.clone()))?;
        let Some(topic) = node.stats.topic(topic) else {
            continue;
        };
        work.nodes += 1;
        let Some(channel) = topic.channel(channel) else {
            // The first consumer of the channel gets what waits in the topic.
            work.add(topic.depth, 0, 0, topic.paused);
            continue;
        };
        work.add(
            channel.depth,
            channel.in_flight_count,
            channel.deferred_count,
            channel.paused,
        );
    }
    match work.nodes {
        0 => Err(NoNumber::UnknownTopic),
        _ => Ok(work),
    }
}

impl Work {
    fn add(&mut self, depth: u64, in_flight: u64, deferred: u64, paused: bool) {
        self.depth = self.depth.saturating_add(depth);
        self.in_flight = self.in_flight.saturating_add(in_flight);
        self.deferred = self.deferred.saturating_add(deferred);
        self.paused |= paused;
        let here = match paused {
            true => in_flight,
            false => depth.saturating_add(in_flight).saturating_add(deferred),
        };
        self.value = self.value.saturating_add(here);
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::figures::Figures;
    use crate::snapshot::Node;
    use crate::stats::{ChannelStats, Stats, TopicStats};

    fn node(channel: Option<(u64, bool)>) -> Option<Node> {
        let channels = channel.into_iter().map(|(depth, paused)| ChannelStats {
            name: "c".to_owned(),
            depth,
            in_flight_count: 2,
            deferred_count: 3,
            paused,
            ..ChannelStats::default()
        });
        let topic = TopicStats {
            name: "t".to_owned(),
            depth: 7,
            channels: channels.collect(),
            ..TopicStats::default()
        };
        let stats = Stats {
            topics: vec![topic],
            ..Stats::default()
        };
        Some(Node {
            stats,
            figures: Figures::default(),
        })
    }

    fn ask(nodes: Vec<Option<Node>>, whole: bool, age: u64) -> Result<u64, NoNumber> {
        let taken = Instant::now();
        let nodes = (1..)
            .map(|port| Address::new("n", port))
            .zip(nodes)
            .collect();
        let lasts = Duration::from_secs(10);
        let snapshot = Snapshot {
            taken,
            lasts,
            whole,
            nodes,
            lookupds: [].into(),
            directories: Vec::new(),
        };
        let now = taken + Duration::from_secs(age);
        work(Some(&snapshot), "t", "c", now).map(|work| work.value)
    }

    #[test]
    fn the_number_is_the_sum_over_brokers() {
        let two = || vec![node(Some((10, false))), node(Some((1, false)))];
        assert_eq!(ask(two(), true, 0), Ok(21));
        assert_eq!(
            ask(vec![node(Some((10, true))), node(None)], true, 0),
            Ok(2 + 7)
        );
        let elsewhere = Some(Node {
            stats: Stats::default(),
            figures: Figures::default(),
        });
        assert_eq!(ask(vec![elsewhere, node(Some((0, false)))], true, 0), Ok(5));
    }

    #[test]
    fn there_is_none_where_it_would_be_a_lie() {
        let silent = NoNumber::Silent(Address::new("n", 2));
        assert_eq!(ask(vec![node(None), None], true, 0), Err(silent));
        let old = NoNumber::Silent(Address::new("n", 1));
        assert_eq!(ask(vec![node(None)], true, 11), Err(old));
        assert_eq!(ask(vec![node(None)], false, 0), Err(NoNumber::NotAll));
        assert_eq!(work(None, "t", "c", Instant::now()), Err(NoNumber::NotYet));
        let empty = Some(Node {
            stats: Stats::default(),
            figures: Figures::default(),
        });
        assert_eq!(ask(vec![empty], true, 0), Err(NoNumber::UnknownTopic));
    }
}
