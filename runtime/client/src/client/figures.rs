//! What a client counts.

use prometheus::{IntCounter, IntGauge};
use tokio::time::Instant;

use crate::error::{CallError, CallErrorKind};
use crate::metrics::{Bounded, Counter, Histogram, LATENCY, Metrics, prometheus};

/// Whoever calls names topics; a program that makes them up as it goes gets no more labels.
const TOPICS: usize = 1_000;

/// What a client counts.
#[derive(Debug, Clone)]
pub(super) struct Figures {
    pub(super) metrics: Metrics,
    topics: Bounded,
    calls: Counter,
    call_seconds: Histogram,
    events: Counter,
    pub(super) pending: IntGauge,
    pub(super) unmatched: IntCounter,
}

impl Figures {
    pub(super) fn new(metrics: Metrics) -> Self {
        let outcomes = ["topic", "outcome"];
        Self {
            topics: Bounded::new(TOPICS),
            calls: metrics.counter(
                "kubefuncs_calls_total",
                "Calls: `ok`; `failed` (the function answered an error); `timeout`; `unavailable` \
                 (no broker took it); `rejected` (refused here); `unknown` (may be stored or not).",
                &outcomes,
            ),
            call_seconds: metrics.histogram(
                "kubefuncs_call_seconds",
                "Time from a call to its outcome.",
                &["topic"],
                LATENCY,
            ),
            events: metrics.counter(
                "kubefuncs_events_total",
                "Events that nobody waits for, outcomes as of calls.",
                &outcomes,
            ),
            pending: metrics
                .gauge(
                    "kubefuncs_calls_pending",
                    "Calls that wait for their answer.",
                    &[],
                )
                .with_label_values::<&str>(&[]),
            unmatched: metrics
                .counter(
                    "kubefuncs_unmatched_replies_total",
                    "Answers that no call was waiting for: late, a second time, or foreign.",
                    &[],
                )
                .with_label_values::<&str>(&[]),
            metrics,
        }
    }

    pub(super) fn call<T>(&self, topic: &str, begun: Instant, result: &Result<T, CallError>) {
        let topic = self.topics.label(topic);
        self.calls
            .with_label_values(&[topic, outcome(result)])
            .inc();
        self.call_seconds
            .with_label_values(&[topic])
            .observe(begun.elapsed().as_secs_f64());
    }

    pub(super) fn event<T>(&self, topic: &str, result: &Result<T, CallError>) {
        let topic = self.topics.label(topic);
        self.events
            .with_label_values(&[topic, outcome(result)])
            .inc();
    }
}

fn outcome<T>(result: &Result<T, CallError>) -> &'static str {
    match result.as_ref().map_err(CallError::kind) {
        Ok(_) => "ok",
        Err(CallErrorKind::Function | CallErrorKind::BadReply) => "failed",
        Err(CallErrorKind::Timeout) => "timeout",
        Err(CallErrorKind::Unavailable) => "unavailable",
        Err(CallErrorKind::Unknown) => "unknown",
        Err(
            CallErrorKind::Invalid
            | CallErrorKind::TooLarge
            | CallErrorKind::TooManyPending
            | CallErrorKind::Closed,
        ) => "rejected",
    }
}
