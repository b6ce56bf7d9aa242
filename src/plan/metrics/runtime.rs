//! What functions, the gateway and the client library tell.

use super::{Metric, counter, gauge, histogram};

const CHANNEL: &[&str] = &["topic", "channel"];

/// Messages by what became of them.
pub const MESSAGES: Metric = counter(
    "kubefuncs_messages_total",
    &["topic", "channel", "outcome"],
    "Messages handled: `done`; `failed` (comes again, or its caller was told); `expired` (its time \
     was over before it began); `dead` (given up).",
);
/// How long handlers run.
pub const HANDLER: Metric = histogram("kubefuncs_handler_seconds", CHANNEL, "Time in the handler.");
/// How long messages wait.
pub const WAIT: Metric = histogram(
    "kubefuncs_queue_wait_seconds",
    CHANNEL,
    "Time from publish to handler, by the clocks of two machines.",
);
/// Messages being handled.
pub const IN_FLIGHT: Metric = gauge("kubefuncs_in_flight", CHANNEL, "Messages being handled.");

/// Requests by status.
pub const REQUESTS: Metric = counter(
    "kubefuncs_gateway_requests_total",
    &["topic", "code"],
    "HTTP requests by status, `499` where the caller left before its answer; `topic` is empty where \
     no route took them.",
);
/// How long callers wait.
pub const REQUEST: Metric = histogram(
    "kubefuncs_gateway_request_seconds",
    &["topic"],
    "Time from a request to its answer.",
);
/// What the gateway adds.
pub const OVERHEAD: Metric = histogram(
    "kubefuncs_gateway_overhead_seconds",
    &[],
    "Of that, the time in the gateway: without the wait for the function and for the caller's body.",
);
/// Calls that wait.
pub const WAITING: Metric = gauge(
    "kubefuncs_gateway_waiting",
    &[],
    "Requests that wait for a function's answer, or for word whether there is a function.",
);

/// Connections to brokers.
pub const CONNECTIONS: Metric = gauge(
    "kubefuncs_connections",
    &["state"],
    "Connections to brokers: `ready`, `connecting`, `failed`.",
);

/// What a function tells.
pub const FUNCTION: &[Metric] = &[MESSAGES, HANDLER, WAIT, IN_FLIGHT];

/// What the gateway tells.
pub const GATEWAY: &[Metric] = &[
    REQUESTS,
    REQUEST,
    OVERHEAD,
    WAITING,
    gauge(
        "kubefuncs_gateway_waiting_bytes",
        &[],
        "Bytes of bodies that are held for them.",
    ),
    gauge(
        "kubefuncs_gateway_connections",
        &[],
        "HTTP connections on the main port.",
    ),
    gauge(
        "kubefuncs_gateway_circuit_open",
        &["topic"],
        "1 where nobody serves the topic, so that callers are told at once.",
    ),
    counter(
        "kubefuncs_gateway_access_log_dropped_total",
        &[],
        "Lines of the access log that nobody took in time.",
    ),
    counter(
        "kubefuncs_gateway_reloads_total",
        &["outcome"],
        "Readings of a changed routes file: `done`, or `failed` and the old routes stay.",
    ),
];

/// What whoever calls functions tells.
pub const CLIENT: &[Metric] = &[
    counter(
        "kubefuncs_calls_total",
        &["topic", "outcome"],
        "Calls: `ok`; `failed` (the function answered an error); `timeout`; `unavailable` (no \
         broker took it); `rejected` (refused here); `unknown` (may be stored or not).",
    ),
    histogram(
        "kubefuncs_call_seconds",
        &["topic"],
        "Time from a call to its outcome.",
    ),
    gauge(
        "kubefuncs_calls_pending",
        &[],
        "Calls that wait for their answer.",
    ),
    counter(
        "kubefuncs_events_total",
        &["topic", "outcome"],
        "Events that nobody waits for, outcomes as of calls.",
    ),
    counter(
        "kubefuncs_unmatched_replies_total",
        &[],
        "Answers that no call was waiting for: late, a second time, or foreign.",
    ),
];

/// What whoever is connected to brokers tells.
pub const BROKERS: &[Metric] = &[
    CONNECTIONS,
    counter(
        "kubefuncs_ejections_total",
        &[],
        "Times a broker was left out because it did not confirm in time.",
    ),
];
