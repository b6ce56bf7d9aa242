//! What there is to tell, a row each: the names are those of `docs/metrics.md`.

use kubefuncs::metrics::prometheus::proto::MetricType;

use crate::figures::{ChannelFigures, TopicFigures};
use crate::snapshot::Node;

/// A metric: its name, whether it only rises, what it tells, and where it is found; `None` where
/// there is nothing to tell.
pub(super) type Row<T> = (
    &'static str,
    MetricType,
    &'static str,
    fn(&T) -> Option<f64>,
);

const LATENCY: &str =
    "Time from publish to acknowledgement that 99 of 100 stay below, where the broker measures it.";

pub(super) const NODES: &[Row<Node>] = &[
    (
        "nsq_healthy",
        MetricType::GAUGE,
        "1 where the broker's last write to its disk went well.",
        |node| Some(if node.stats.health == "OK" { 1.0 } else { 0.0 }),
    ),
    (
        "nsq_start_time_seconds",
        MetricType::GAUGE,
        "When the broker started, in seconds since 1970.",
        |node| Some(node.stats.start_time as f64),
    ),
];

pub(super) const TOPICS: &[Row<TopicFigures>] = &[
    (
        "nsq_topic_channel_count",
        MetricType::GAUGE,
        "Channels.",
        |topic| number(topic.channels),
    ),
    (
        "nsq_topic_depth",
        MetricType::GAUGE,
        "Messages that no channel has yet: the topic has none, or is paused.",
        |topic| number(topic.depth),
    ),
    (
        "nsq_topic_backend_depth",
        MetricType::GAUGE,
        "Of these, messages on disk.",
        |topic| number(topic.backend_depth),
    ),
    (
        "nsq_topic_message_count",
        MetricType::COUNTER,
        "Messages published.",
        |topic| number(topic.messages),
    ),
    (
        "nsq_topic_message_bytes",
        MetricType::COUNTER,
        "Bytes published.",
        |topic| number(topic.bytes),
    ),
    (
        "nsq_topic_paused",
        MetricType::GAUGE,
        "1 where somebody paused it.",
        |topic| number(topic.paused.into()),
    ),
    (
        "nsq_topic_e2e_latency_99_percentile",
        MetricType::GAUGE,
        LATENCY,
        |topic| topic.latency.p99,
    ),
    (
        "nsq_topic_e2e_latency_95_percentile",
        MetricType::GAUGE,
        "The same of 95 of 100.",
        |topic| topic.latency.p95,
    ),
];

pub(super) const CHANNELS: &[Row<ChannelFigures>] = &[
    (
        "nsq_channel_client_count",
        MetricType::GAUGE,
        "Consumers.",
        |channel| channel.clients.and_then(number),
    ),
    (
        "nsq_channel_depth",
        MetricType::GAUGE,
        "Messages that wait.",
        |channel| number(channel.depth),
    ),
    (
        "nsq_channel_backend_depth",
        MetricType::GAUGE,
        "Of these, messages on disk.",
        |channel| number(channel.backend_depth),
    ),
    (
        "nsq_channel_in_flight_count",
        MetricType::GAUGE,
        "Messages that were handed out and have no answer yet.",
        |channel| number(channel.in_flight),
    ),
    (
        "nsq_channel_deferred_count",
        MetricType::GAUGE,
        "Messages to be delivered later.",
        |channel| number(channel.deferred),
    ),
    (
        "nsq_channel_message_count",
        MetricType::COUNTER,
        "Messages received.",
        |channel| number(channel.messages),
    ),
    (
        "nsq_channel_requeue_count",
        MetricType::COUNTER,
        "Messages that a consumer gave back.",
        |channel| number(channel.requeues),
    ),
    (
        "nsq_channel_timeout_count",
        MetricType::COUNTER,
        "Deliveries that had no answer in time.",
        |channel| number(channel.timeouts),
    ),
    (
        "nsq_channel_paused",
        MetricType::GAUGE,
        "1 where somebody paused it.",
        |channel| number(channel.paused.into()),
    ),
    (
        "nsq_channel_e2e_latency_99p",
        MetricType::GAUGE,
        LATENCY,
        |channel| channel.latency.p99,
    ),
    (
        "nsq_channel_e2e_latency_95p",
        MetricType::GAUGE,
        "The same of 95 of 100.",
        |channel| channel.latency.p95,
    ),
];

pub(super) const UP: (&str, &str) = (
    "nsq_up",
    "1 where the broker answers; 0 where it does not, and then it has no other series.",
);
pub(super) const INFO: (&str, &str) = ("nsq_info", "1, and the version of the broker.");
pub(super) const LOOKUPD_UP: (&str, &str) = (
    "nsq_lookupd_up",
    "1 where every address of the directory answers.",
);

#[expect(clippy::unnecessary_wraps, reason = "the form that a row's getter has")]
fn number(value: u64) -> Option<f64> {
    Some(value as f64)
}
