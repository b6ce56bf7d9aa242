//! Objects for Prometheus and Grafana, all of them wished for.

use serde_json::{Value, json};

use super::labels::{Component, Metadata, metadata, selector};
use super::metrics::{CONNECTIONS, MESSAGES, REQUESTS, WAIT};
use super::{CONFIG_MAP, POD_MONITOR, PROMETHEUS_RULE, Plan, dashboard};
use crate::resolve::{App, Function};
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

/// The alerts and the dashboard of an application.
pub(super) fn plan(app: &App, plan: &mut Plan) {
    let origin = app.monitoring.span;
    let named = || metadata(app, &app.name, Component::Monitoring);
    if app.monitoring.rules {
        let mut metadata = named();
        metadata.labels.extend(app.monitoring.labels.clone());
        let functions = app
            .functions
            .iter()
            .filter(|function| function.health.is_some());
        let mut groups: Vec<_> = functions.map(|function| alerts(app, function)).collect();
        groups.extend(
            app.gateway
                .iter()
                .map(|gateway| gateway_alerts(app, &gateway.object)),
        );
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

fn alerts(app: &App, function: &Function) -> Value {
    let own = channel(app, function);
    let messages = |outcome: &str| format!("sum(rate({}{{{own}{outcome}}}[5m]))", MESSAGES.name);
    let wait = format!(
        "histogram_quantile(0.99, sum by (le) (rate({}_bucket{{{own}}}[5m])))",
        WAIT.name
    );
    let name = &function.name;
    let half = f64::from(u32::try_from(function.timeout.millis / 2).unwrap_or(u32::MAX)) / 1000.0;
    let rules = json!([
        alert(
            "FunctionFails",
            &format!(
                r#"{} / {} > 0.05"#,
                messages(r#",outcome="failed""#),
                messages("")
            ),
            "10m",
            "warning",
            &format!("{name}: {{{{ $value | humanizePercentage }}}} of its messages fail"),
        ),
        alert(
            "FunctionWaits",
            &format!("{wait} > {half}"),
            "10m",
            "warning",
            &format!(
                "{name}: messages wait for {{{{ $value | humanizeDuration }}}}, more than half of its timeout"
            ),
        ),
        alert(
            "FunctionGivesUp",
            &format!(
                r#"sum(increase({}{{{own},outcome="dead"}}[10m])) > 0"#,
                MESSAGES.name
            ),
            "1m",
            "warning",
            &format!("{name}: {{{{ $value }}}} messages were given up"),
        ),
    ]);
    json!({"name": function.object, "rules": rules})
}

fn gateway_alerts(app: &App, object: &str) -> Value {
    let own = pods_of(app, object);
    let requests = |code: &str| format!("sum(rate({}{{{own}{code}}}[5m]))", REQUESTS.name);
    let rules = json!([
        alert(
            "GatewayFails",
            &format!(
                r#"{} / {} > 0.05"#,
                requests(r#",code=~"5..""#),
                requests("")
            ),
            "10m",
            "critical",
            "the gateway answers {{ $value | humanizePercentage }} of requests with an error",
        ),
        alert(
            "GatewayCutOff",
            &format!(r#"sum({}{{{own},state="ready"}}) == 0"#, CONNECTIONS.name),
            "1m",
            "critical",
            "no gateway has a connection to a broker",
        ),
    ]);
    json!({"name": object, "rules": rules})
}

fn alert(name: &str, expr: &str, wait: &str, severity: &str, summary: &str) -> Value {
    json!({
        "alert": name,
        "expr": expr,
        "for": wait,
        "labels": {"severity": severity},
        "annotations": {"summary": summary},
    })
}

/// Selects what a function's pods say.
pub(super) fn channel(app: &App, function: &Function) -> String {
    format!(
        r#"namespace="{}",topic="{}",channel="{}""#,
        app.namespace, function.topic, function.channel
    )
}

/// Selects what the pods of a Deployment say.
pub(super) fn pods_of(app: &App, object: &str) -> String {
    format!(
        r#"namespace="{}",pod=~"{object}-[^-]+-[^-]+""#,
        app.namespace
    )
}
