//! Metrics in Prometheus' text format: one registry a process, families made once by name.
//!
//! A [`Metrics`] is handed to whatever counts: two clients that share one count together. Nothing
//! here is global.
//!
//! ```
//! use kubefuncs::metrics::{LATENCY, Metrics};
//!
//! let metrics = Metrics::new();
//! let greeted = metrics.counter("greetings_total", "people greeted", &["language"]);
//! greeted.with_label_values(&["en"]).inc();
//! metrics.histogram("greeting_seconds", "time it takes", &[], LATENCY).with_label_values::<&str>(&[]).observe(0.002);
//! let (content_type, text) = metrics.encode();
//! assert_eq!(content_type, "text/plain; version=0.0.4");
//! assert!(String::from_utf8(text).unwrap().contains("greetings_total{language=\"en\"} 1"));
//! ```

mod bounded;
mod process;

use std::collections::BTreeMap;
use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};

pub use prometheus;
use prometheus::core::Collector;
use prometheus::{Encoder, Registry, TextEncoder};

pub use bounded::Bounded;
use process::Process;

/// Upper bounds of buckets for the time of calls and handlers, in seconds: 1 ms to 60 s.
pub const LATENCY: &[f64] = &[
    0.001, 0.002_5, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0,
];

/// Upper bounds of buckets for what we add to a call ourselves, in seconds: 50 µs to 1 s.
pub const OVERHEAD: &[f64] = &[
    0.000_05, 0.000_1, 0.000_25, 0.000_5, 0.001, 0.002_5, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 1.0,
];

/// A number that only grows, by label values.
pub type Counter = prometheus::IntCounterVec;
/// A number that goes up and down, by label values.
pub type Gauge = prometheus::IntGaugeVec;
/// How often values fell into which bucket, by label values.
pub type Histogram = prometheus::HistogramVec;

/// The metrics of a process. Cheap to clone; all clones are one.
///
/// `kubefuncs_build_info` is in it, and figures of the process itself (`process_cpu_seconds_total`,
/// `process_resident_memory_bytes`, `process_open_fds`, `process_max_fds`,
/// `process_start_time_seconds`) where the system tells them.
#[derive(Clone)]
pub struct Metrics {
    inner: Arc<Inner>,
}

struct Inner {
    registry: Registry,
    families: Mutex<BTreeMap<String, Family>>,
}

#[derive(Clone)]
enum Family {
    Counter(Counter),
    Gauge(Gauge),
    Histogram(Histogram),
}

impl Metrics {
    /// A registry with the figures of this process.
    #[must_use]
    pub fn new() -> Self {
        let registry = Registry::new();
        // The only names so far.
        let _ = registry.register(Box::new(Process::new()));
        let metrics = Self {
            inner: Arc::new(Inner {
                registry,
                families: Mutex::default(),
            }),
        };
        metrics
            .gauge("kubefuncs_build_info", "1, and the version.", &["version"])
            .with_label_values(&[env!("CARGO_PKG_VERSION")])
            .set(1);
        metrics
    }

    /// A counter of this name: a new one, or the one that was made before.
    ///
    /// # Panics
    /// When the name or a label is none for Prometheus, or the name is that of another kind or with
    /// other labels: a fault of the program, found the first time it runs.
    #[must_use]
    pub fn counter(&self, name: &str, help: &str, labels: &[&str]) -> Counter {
        let make = || Counter::new(prometheus::Opts::new(name, help), labels).map(Family::Counter);
        match self.family(name, make) {
            Family::Counter(counter) => counter,
            _ => panic!("metric {name} is no counter"),
        }
    }

    /// A gauge of this name: a new one, or the one that was made before.
    ///
    /// # Panics
    /// As [`counter`](Self::counter).
    #[must_use]
    pub fn gauge(&self, name: &str, help: &str, labels: &[&str]) -> Gauge {
        let make = || Gauge::new(prometheus::Opts::new(name, help), labels).map(Family::Gauge);
        match self.family(name, make) {
            Family::Gauge(gauge) => gauge,
            _ => panic!("metric {name} is no gauge"),
        }
    }

