//! What the gateway counts. Names and labels are those of `docs/metrics.md`; topics come from the
//! configuration, statuses from the list of known ones, so no caller adds a series.

use std::time::Duration;

use http::StatusCode;
use kubefuncs::metrics::prometheus;
use kubefuncs::metrics::{Counter, Gauge, Histogram, LATENCY, Metrics, OVERHEAD};

use crate::admission::Load;

/// The label of a request that no route took.
const NO_TOPIC: &str = "";
/// The status of a request whose caller has gone: none of HTTP's, since nobody is told.
pub(crate) const ABANDONED: u16 = 499;
const NONE: &[&str] = &[];

/// The gateway's families.
#[derive(Debug)]
pub(crate) struct Counted {
    all: Metrics,
    requests: Counter,
    seconds: Histogram,
    overhead: prometheus::Histogram,
    waiting: Gauge,
    waiting_bytes: Gauge,
    connections: prometheus::IntGauge,
    circuit_open: Gauge,
    reloads: Counter,
    unlogged: prometheus::IntCounter,
}

impl Counted {
    pub(crate) fn new(all: &Metrics) -> Self {
        let counter = |name, help, labels: &[&str]| all.counter(name, help, labels);
        let gauge = |name, help, labels: &[&str]| all.gauge(name, help, labels);
        let counted = Self {
            requests: counter(
                "kubefuncs_gateway_requests_total",
                "HTTP requests by status.",
                &["topic", "code"],
            ),
            seconds: all.histogram(
                "kubefuncs_gateway_request_seconds",
                "Time from a request to its answer.",
                &["topic"],
                LATENCY,
            ),
            overhead: all
                .histogram(
                    "kubefuncs_gateway_overhead_seconds",
                    "Of that, the time in the gateway.",
                    NONE,
                    OVERHEAD,
                )
                .with_label_values(NONE),
            waiting: gauge(
                "kubefuncs_gateway_waiting",
                "Requests that wait for a function's answer, or for word whether there is a function.",
                NONE,
            ),
            waiting_bytes: gauge(
                "kubefuncs_gateway_waiting_bytes",
                "Bytes of bodies that are held for them.",
                NONE,
            ),
            connections: gauge(
                "kubefuncs_gateway_connections",
                "HTTP connections on the main port.",
                NONE,
            )
            .with_label_values(NONE),
            circuit_open: gauge(
                "kubefuncs_gateway_circuit_open",
                "1 where nobody serves the topic.",
                &["topic"],
            ),
            reloads: counter(
                "kubefuncs_gateway_reloads_total",
                "Readings of a changed routes file.",
                &["outcome"],
            ),
            unlogged: counter(
                "kubefuncs_gateway_access_log_dropped_total",
                "Lines of the access log that nobody took in time.",
                NONE,
            )
            .with_label_values(NONE),
            all: all.clone(),
        };
        // A rate of what has never happened is 0, not absent.
        for outcome in ["done", "failed"] {
            counted.reloads.with_label_values(&[outcome]);
        }
        counted
    }

    /// Makes the series of a topic, from 0 on.
    pub(crate) fn begin(&self, topic: &str) -> OfTopic {
        self.circuit(topic, false);
        OfTopic {
            ok: self.requests.with_label_values(&[topic, "200"]),
            seconds: self.seconds.with_label_values(&[topic]),
            name: topic.to_owned(),
        }
    }

    /// Counts a request that has its answer; without a topic, one that no route took. `elsewhere`
    /// is the time in which it was not in our hands: waiting for the function, or for the caller's
    /// body.
    pub(crate) fn request(
        &self,
        topic: Option<&OfTopic>,
        status: StatusCode,
        whole: Duration,
        elsewhere: Duration,
    ) {
        match topic {
            Some(topic) if status == StatusCode::OK => topic.ok.inc(),
            _ => {
                let known = status.canonical_reason().map(|_| status);
                let code = known.as_ref().map_or("other", StatusCode::as_str);
                self.count(topic, code);
            }
        }
        let seconds = whole.as_secs_f64();
        match topic {
            Some(topic) => topic.seconds.observe(seconds),
            None => self.seconds.with_label_values(&[NO_TOPIC]).observe(seconds),
        }
        self.overhead
            .observe(whole.saturating_sub(elsewhere).as_secs_f64());
    }

    /// Counts a request that nobody is there any more to be answered.
    pub(crate) fn abandoned(&self, topic: Option<&OfTopic>) {
        self.count(topic, &ABANDONED.to_string());
    }

    fn count(&self, topic: Option<&OfTopic>, code: &str) {
        let topic = topic.map_or(NO_TOPIC, OfTopic::name);
        self.requests.with_label_values(&[topic, code]).inc();
    }

    /// A connection of the main port, as long as the value lives.
    pub(crate) fn connection(&self) -> Open {
        self.connections.inc();
        Open(self.connections.clone())
    }

    pub(crate) fn circuit(&self, topic: &str, open: bool) {
        self.circuit_open
            .with_label_values(&[topic])
            .set(open.into());
    }

    /// A topic that no route leads to any more has no state; what was counted of it stays.
    pub(crate) fn end(&self, topic: &str) {
        // It was never there: as good.
        let _ = self.circuit_open.remove_label_values(&[topic]);
    }

    pub(crate) fn reload(&self, done: bool) {
        let outcome = if done { "done" } else { "failed" };
        self.reloads.with_label_values(&[outcome]).inc();
    }

    /// The counter of lines that the access log had to drop.
    pub(crate) fn unlogged(&self) -> prometheus::IntCounter {
        self.unlogged.clone()
    }

    /// The answer to `GET /metrics`: content type and body.
    pub(crate) fn encode(&self, load: &Load) -> (&'static str, Vec<u8>) {
        let set = |gauge: &Gauge, number: usize| {
            let number = i64::try_from(number).unwrap_or(i64::MAX);
            gauge.with_label_values(NONE).set(number);
        };
        set(&self.waiting, load.calls());
        set(&self.waiting_bytes, load.bytes());
        self.all.encode()
    }
}

/// The series of one topic that nearly every request touches, looked up once.
#[derive(Debug)]
pub(crate) struct OfTopic {
    name: String,
    /// Answers of status 200.
    ok: prometheus::IntCounter,
    seconds: prometheus::Histogram,
}

impl OfTopic {
    /// The topic.
    pub(crate) fn name(&self) -> &str {
        &self.name
    }
}

/// An open connection, counted.
#[derive(Debug)]
pub(crate) struct Open(prometheus::IntGauge);

impl Drop for Open {
    fn drop(&mut self) {
        self.0.dec();
    }
}
