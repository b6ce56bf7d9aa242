//! One broker's figures by label, its counters as sums that only rise.

use std::collections::BTreeMap;

use crate::label;
use crate::stats::{ChannelStats, Stats, TopicStats};
use crate::tally::Tally;

/// Names of one broker that have labels of their own; those beyond, by name, are told together.
const NAMED: usize = 10_000;

/// By label.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct Figures {
    pub(crate) topics: BTreeMap<String, TopicFigures>,
    /// By the labels of topic and channel.
    pub(crate) channels: BTreeMap<(String, String), ChannelFigures>,
}

/// Of the topics of one label.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct TopicFigures {
    pub(crate) channels: u64,
    pub(crate) depth: u64,
    pub(crate) backend_depth: u64,
    pub(crate) paused: bool,
    /// Risen by so much.
    pub(crate) messages: u64,
    pub(crate) bytes: u64,
    pub(crate) latency: Quantiles,
}

/// Of the channels of one label.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct ChannelFigures {
    pub(crate) clients: Option<u64>,
    pub(crate) depth: u64,
    pub(crate) backend_depth: u64,
    pub(crate) in_flight: u64,
    pub(crate) deferred: u64,
    pub(crate) paused: bool,
    /// Risen by so much.
    pub(crate) messages: u64,
    pub(crate) requeues: u64,
    pub(crate) timeouts: u64,
    pub(crate) latency: Quantiles,
}

/// Times that 99 and 95 of 100 messages stay below, in seconds. Those of several names have none.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub(crate) struct Quantiles {
    pub(crate) p99: Option<f64>,
    pub(crate) p95: Option<f64>,
}

/// The counters of one broker, from round to round.
#[derive(Debug, Default)]
pub(crate) struct Counters {
    start_time: i64,
    topics: Tally<String, String, 2>,
    channels: Tally<(String, String), (String, String), 3>,
}

impl Counters {
    /// Takes in what a broker tells of itself.
    pub(crate) fn round(&mut self, stats: &Stats) -> Figures {
        let anew = std::mem::replace(&mut self.start_time, stats.start_time) != stats.start_time;
        let labelled = labelled(stats);
        let topics = labelled.iter().map(|(topic, label)| {
            let counts = [topic.message_count, topic.message_bytes];
            (topic.name.clone(), (*label).to_owned(), counts)
        });
        self.topics.round(anew, topics);
        let channels = channels(&labelled).map(|(topic, labels, channel)| {
            let counts = [
                channel.message_count,
                channel.requeue_count,
                channel.timeout_count,
            ];
            ((topic.to_owned(), channel.name.clone()), labels, counts)
        });
        self.channels.round(anew, channels);
        self.figures(&labelled)
    }

    fn figures(&self, labelled: &[(&TopicStats, &str)]) -> Figures {
        // Names that come and go have figures while none is there, too: nothing waits.
        let topics = self
            .topics
            .total()
            .iter()
            .map(|(label, &[messages, bytes])| {
                let figures = TopicFigures {
                    messages,
                    bytes,
                    ..TopicFigures::default()
                };
                (label.clone(), figures)
            });
        let channels = self.channels.total().iter().map(|(labels, counts)| {
            let &[messages, requeues, timeouts] = counts;
            let figures = ChannelFigures {
                messages,
                requeues,
                timeouts,
                ..ChannelFigures::default()
            };
            (labels.clone(), figures)
        });
        let mut figures = Figures {
            topics: topics.collect(),
            channels: channels.collect(),
        };
        for (topic, label) in labelled {
            if let Some(figures) = figures.topics.get_mut(*label) {
                figures.add(topic, label);
            }
        }
        for (_, labels, channel) in self::channels(labelled) {
            if let Some(figures) = figures.channels.get_mut(&labels) {
                figures.add(channel, &labels);
            }
        }
        figures
    }
}

/// Each topic with its label.
fn labelled(stats: &Stats) -> Vec<(&TopicStats, &str)> {
    let mut named = 0;
    let topics = stats.topics.iter().map(|topic| {
        let label = label::of(&topic.name);
        if label::is_of_many(label) {
            return (topic, label);
        }
        named += 1 + topic.channels.len();
        (topic, if named > NAMED { label::OTHERS } else { label })
    });
    topics.collect()
}

