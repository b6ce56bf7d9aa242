//! The names of metrics: the one table of what processes expose, and of what rules and dashboards
//! may speak of. `docs/metrics.md` is made from it, and the runtime is held to that page.

mod nsq;
mod process;
mod runtime;

pub use nsq::*;
pub use process::*;
pub use runtime::*;

/// What a metric counts with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// A number that only rises, until its process starts anew.
    Counter,
    /// A number of now.
    Gauge,
    /// A distribution: Prometheus sees `_bucket`, `_sum` and `_count`.
    Histogram,
}

impl Kind {
    /// As Prometheus' text format writes it.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Counter => "counter",
            Self::Gauge => "gauge",
            Self::Histogram => "histogram",
        }
    }
}

/// A metric.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Metric {
    /// Its name in Prometheus' text format; of a histogram without `_bucket`, `_sum`, `_count`.
    pub name: &'static str,
    /// What it counts with.
    pub kind: Kind,
    /// Its labels, beside those that Prometheus adds.
    pub labels: &'static [&'static str],
    /// What it tells.
    pub help: &'static str,
}

impl Metric {
    /// What it is measured in: the base unit that its name ends with, else things are counted.
    #[must_use]
    pub fn unit(&self) -> &'static str {
        let name = self.name.trim_end_matches("_total");
        let latency = name.contains("_e2e_latency_");
        match name {
            _ if latency || name.ends_with("_seconds") => "seconds",
            _ if name.ends_with("_bytes") => "bytes",
            _ => "1",
        }
    }
}

/// The metrics of one family, and the processes that expose them.
#[derive(Clone, Copy, Debug)]
pub struct Family {
    /// What it is about.
    pub title: &'static str,
    /// Who exposes it: `function`, `gateway`, `exporter`.
    pub processes: &'static [&'static str],
    /// Its metrics.
    pub metrics: &'static [Metric],
}

/// All of them.
pub const FAMILIES: &[Family] = &[
    Family {
        title: "A function",
        processes: &["function"],
        metrics: FUNCTION,
    },
    Family {
        title: "The gateway",
        processes: &["gateway"],
        metrics: GATEWAY,
    },
    Family {
        title: "Calls",
        processes: &["gateway"],
        metrics: CLIENT,
    },
    Family {
        title: "Connections to brokers",
        processes: &["function", "gateway"],
        metrics: BROKERS,
    },
    Family {
        title: "NSQ",
        processes: &["exporter"],
        metrics: NSQ,
    },
    Family {
        title: "The exporter",
        processes: &["exporter"],
        metrics: EXPORTER,
    },
    Family {
        title: "Every process",
        processes: &["function", "gateway", "exporter"],
        metrics: PROCESS,
    },
];

/// The metric of a name.
#[must_use]
pub fn find(name: &str) -> Option<&'static Metric> {
    let mut all = FAMILIES.iter().flat_map(|family| family.metrics);
    all.find(|metric| metric.name == name)
}

const fn counter(
    name: &'static str,
    labels: &'static [&'static str],
    help: &'static str,
) -> Metric {
    metric(name, Kind::Counter, labels, help)
}

const fn gauge(name: &'static str, labels: &'static [&'static str], help: &'static str) -> Metric {
    metric(name, Kind::Gauge, labels, help)
}

const fn histogram(
    name: &'static str,
    labels: &'static [&'static str],
    help: &'static str,
) -> Metric {
    metric(name, Kind::Histogram, labels, help)
}

const fn metric(
    name: &'static str,
    kind: Kind,
    labels: &'static [&'static str],
    help: &'static str,
) -> Metric {
    Metric {
        name,
        kind,
        labels,
        help,
    }
}
