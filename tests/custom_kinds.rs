//! The schemas that are written by hand: those of KEDA, prometheus-operator and the Gateway API.
//! What is right passes, and each planted fault is found.

#![allow(clippy::unwrap_used, reason = "a test may fail by panicking")]

use kubefunctl::schema::kinds::lookup;
use serde_json::{Value, json};

/// Objects that their controllers take, with most of what the schemas know.
fn right() -> [Value; 5] {
    [
        json!({
            "apiVersion": "keda.sh/v1alpha1", "kind": "ScaledObject",
            "metadata": {"name": "thumb", "namespace": "functions"},
            "spec": {
                "scaleTargetRef": {"apiVersion": "apps/v1", "kind": "Deployment", "name": "thumb"},
                "pollingInterval": 15, "cooldownPeriod": 300, "initialCooldownPeriod": 120,
                "minReplicaCount": 0, "maxReplicaCount": 20,
                "fallback": {"failureThreshold": 3, "replicas": 2, "behavior": "currentReplicasIfHigher"},
                "advanced": {"horizontalPodAutoscalerConfig": {
                    "name": "thumb",
                    "behavior": {"scaleDown": {"stabilizationWindowSeconds": 300}},
                }},
                "triggers": [{"type": "nsq", "metricType": "AverageValue", "metadata": {"topic": "a"}}],
            },
        }),
        json!({
            "apiVersion": "monitoring.coreos.com/v1", "kind": "PodMonitor",
            "metadata": {"name": "thumb"},
            "spec": {
                "selector": {"matchLabels": {"app": "thumb"}},
                "podTargetLabels": ["app"],
                "podMetricsEndpoints": [{"port": "http", "path": "/metrics", "interval": "30s", "scrapeTimeout": "10s"}],
            },
        }),
        json!({
            "apiVersion": "monitoring.coreos.com/v1", "kind": "ServiceMonitor",
            "metadata": {"name": "gateway"},
            "spec": {
                "selector": {"matchLabels": {"app": "gateway"}},
                "jobLabel": "app",
                "endpoints": [{"port": "http", "interval": "1m", "targetPort": 8081}],
            },
        }),
        json!({
            "apiVersion": "monitoring.coreos.com/v1", "kind": "PrometheusRule",
            "metadata": {"name": "thumb"},
            "spec": {"groups": [{"name": "a", "interval": "30s", "rules": [
                {"alert": "A", "expr": "up == 0", "for": "10m", "labels": {"severity": "warning"}},
                {"record": "a:b", "expr": "sum(b)"},
            ]}]},
        }),
        json!({
            "apiVersion": "gateway.networking.k8s.io/v1", "kind": "HTTPRoute",
            "metadata": {"name": "gateway"},
            "spec": {
                "parentRefs": [{"name": "public", "namespace": "edge", "sectionName": "https"}],
                "hostnames": ["fn.example.com", "*.example.com"],
                "rules": [{
                    "matches": [{"path": {"type": "PathPrefix", "value": "/"}, "method": "GET"}],
                    "timeouts": {"request": "45s", "backendRequest": "1m30s"},
                    "filters": [{"type": "RequestHeaderModifier", "requestHeaderModifier": {"remove": ["x"]}}],
                    "backendRefs": [{"group": "", "kind": "Service", "name": "gateway", "port": 80, "weight": 1}],
                }],
            },
        }),
    ]
}

