//! Alerts: what Prometheus is to watch for.

use serde_json::{Value, json};

use super::metrics::{
    CONNECTIONS, DEPTH, HEALTHY, LAST_POLL, LOOKUPD_UP, MESSAGES, Metric, REQUESTS, TIMEOUTS,
    TOPIC_DEPTH, UP, WAIT,
};
use super::query::{channel, pods_of};
use crate::resolve::{App, Exporter, Function};

/// The alerts of a function.
pub(super) fn of_function(app: &App, function: &Function) -> Value {
    let own = channel(app, function);
    let messages = |outcome: &str| format!("sum(rate({}{{{own}{outcome}}}[5m]))", MESSAGES.name);
    let wait = format!(
        "histogram_quantile(0.99, sum by (le) (rate({}_bucket{{{own}}}[5m])))",
        WAIT.name
    );
    let name = &function.name;
    let half = f64::from(u32::try_from(function.timeout.millis / 2).unwrap_or(u32::MAX)) / 1000.0;
    let rules = [
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
    ];
    json!({"name": function.object, "rules": rules})
}

/// The alerts of a gateway.
pub(super) fn of_gateway(app: &App, object: &str) -> Value {
    let own = pods_of(app, object);
    let requests = |code: &str| format!("sum(rate({}{{{own}{code}}}[5m]))", REQUESTS.name);
    let rules = [
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
    ];
    json!({"name": object, "rules": rules})
}

/// The alerts of NSQ, as the exporter sees it.
pub(super) fn of_nsq(app: &App, exporter: &Exporter) -> Value {
    let object = exporter.object.as_str();
    let own = pods_of(app, object);
    // While the exporter is replaced there are two, which tell the same.
    let most = |by: &str, metric: Metric| format!("max by ({by}) ({}{{{own}}})", metric.name);
    let replies = |metric: Metric| {
        let replies = r#"topic="rpc-*#ephemeral""#;
        format!("sum(max by (node) ({}{{{own},{replies}}}))", metric.name)
    };
    let last = format!("{}{{{own}}}", LAST_POLL.name);
    let rules = [
        alert(
            "NsqNodeDown",
            &format!("{} == 0", most("node", UP)),
            "2m",
            "critical",
            "{{ $labels.node }} does not answer: what it holds waits, and is lost if its volume is",
        ),
        alert(
            "NsqUnhealthy",
            &format!("{} == 0", most("node", HEALTHY)),
            "1m",
            "critical",
            "{{ $labels.node }} could not write to its disk, and takes no more messages",
        ),
        alert(
            "NsqDirectoryDown",
            &format!("{} == 0", most("lookupd", LOOKUPD_UP)),
            "5m",
            "warning",
            "{{ $labels.lookupd }} does not answer: new brokers may not be found",
        ),
        alert(
            "NsqTimesOut",
            &format!(
                "sum by (topic, channel) (max by (node, topic, channel) (increase({}{{{own}}}[10m]))) > 10",
                TIMEOUTS.name
            ),
            "10m",
            "warning",
            "{{ $labels.topic }}/{{ $labels.channel }}: {{ $value }} messages had no answer in time",
        ),
        alert(
            "NsqRepliesPileUp",
            &format!("{} + {} > 1000", replies(TOPIC_DEPTH), replies(DEPTH)),
            "5m",
            "warning",
            "{{ $value }} answers wait for callers that do not read them",
        ),
        alert(
            "ExporterStands",
            &format!("absent({last}) or time() - max({last}) > 120"),
            "5m",
            "warning",
            "nobody has asked the brokers for a while: no other alert of NSQ can fire",
        ),
    ];
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
