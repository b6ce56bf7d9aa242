//! A dashboard for Grafana: rows of three panels.

use serde_json::{Value, json};

use super::metrics::{
    CHANNEL_IN_FLIGHT, DEPTH, HANDLER, IN_FLIGHT, MESSAGES, Metric, OVERHEAD, PUBLISHED, REQUEST,
    REQUESTS, UP, WAIT,
};
use super::query::{channel, pods_of};
use crate::resolve::{App, Function, fingerprint};

/// The width and height of a panel, of 24 columns.
const SIZE: (usize, usize) = (8, 8);
/// Panels in a row.
const ROW: usize = 3;
/// The longest id that Grafana takes.
const ID: usize = 40;

/// The dashboard's JSON.
pub(super) fn text(app: &App) -> String {
    let gateway = app.gateway.iter();
    let gateway = gateway.flat_map(|gateway| of_gateway(&pods_of(app, &gateway.object)));
    let exporter = app.monitoring.exporter.iter();
    let nsq = exporter.flat_map(|exporter| of_nsq(&pods_of(app, &exporter.object)));
    let functions = app.functions.iter();
    let functions = functions.flat_map(|function| of_function(app, function));
    let panels = gateway.chain(nsq).chain(functions).enumerate();
    let panels: Vec<_> = panels.map(|(index, panel)| panel.json(index)).collect();
    let mut id = format!("kubefuncs-{}-{}", app.namespace, app.name);
    if id.len() > ID {
        let print = fingerprint([app.namespace.as_str(), &app.name]);
        id = format!("kubefuncs-{}", &print[..16]);
    }
    let document = json!({
        "uid": id,
        "title": format!("Functions of {}", app.name),
        "tags": ["kubefuncs"],
        "schemaVersion": 39,
        "editable": false,
        "refresh": "30s",
        "time": {"from": "now-1h", "to": "now"},
        "templating": {"list": [{
            "name": "datasource",
            "label": "Data source",
            "type": "datasource",
            "query": "prometheus",
        }]},
        "panels": panels,
    });
    serde_json::to_string_pretty(&document).unwrap_or_default() + "\n"
}

/// A panel.
struct Panel {
    title: String,
    /// What Grafana calls the unit.
    unit: &'static str,
    /// Expressions and their legends.
    lines: Vec<(String, &'static str)>,
}

/// `own` selects the gateway's pods.
fn of_gateway(own: &str) -> [Panel; 2] {
    [
        Panel {
            title: "Requests".to_owned(),
            unit: "reqps",
            lines: vec![(rate("code", REQUESTS.name, own), "{{code}}")],
        },
        Panel {
            title: "Answers, slowest in a hundred".to_owned(),
            unit: "s",
            lines: vec![
                (slowest("le, topic", REQUEST.name, own), "{{topic}}"),
                (slowest("le", OVERHEAD.name, own), "the gateway's part"),
            ],
        },
    ]
}

/// `own` selects the exporter's pods.
fn of_nsq(own: &str) -> [Panel; 3] {
    [
        Panel {
            title: "Brokers".to_owned(),
            unit: "short",
            lines: vec![(format!("max by (node) ({}{{{own}}})", UP.name), "{{node}}")],
        },
        Panel {
            title: "Published".to_owned(),
            unit: "cps",
            lines: vec![(
                format!(
                    "sum by (topic) (max by (node, topic) (rate({}{{{own}}}[5m])))",
                    PUBLISHED.name
                ),
                "{{topic}}",
            )],
        },
        Panel {
            title: "Waiting and handed out".to_owned(),
            unit: "short",
            lines: vec![
                (all_brokers("topic", DEPTH, own), "{{topic}} waits"),
                (
                    all_brokers("topic", CHANNEL_IN_FLIGHT, own),
                    "{{topic}} handed out",
                ),
            ],
        },
    ]
}

fn of_function(app: &App, function: &Function) -> [Panel; 3] {
    let (own, name) = (channel(app, function), &function.name);
    // NSQ's exporter runs elsewhere.
    let queue = format!(
        r#"topic="{}",channel="{}""#,
        function.topic, function.channel
    );
    [
        Panel {
            title: format!("{name}: messages"),
            unit: "cps",
            lines: vec![(rate("outcome", MESSAGES.name, &own), "{{outcome}}")],
        },
        Panel {
            title: format!("{name}: time, longest in a hundred"),
            unit: "s",
            lines: vec![
                (slowest("le", WAIT.name, &own), "waiting"),
                (slowest("le", HANDLER.name, &own), "running"),
            ],
        },
        Panel {
            title: format!("{name}: queue"),
            unit: "short",
            lines: vec![
                (all_brokers("topic", DEPTH, &queue), "waiting"),
                (format!("sum({}{{{own}}})", IN_FLIGHT.name), "running"),
            ],
        },
    ]
}

/// While the exporter is replaced there are two, which tell the same.
fn all_brokers(by: &str, metric: Metric, own: &str) -> String {
    format!(
        "sum by ({by}) (max by (node, topic, channel) ({}{{{own}}}))",
        metric.name
    )
}

fn rate(by: &str, metric: &str, own: &str) -> String {
    format!("sum by ({by}) (rate({metric}{{{own}}}[5m]))")
}

fn slowest(by: &str, metric: &str, own: &str) -> String {
    format!("histogram_quantile(0.99, sum by ({by}) (rate({metric}_bucket{{{own}}}[5m])))")
}

impl Panel {
    /// The panel at a place of the grid.
    fn json(&self, index: usize) -> Value {
        let (width, height) = SIZE;
        let source = json!({"type": "prometheus", "uid": "${datasource}"});
        let lines = self.lines.iter().zip('A'..='Z');
        let targets: Vec<_> = lines
            .map(|((expr, legend), id)| {
                json!({"refId": id, "datasource": source, "expr": expr, "legendFormat": legend})
            })
            .collect();
        json!({
            "id": index + 1,
            "type": "timeseries",
            "title": self.title,
            "datasource": source,
            "fieldConfig": {"defaults": {"unit": self.unit, "min": 0}, "overrides": []},
            "gridPos": {
                "x": index % ROW * width,
                "y": index / ROW * height,
                "w": width,
                "h": height,
            },
            "targets": targets,
        })
    }
}