/// Each channel with the name of its topic and its labels.
fn channels<'a>(
    labelled: &'a [(&'a TopicStats, &'a str)],
) -> impl Iterator<Item = (&'a str, (String, String), &'a ChannelStats)> {
    labelled.iter().flat_map(|(topic, label)| {
        topic.channels.iter().map(move |channel| {
            let own = match *label {
                label::OTHERS => label::OTHERS,
                _ => label::of(&channel.name),
            };
            (
                topic.name.as_str(),
                ((*label).to_owned(), own.to_owned()),
                channel,
            )
        })
    })
}

impl TopicFigures {
    fn add(&mut self, topic: &TopicStats, label: &str) {
        self.channels += topic.channels.len() as u64;
        self.depth = self.depth.saturating_add(topic.depth);
        self.backend_depth = self.backend_depth.saturating_add(topic.backend_depth);
        self.paused |= topic.paused;
        if let (Some(latency), false) = (&topic.latency, label::is_of_many(label)) {
            self.latency = Quantiles {
                p99: latency.seconds(0.99),
                p95: latency.seconds(0.95),
            };
        }
    }
}

impl ChannelFigures {
    fn add(&mut self, channel: &ChannelStats, labels: &(String, String)) {
        if let Some(clients) = channel.client_count {
            let clients = u64::try_from(clients).unwrap_or(0);
            self.clients = Some(self.clients.unwrap_or(0).saturating_add(clients));
        }
        self.depth = self.depth.saturating_add(channel.depth);
        self.backend_depth = self.backend_depth.saturating_add(channel.backend_depth);
        self.in_flight = self.in_flight.saturating_add(channel.in_flight_count);
        self.deferred = self.deferred.saturating_add(channel.deferred_count);
        self.paused |= channel.paused;
        let many = label::is_of_many(&labels.0) || label::is_of_many(&labels.1);
        if let (Some(latency), false) = (&channel.latency, many) {
            self.latency = Quantiles {
                p99: latency.seconds(0.99),
                p95: latency.seconds(0.95),
            };
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn topic(name: &str, count: u64) -> TopicStats {
        let channel = ChannelStats {
            name: "default#ephemeral".to_owned(),
            depth: 2,
            message_count: count,
            client_count: Some(1),
            ..ChannelStats::default()
        };
        TopicStats {
            name: name.to_owned(),
            depth: 3,
            message_count: count,
            channels: vec![channel],
            ..TopicStats::default()
        }
    }

    fn stats(topics: Vec<TopicStats>) -> Stats {
        Stats {
            topics,
            ..Stats::default()
        }
    }

    #[test]
    fn reply_topics_are_one_and_stay_when_they_are_gone() {
        let mut counters = Counters::default();
        let both = stats(vec![
            topic("rpc-a#ephemeral", 5),
            topic("rpc-b#ephemeral", 6),
        ]);
        let figures = counters.round(&both);
        assert_eq!(figures.topics.len(), 1);
        let replies = &figures.topics[label::REPLIES];
        assert_eq!(
            (replies.depth, replies.channels, replies.messages),
            (6, 2, 11)
        );
        let labels = (label::REPLIES.to_owned(), "*#ephemeral".to_owned());
        assert_eq!(figures.channels[&labels].clients, Some(2));

        let figures = counters.round(&stats(vec![]));
        let replies = &figures.topics[label::REPLIES];
        assert_eq!((replies.depth, replies.messages), (0, 11));
        assert_eq!(figures.channels[&labels].clients, None);
    }

    #[test]
    fn beyond_the_bound_names_are_told_together() {
        let many = (0..NAMED)
            .map(|index| topic(&format!("t{index:05}"), 1))
            .collect();
        let figures = Counters::default().round(&stats(many));
        assert_eq!(figures.topics.len(), NAMED / 2 + 1);
        assert_eq!(figures.topics[label::OTHERS].messages, (NAMED / 2) as u64);
        let total: u64 = figures.channels.values().map(|channel| channel.depth).sum();
        assert_eq!(total, 2 * NAMED as u64, "the sum is whole");
    }
}
