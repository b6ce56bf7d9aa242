//! What a function counts.

use std::time::Duration;

use prometheus::core::{AtomicI64, AtomicU64, GenericCounter, GenericGauge};

use crate::config::Config;
use crate::metrics::{LATENCY, Metrics, prometheus};

/// What became of a delivery.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Fate {
    /// Handled, and answered where somebody waited.
    Done,
    /// It comes again, or its caller was told that it failed.
    Failed,
    /// Its time was over before it began.
    Expired,
    /// Given up: dead-lettered or dropped.
    Dead,
}

/// What a function counts.
#[derive(Debug)]
pub(super) struct Figures {
    fates: [GenericCounter<AtomicU64>; 4],
    handler: prometheus::Histogram,
    wait: prometheus::Histogram,
    in_flight: GenericGauge<AtomicI64>,
}

/// A handler that runs; one less when it is dropped, however it ends.
pub(super) struct Running<'f> {
    figures: &'f Figures,
    begun: std::time::Instant,
}

impl Figures {
    pub(super) fn new(metrics: &Metrics, config: &Config) -> Self {
        let (topic, channel) = (config.topic.as_str(), config.channel.as_str());
        let labels = ["topic", "channel"];
        let messages = metrics.counter(
            "kubefuncs_messages_total",
            "Messages handled: `done`; `failed` (comes again, or its caller was told); `expired` \
             (its time was over before it began); `dead` (given up).",
            &["topic", "channel", "outcome"],
        );
        let histogram = |name, help| {
            metrics
                .histogram(name, help, &labels, LATENCY)
                .with_label_values(&[topic, channel])
        };
        Self {
            fates: ["done", "failed", "expired", "dead"]
                .map(|outcome| messages.with_label_values(&[topic, channel, outcome])),
            handler: histogram("kubefuncs_handler_seconds", "Time in the handler."),
            wait: histogram(
                "kubefuncs_queue_wait_seconds",
                "Time from publish to handler, by the clocks of two machines.",
            ),
            in_flight: metrics
                .gauge("kubefuncs_in_flight", "Messages being handled.", &labels)
                .with_label_values(&[topic, channel]),
        }
    }

    pub(super) fn count(&self, fate: Fate) {
        self.fates[fate as usize].inc();
    }

    /// A handler begins with a message of this age.
    pub(super) fn begin(&self, age: Duration) -> Running<'_> {
        self.wait.observe(age.as_secs_f64());
        self.in_flight.inc();
        Running {
            figures: self,
            begun: std::time::Instant::now(),
        }
    }
}

impl Drop for Running<'_> {
    fn drop(&mut self) {
        self.figures.in_flight.dec();
        self.figures
            .handler
            .observe(self.begun.elapsed().as_secs_f64());
    }
}
