//! Objects for Prometheus and Grafana, all of them wished for.

use serde_json::json;

use super::labels::{Component, Metadata, metadata, selector};
use super::{CONFIG_MAP, POD_MONITOR, PROMETHEUS_RULE, Plan, alerts, dashboard, exporter};
use crate::resolve::App;
use crate::source::Span;

/// Where Prometheus reads the metrics of a workload's pods.
pub(super) fn pods(
    app: &App,
    metadata: &Metadata,
    port: &str,
    origin: Option<Span>,
    plan: &mut Plan,
) {
    if app.monitoring.pod_monitor {
        let mut metadata = metadata.clone();
        metadata.labels.extend(app.monitoring.labels.clone());
        let context = json!({"selector": selector(&metadata.name), "port": port});
        plan.add(&POD_MONITOR, &metadata, origin, context);
    }
}

/// The exporter, the alerts and the dashboard of an application.
pub(super) fn plan(app: &App, plan: &mut Plan) {
    let origin = app.monitoring.span;
    if let Some(exporter) = &app.monitoring.exporter {
        exporter::plan(app, exporter, plan);
    }
    let named = || metadata(app, &app.name, Component::Monitoring);
    if app.monitoring.rules {
        let mut metadata = named();
        metadata.labels.extend(app.monitoring.labels.clone());
        let functions = app
            .functions
            .iter()
            .filter(|function| function.health.is_some());
        let functions = functions.map(|function| alerts::of_function(app, function));
        let gateway = app.gateway.iter();
        let gateway = gateway.map(|gateway| alerts::of_gateway(app, &gateway.object));
        let exporter = app.monitoring.exporter.iter();
        let nsq = exporter.map(|exporter| alerts::of_nsq(app, exporter));
        let groups: Vec<_> = functions.chain(gateway).chain(nsq).collect();
        if !groups.is_empty() {
            plan.add(
                &PROMETHEUS_RULE,
                &metadata,
                origin,
                json!({"groups": groups}),
            );
        }
    }
    if app.monitoring.dashboard {
        let mut metadata = named();
        metadata.name = format!("{}-dashboard", app.name);
        // Grafana's sidecar looks for it.
        metadata
            .labels
            .insert("grafana_dashboard".to_owned(), "1".to_owned());
        let file = format!("{}.json", app.name);
        let context = json!({"data": {file: dashboard::text(app)}});
        plan.add(&CONFIG_MAP, &metadata, origin, context);
    }
}
