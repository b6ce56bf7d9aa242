//! Objects for Prometheus and Grafana.

use std::collections::BTreeMap;

use super::{labels, names};
use crate::diag::Report;
use crate::schema::Located;
use crate::schema::spec;
use crate::source::Span;

/// Where Prometheus is by default.
const NAMESPACE: &str = "monitoring";

/// Which objects for Prometheus and Grafana there are.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Monitoring {
    /// Whether there are PodMonitors.
    pub pod_monitor: bool,
    /// Whether there are PrometheusRules.
    pub rules: bool,
    /// Whether there is a dashboard.
    pub dashboard: bool,
    /// The namespace that Prometheus runs in.
    pub namespace: String,
    /// Labels that Prometheus finds its objects by.
    pub labels: BTreeMap<String, String>,
    /// Where it is written.
    pub span: Option<Span>,
}

impl Monitoring {
    /// The namespace that reads metrics; `None` where nobody does.
    #[must_use]
    pub fn reader(&self) -> Option<&str> {
        self.pod_monitor.then_some(self.namespace.as_str())
    }
}

pub(super) fn resolve(spec: Option<&Located<spec::Monitoring>>, report: &mut Report) -> Monitoring {
    let Some(spec) = spec else {
        return Monitoring::default();
    };
    let namespace = spec.namespace.as_ref();
    Monitoring {
        pod_monitor: spec.pod_monitor.unwrap_or(false),
        rules: spec.rules.unwrap_or(false),
        dashboard: spec.dashboard.unwrap_or(false),
        namespace: namespace
            .and_then(|text| names::namespace(&text.0, text.span, report))
            .unwrap_or_else(|| NAMESPACE.to_owned()),
        labels: labels::resolve(spec.labels.as_ref(), report),
        span: Some(spec.span),
    }
}
