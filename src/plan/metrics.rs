//! The names of metrics: the one table of what rules and dashboards may speak of. The runtime
//! exposes these; NSQ's own come from its exporter.

/// A metric.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Metric {
    /// Its name in Prometheus' text format; of a histogram without `_bucket`, `_sum`, `_count`.
    pub name: &'static str,
    /// Its labels, beside those that Prometheus adds.
    pub labels: &'static [&'static str],
    /// What it tells.
    pub help: &'static str,
}

const fn metric(name: &'static str, labels: &'static [&'static str], help: &'static str) -> Metric {
    Metric { name, labels, help }
}

const CHANNEL: &[&str] = &["topic", "channel"];

/// Messages by what became of them.
pub const MESSAGES: Metric = metric(
    "kubefuncs_messages_total",
    &["topic", "channel", "outcome"],
    "messages handled, by outcome: done, failed, expired, dead",
);
/// How long handlers run.
pub const HANDLER: Metric = metric("kubefuncs_handler_seconds", CHANNEL, "time in the handler");
/// How long messages wait.
pub const WAIT: Metric = metric(
    "kubefuncs_queue_wait_seconds",
    CHANNEL,
    "time from publish to handler",
);
/// Messages being handled.
pub const IN_FLIGHT: Metric = metric("kubefuncs_in_flight", CHANNEL, "messages being handled");
/// Connections to brokers.
pub const CONNECTIONS: Metric = metric(
    "kubefuncs_connections",
    &["state"],
    "connections to brokers, by state: ready, connecting, failed",
);
/// Calls by what became of them.
pub const CALLS: Metric = metric(
    "kubefuncs_calls_total",
    &["topic", "outcome"],
    "calls made, by outcome",
);
/// Requests by status.
pub const REQUESTS: Metric = metric(
    "kubefuncs_gateway_requests_total",
    &["topic", "code"],
    "HTTP requests, by status",
);
/// How long callers wait.
pub const REQUEST: Metric = metric(
    "kubefuncs_gateway_request_seconds",
    &["topic"],
    "time from a request to its answer",
);
/// What the gateway adds.
pub const OVERHEAD: Metric = metric(
    "kubefuncs_gateway_overhead_seconds",
    &[],
    "time in the gateway without the function",
);
/// Messages that wait in NSQ.
pub const DEPTH: Metric = metric("nsq_channel_depth", CHANNEL, "messages that wait in NSQ");

/// All of them.
pub const ALL: &[Metric] = &[
    MESSAGES,
    HANDLER,
    WAIT,
    IN_FLIGHT,
    CONNECTIONS,
    CALLS,
    REQUESTS,
    REQUEST,
    OVERHEAD,
    DEPTH,
];
