//! What the exporter tells of NSQ, by the names of the original's exporter, and of itself.

use super::{Metric, counter, gauge, histogram};

const NODE: &[&str] = &["node"];
const TOPIC: &[&str] = &["node", "topic"];
const CHANNEL: &[&str] = &["node", "topic", "channel"];

/// Whether a broker answers.
pub const UP: Metric = gauge(
    "nsq_up",
    NODE,
    "1 where the broker answers; 0 where it does not, and then it has no other series.",
);
/// Whether a broker is well.
pub const HEALTHY: Metric = gauge(
    "nsq_healthy",
    NODE,
    "1 where the broker's last write to its disk went well.",
);
/// Messages that wait in NSQ.
pub const DEPTH: Metric = gauge("nsq_channel_depth", CHANNEL, "Messages that wait.");
/// Messages out for handling.
pub const CHANNEL_IN_FLIGHT: Metric = gauge(
    "nsq_channel_in_flight_count",
    CHANNEL,
    "Messages that were handed out and have no answer yet.",
);
/// Messages to be delivered later.
pub const DEFERRED: Metric = gauge(
    "nsq_channel_deferred_count",
    CHANNEL,
    "Messages to be delivered later.",
);
/// Messages handed to a topic.
pub const PUBLISHED: Metric = counter("nsq_topic_message_count", TOPIC, "Messages published.");
/// Deliveries whose time was over.
pub const TIMEOUTS: Metric = counter(
    "nsq_channel_timeout_count",
    CHANNEL,
    "Deliveries that had no answer in time.",
);
/// Messages that wait for a first channel.
pub const TOPIC_DEPTH: Metric = gauge(
    "nsq_topic_depth",
    TOPIC,
    "Messages that no channel has yet: the topic has none, or is paused.",
);
/// Whether a directory answers.
pub const LOOKUPD_UP: Metric = gauge(
    "nsq_lookupd_up",
    &["lookupd"],
    "1 where every address of the directory answers.",
);

/// When brokers were last asked.
pub const LAST_POLL: Metric = gauge(
    "nsq_exporter_last_poll_timestamp_seconds",
    &[],
    "When all brokers were last asked, in seconds since 1970.",
);

/// What it tells of NSQ.
pub const NSQ: &[Metric] = &[
    UP,
    HEALTHY,
    gauge(
        "nsq_info",
        &["node", "version"],
        "1, and the version of the broker.",
    ),
    gauge(
        "nsq_start_time_seconds",
        NODE,
        "When the broker started, in seconds since 1970.",
    ),
    gauge("nsq_topic_channel_count", TOPIC, "Channels."),
    TOPIC_DEPTH,
    gauge(
        "nsq_topic_backend_depth",
        TOPIC,
        "Of these, messages on disk.",
    ),
    PUBLISHED,
    counter("nsq_topic_message_bytes", TOPIC, "Bytes published."),
    gauge("nsq_topic_paused", TOPIC, "1 where somebody paused it."),
    gauge(
        "nsq_topic_e2e_latency_99_percentile",
        TOPIC,
        "Time from publish to acknowledgement that 99 of 100 stay below, where the broker measures it.",
    ),
    gauge(
        "nsq_topic_e2e_latency_95_percentile",
        TOPIC,
        "The same of 95 of 100.",
    ),
    gauge("nsq_channel_client_count", CHANNEL, "Consumers."),
    DEPTH,
    gauge(
        "nsq_channel_backend_depth",
        CHANNEL,
        "Of these, messages on disk.",
    ),
    CHANNEL_IN_FLIGHT,
    DEFERRED,
    counter("nsq_channel_message_count", CHANNEL, "Messages received."),
    counter(
        "nsq_channel_requeue_count",
        CHANNEL,
        "Messages that a consumer gave back.",
    ),
    TIMEOUTS,
    gauge("nsq_channel_paused", CHANNEL, "1 where somebody paused it."),
    gauge(
        "nsq_channel_e2e_latency_99p",
        CHANNEL,
        "Time from publish to acknowledgement that 99 of 100 stay below, where the broker measures it.",
    ),
    gauge(
        "nsq_channel_e2e_latency_95p",
        CHANNEL,
        "The same of 95 of 100.",
    ),
    LOOKUPD_UP,
];

/// What it tells of itself.
pub const EXPORTER: &[Metric] = &[
    histogram(
        "nsq_exporter_scrape_duration_seconds",
        &["result"],
        "Time to ask one broker: `success` or `error`.",
    ),
    LAST_POLL,
    counter(
        "nsq_exporter_janitor_deleted_total",
        &["from"],
        "Leaked reply topics deleted, from `nsqd` or from `nsqlookupd`.",
    ),
];