    /// A histogram of this name with buckets up to these bounds: a new one, or the one that was
    /// made before.
    ///
    /// # Panics
    /// As [`counter`](Self::counter).
    #[must_use]
    pub fn histogram(&self, name: &str, help: &str, labels: &[&str], bounds: &[f64]) -> Histogram {
        let options = || prometheus::HistogramOpts::new(name, help).buckets(bounds.to_vec());
        let make = || Histogram::new(options(), labels).map(Family::Histogram);
        match self.family(name, make) {
            Family::Histogram(histogram) => histogram,
            _ => panic!("metric {name} is no histogram"),
        }
    }

    /// Adds whatever else tells metrics when it is asked.
    ///
    /// # Errors
    /// When a name of it is taken.
    pub fn register(&self, collector: Box<dyn Collector>) -> Result<(), prometheus::Error> {
        self.inner.registry.register(collector)
    }

    /// Everything, as an answer to `GET /metrics`: content type and body, in Prometheus' text
    /// format 0.0.4.
    #[must_use]
    pub fn encode(&self) -> (&'static str, Vec<u8>) {
        (prometheus::TEXT_FORMAT, encode(&self.inner.registry))
    }

    fn family(
        &self,
        name: &str,
        make: impl FnOnce() -> Result<Family, prometheus::Error>,
    ) -> Family {
        let mut families = self
            .inner
            .families
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        if let Some(family) = families.get(name) {
            return family.clone();
        }
        let family = make().unwrap_or_else(|error| panic!("metric {name}: {error}"));
        let collector: Box<dyn Collector> = match family.clone() {
            Family::Counter(counter) => Box::new(counter),
            Family::Gauge(gauge) => Box::new(gauge),
            Family::Histogram(histogram) => Box::new(histogram),
        };
        self.inner
            .registry
            .register(collector)
            .unwrap_or_else(|error| panic!("metric {name}: {error}"));
        families.insert(name.to_owned(), family.clone());
        family
    }
}

/// All metrics of a registry in Prometheus' text format 0.0.4, for a process that has a registry of
/// its own making.
#[must_use]
pub fn encode(registry: &Registry) -> Vec<u8> {
    let mut text = Vec::new();
    // It fails where a family is empty or the writer fails: neither can be here.
    if let Err(error) = TextEncoder::new().encode(&registry.gather(), &mut text) {
        tracing::error!(%error, "the metrics cannot be written");
    }
    text
}

impl Default for Metrics {
    fn default() -> Self {
        Self::new()
    }
}

impl fmt::Debug for Metrics {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Metrics").finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(metrics: &Metrics) -> String {
        String::from_utf8(metrics.encode().1).unwrap()
    }

    #[test]
    fn a_name_is_one_family_however_often_it_is_asked_for() {
        let metrics = Metrics::new();
        for _ in 0..2 {
            metrics
                .counter("a_total", "as", &["x"])
                .with_label_values(&["1"])
                .inc();
        }
        let other = metrics.clone();
        other
            .gauge("b", "bs", &[])
            .with_label_values::<&str>(&[])
            .set(-3);
        let text = text(&metrics);
        assert!(
            text.contains("# HELP a_total as\n# TYPE a_total counter\na_total{x=\"1\"} 2\n"),
            "{text}"
        );
        assert!(text.contains("\nb -3\n"), "{text}");
    }

    #[test]
    fn the_process_tells_of_itself() {
        let text = text(&Metrics::new());
        for name in [
            "process_cpu_seconds_total",
            "process_resident_memory_bytes",
            "process_open_fds",
            "process_max_fds",
            "process_start_time_seconds",
        ] {
            let value = text
                .lines()
                .find_map(|line| line.strip_prefix(&format!("{name} ")))
                .unwrap_or_else(|| panic!("{name} in {text}"));
            assert!(value.parse::<f64>().unwrap() >= 0.0);
        }
    }

    #[test]
    #[should_panic(expected = "metric a_total is no gauge")]
    fn a_name_is_of_one_kind() {
        let metrics = Metrics::new();
        let _ = metrics.counter("a_total", "as", &[]);
        let _ = metrics.gauge("a_total", "as", &[]);
    }
}