/// A fault: the kind, the place of a value, and what it is replaced by; null takes it away.
fn planted() -> Vec<(&'static str, &'static str, Value)> {
    vec![
        ("ScaledObject", "/spec/scaleTargetRef/name", Value::Null),
        ("ScaledObject", "/spec/scaleTargetRef/nam", json!("x")),
        ("ScaledObject", "/spec/minReplicas", json!(1)),
        ("ScaledObject", "/spec/minReplicaCount", json!(-1)),
        ("ScaledObject", "/spec/maxReplicaCount", json!("20")),
        ("ScaledObject", "/spec/pollingInterval", json!(0)),
        ("ScaledObject", "/spec/fallback/behavior", json!("higher")),
        ("ScaledObject", "/spec/fallback/replicas", Value::Null),
        ("ScaledObject", "/spec/triggers", Value::Null),
        ("ScaledObject", "/spec/triggers", json!([])),
        (
            "ScaledObject",
            "/spec/triggers/0/metadata/depthThreshold",
            json!(10),
        ),
        ("ScaledObject", "/spec/triggers/0/type", Value::Null),
        (
            "ScaledObject",
            "/spec/triggers/0/metricType",
            json!("Average"),
        ),
        (
            "ScaledObject",
            "/spec/advanced/horizontalPodAutoscalerConfig/behavior/scaleDown/stabilizationWindowSeconds",
            json!(7200),
        ),
        ("ScaledObject", "/metadata/name", json!("Thumb")),
        ("PodMonitor", "/spec/selector", Value::Null),
        ("PodMonitor", "/spec/endpoints", json!([])),
        (
            "PodMonitor",
            "/spec/podMetricsEndpoints/0/interval",
            json!("30 s"),
        ),
        (
            "PodMonitor",
            "/spec/podMetricsEndpoints/0/interval",
            json!(30),
        ),
        (
            "PodMonitor",
            "/spec/podMetricsEndpoints/0/portName",
            json!("http"),
        ),
        (
            "PodMonitor",
            "/spec/selector/matchLabels/app",
            json!("not a label"),
        ),
        ("ServiceMonitor", "/spec/endpoints", Value::Null),
        ("ServiceMonitor", "/spec/endpoints/0/scheme", json!("ftp")),
        ("ServiceMonitor", "/spec/endpoints/0/targetPort", json!(0)),
        ("ServiceMonitor", "/spec/podMetricsEndpoints", json!([])),
        ("PrometheusRule", "/spec/groups/0/name", Value::Null),
        ("PrometheusRule", "/spec/groups/0/rules/0/expr", Value::Null),
        (
            "PrometheusRule",
            "/spec/groups/0/rules/0/for",
            json!("soon"),
        ),
        (
            "PrometheusRule",
            "/spec/groups/0/rules/0/alert",
            Value::Null,
        ),
        (
            "PrometheusRule",
            "/spec/groups/0/rules/0/record",
            json!("both"),
        ),
        (
            "PrometheusRule",
            "/spec/groups/0/rules/0/severity",
            json!("warning"),
        ),
        (
            "PrometheusRule",
            "/spec/groups/1",
            json!({"name": "a", "rules": []}),
        ),
        ("HTTPRoute", "/spec/parentRefs/0/name", Value::Null),
        ("HTTPRoute", "/spec/hostnames/0", json!("fn example")),
        ("HTTPRoute", "/spec/rules", json!([])),
        (
            "HTTPRoute",
            "/spec/rules/0/matches/0/path/type",
            json!("Prefix"),
        ),
        ("HTTPRoute", "/spec/rules/0/matches/0/method", json!("get")),
        ("HTTPRoute", "/spec/rules/0/timeouts/request", json!("1.5s")),
        ("HTTPRoute", "/spec/rules/0/timeout", json!("1s")),
        (
            "HTTPRoute",
            "/spec/rules/0/backendRefs/0/port",
            json!(70_000),
        ),
        ("HTTPRoute", "/spec/rules/0/filters/0/type", json!("Header")),
    ]
}

fn faults(object: &Value) -> usize {
    let (version, kind) = (object["apiVersion"].as_str(), object["kind"].as_str());
    let kind = lookup(version.unwrap(), kind.unwrap()).unwrap();
    kind.faults(object).len()
}

#[test]
fn every_kind_of_the_file_is_here() {
    let file: Value =
        serde_json::from_str(include_str!("../schemas/kubernetes/custom.json")).unwrap();
    let name = |kind: &Value| (kind["apiVersion"].clone(), kind["kind"].clone());
    let kinds = file["kinds"].as_array().unwrap().iter().map(name);
    let right = right();
    let mut here: Vec<_> = right.iter().map(name).collect();
    here.sort_by_key(|(version, kind)| (version.to_string(), kind.to_string()));
    assert_eq!(kinds.collect::<Vec<_>>(), here);
    for (version, _) in here {
        assert!(
            file["sources"].get(version.as_str().unwrap()).is_some(),
            "{version} has no source"
        );
    }
}

#[test]
fn what_is_right_passes() {
    for object in right() {
        assert_eq!(faults(&object), 0, "{object:#}");
    }
}

#[test]
fn every_planted_fault_is_found() {
    for (kind, pointer, value) in planted() {
        let mut objects = right().into_iter();
        let mut object = objects.find(|object| object["kind"] == kind).unwrap();
        let (parent, key) = pointer.rsplit_once('/').unwrap();
        match (object.pointer_mut(parent).unwrap(), value) {
            (Value::Object(map), Value::Null) => assert!(map.remove(key).is_some(), "{pointer}"),
            (Value::Object(map), value) => {
                map.insert(key.to_owned(), value);
            }
            (Value::Array(items), value) => {
                let index: usize = key.parse().unwrap();
                items.truncate(index);
                items.push(value);
            }
            (other, _) => panic!("{pointer} is in {other}"),
        }
        assert_ne!(faults(&object), 0, "{kind} {pointer} passes: {object:#}");
    }
}
