//! Objects for Prometheus and Grafana.

use schemars::JsonSchema;
use serde::Deserialize;

use super::Labels;
use crate::schema::located::{Located, Text};

/// Objects for Prometheus and Grafana. The first two want prometheus-operator in the cluster.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct Monitoring {
    /// Whether there are PodMonitors, so that Prometheus reads the pods' metrics. Default: false.
    pub pod_monitor: Option<bool>,
    /// Whether there are PrometheusRules with alerts. Default: false.
    pub rules: Option<bool>,
    /// Whether there is a ConfigMap with a dashboard for Grafana's sidecar. Default: false.
    pub dashboard: Option<bool>,
    /// Whether there is `kubefuncs-exporter`, which asks the brokers and tells Prometheus, and
    /// gives KEDA the depth of a queue for `scaling.queueDepth`. Default: false.
    pub exporter: Option<bool>,
    /// The namespace that Prometheus runs in, which may then reach the metrics. Default:
    /// `monitoring`.
    pub namespace: Option<Located<Text>>,
    /// Labels of the PodMonitors and PrometheusRules, by which Prometheus finds them, such as
    /// `release: kube-prometheus-stack`.
    pub labels: Option<Labels>,
}
