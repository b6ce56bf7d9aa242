//! Objects at random: of kinds whose lists have keys, are sets, or are in order.

use proptest::collection::{btree_map, vec};
use proptest::prelude::*;
use serde_json::{Map, Value, json};

fn word() -> impl Strategy<Value = String> {
    prop_oneof![
        4 => "[a-d]{1,2}",
        1 => "[ -~]{0,6}",
        1 => Just("a\nb\n".to_owned()),
        1 => Just("100m".to_owned()),
    ]
}

/// Any value; nothing in it is called as a field is whose lists have keys.
fn value() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        word().prop_map(Value::from),
        (-3_i64..3).prop_map(Value::from),
        any::<bool>().prop_map(Value::from),
        Just(json!({})),
        Just(json!([])),
    ];
    leaf.prop_recursive(3, 12, 3, |inner| {
        prop_oneof![
            vec(inner.clone(), 0..4).prop_map(Value::from),
            btree_map("[a-d]{1,2}", inner, 0..4)
                .prop_map(|map| Value::Object(map.into_iter().collect())),
        ]
    })
}

fn env() -> impl Strategy<Value = Value> {
    btree_map("[A-D]", word(), 0..4).prop_map(|vars| {
        let vars = vars.into_iter();
        vars.map(|(name, value)| json!({"name": name, "value": value}))
            .collect()
    })
}

fn containers() -> impl Strategy<Value = Value> {
    let container = (env(), vec(word(), 0..4), value());
    btree_map("[a-c]", container, 1..3).prop_map(|containers| {
        let containers = containers.into_iter();
        containers
            .map(|(name, (env, args, more))| {
                json!({"name": name, "env": env, "args": args, "x": more})
            })
            .collect()
    })
}

fn rules() -> impl Strategy<Value = Value> {
    let words = || btree_map("[a-d]", Just(()), 1..4);
    let rule = (words(), words()).prop_map(|(verbs, resources)| {
        let list = |words: std::collections::BTreeMap<String, ()>| {
            words.into_keys().map(Value::from).collect::<Value>()
        };
        json!({"verbs": list(verbs), "resources": list(resources)})
    });
    vec(rule, 0..4).prop_map(Value::from)
}

fn object() -> impl Strategy<Value = Value> {
    let named = |version: &str, kind: &str, name: &str, labels: Value| {
        json!({
            "apiVersion": version, "kind": kind,
            "metadata": {"name": name, "namespace": "n", "labels": labels},
        })
    };
    let labels = || {
        btree_map("[a-c]", word(), 0..3).prop_map(|map| {
            let map = map
                .into_iter()
                .map(|(key, value)| (key, Value::from(value)));
            Value::Object(map.collect::<Map<_, _>>())
        })
    };
    let workload = (labels(), containers(), 0..4_i64, any::<bool>()).prop_map(
        move |(labels, containers, replicas, daemon)| {
            let kind = if daemon { "DaemonSet" } else { "Deployment" };
            let mut object = named("apps/v1", kind, "w", labels);
            let template = json!({"spec": {"containers": containers}});
            object["spec"] = json!({"replicas": replicas, "template": template});
            object
        },
    );
    let ports = btree_map(1..5_i64, word(), 0..4).prop_map(|ports| {
        let ports = ports.into_iter();
        ports
            .map(|(port, name)| json!({"port": port, "name": name}))
            .collect::<Value>()
    });
    let service = (labels(), ports).prop_map(move |(labels, ports)| {
        let mut object = named("v1", "Service", "s", labels);
        object["spec"] = json!({"ports": ports});
        object
    });
    let role = (labels(), rules()).prop_map(move |(labels, rules)| {
        let mut object = named("rbac.authorization.k8s.io/v1", "Role", "r", labels);
        object["rules"] = rules;
        object
    });
    let secret = (labels(), value()).prop_map(move |(labels, data)| {
        let mut object = named("v1", "Secret", "s", labels);
        object["data"] = data;
        object
    });
    let widget = (labels(), value()).prop_map(move |(labels, spec)| {
        let mut object = named("acme.example.com/v1", "Widget", "x", labels);
        object["spec"] = spec;
        object
    });
    prop_oneof![2 => workload, 1 => service, 1 => role, 1 => secret, 1 => widget]
}

/// Objects without two of one identity.
pub(super) fn objects() -> impl Strategy<Value = Vec<Value>> {
    vec(object(), 0..6).prop_map(|objects| {
        let mut objects = objects;
        for (at, object) in objects.iter_mut().enumerate() {
            let name = object["metadata"]["name"].as_str().unwrap().to_owned();
            object["metadata"]["name"] = format!("{name}{}", at % 3).into();
        }
        let mut seen = std::collections::BTreeSet::new();
        objects.retain(|object| {
            seen.insert(format!("{} {}", object["kind"], object["metadata"]["name"]))
        });
        objects
    })
}
