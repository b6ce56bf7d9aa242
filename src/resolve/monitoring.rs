//! Objects for Prometheus and Grafana.

use std::collections::BTreeMap;

use super::resources::Usual;
use super::{Endpoint, ImageRef, Resources, image, labels, names, resources};
use crate::diag::Report;
use crate::schema::Located;
use crate::schema::spec;
use crate::source::Span;

/// The exporter's image where none is named.
pub(super) const IMAGE: &str = "kubefuncs/exporter:0.1.0";

/// What the exporter requests: it holds the answers of all brokers.
const EXPORTER: Usual = Usual {
    cpu: "50m",
    memory: "64Mi",
    memory_limit: "256Mi",
};

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
    /// What tells of NSQ, if anything does.
    pub exporter: Option<Exporter>,
    /// Where it is written.
    pub span: Option<Span>,
}

/// `kubefuncs-exporter`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Exporter {
    /// `<app>-exporter`: the name of its objects.
    pub object: String,
    /// Its image.
    pub image: ImageRef,
    /// CPU and memory.
    pub resources: Resources,
}

impl Exporter {
    /// The port of everything it serves.
    pub const PORT: u16 = 9117;

    /// Where it is found, in the namespace of its application.
    #[must_use]
    pub fn endpoint(&self, namespace: &str) -> Endpoint {
        Endpoint::service(&self.object, namespace, Self::PORT)
    }
}

impl Monitoring {
    /// The namespace that reads metrics; `None` where nobody does.
    #[must_use]
    pub fn reader(&self) -> Option<&str> {
        self.pod_monitor.then_some(self.namespace.as_str())
    }
}

pub(super) fn resolve(
    spec: Option<&Located<spec::Monitoring>>,
    app: &str,
    shared: &image::Shared,
    report: &mut Report,
) -> Monitoring {
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
        exporter: spec.exporter.unwrap_or(false).then(|| Exporter {
            object: names::object(app, "exporter", spec.span, report),
            image: shared.exporter(),
            resources: resources::resolve(None, EXPORTER),
        }),
        span: Some(spec.span),
    }
}
