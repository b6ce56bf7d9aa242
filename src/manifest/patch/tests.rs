use proptest::prelude::*;
use serde_json::{Value, json};

use super::super::path::Scope;
use super::patch;
use crate::schema::Placed;

fn patched(object: &Value, over: &Value) -> Value {
    let mut placed = Placed::from(object.clone());
    let scope = Scope::new("apps", "Deployment", true);
    patch(&mut placed, &Placed::from(over.clone()), &scope).unwrap();
    placed.to_json()
}

fn in_pod(spec: &Value) -> Value {
    json!({"kind": "Deployment", "spec": {"template": {"spec": spec}}})
}

#[test]
fn as_kubernetes_merges() {
    let pod = json!({
        "containers": [{"name": "a", "image": "a:1", "ports": [{"containerPort": 1}],
            "env": [{"name": "X", "value": "1"}, {"name": "Y", "value": "2"}],
            "args": ["x", "y"], "resources": {"limits": {"memory": "1Gi"}}}],
        "tolerations": [{"key": "a"}],
        "nodeSelector": {"disk": "ssd", "zone": "a"},
    });
    for (over, expected) in [
        // Mappings merge, and a null removes.
        (
            json!({"nodeSelector": {"zone": null, "cpu": "big"}}),
            json!({"/nodeSelector": {"disk": "ssd", "cpu": "big"}}),
        ),
        (
            json!({"nodeSelector": {"$patch": "replace", "cpu": "big", "x": null}}),
            json!({"/nodeSelector": {"cpu": "big"}}),
        ),
        (
            json!({"nodeSelector": {"$patch": "delete"}}),
            json!({"/nodeSelector": null}),
        ),
        // Entries are told apart by their names; what is new comes last.
        (
            json!({"containers": [{"name": "b", "image": "b:1"}, {"name": "a", "image": "a:2"}]}),
            json!({"/containers/0/image": "a:2", "/containers/0/args/1": "y", "/containers/1/name": "b"}),
        ),
        (
            json!({"containers": [{"name": "a", "env": [{"name": "X", "$patch": "delete"}, {"name": "Z"}]}]}),
            json!({"/containers/0/env": [{"name": "Y", "value": "2"}, {"name": "Z"}]}),
        ),
        (
            json!({"containers": [{"name": "a", "env": [{"$patch": "replace"}, {"name": "Z"}]}]}),
            json!({"/containers/0/env": [{"name": "Z"}]}),
        ),
        // A port without a protocol is one of TCP.
        (
            json!({"containers": [{"name": "a", "ports": [
                {"containerPort": 1, "protocol": "TCP", "name": "t"}, {"containerPort": 1, "protocol": "UDP"}]}]}),
            json!({"/containers/0/ports": [
                {"containerPort": 1, "protocol": "TCP", "name": "t"}, {"containerPort": 1, "protocol": "UDP"}]}),
        ),
        // Other lists are replaced.
        (
            json!({"containers": [{"name": "a", "args": ["z"]}], "tolerations": [{"key": "b"}]}),
            json!({"/containers/0/args": ["z"], "/tolerations": [{"key": "b"}]}),
        ),
    ] {
        let made = patched(&in_pod(&pod), &in_pod(&over));
        let made = &made["spec"]["template"]["spec"];
        for (pointer, value) in expected.as_object().unwrap() {
            assert_eq!(
                made.pointer(pointer).unwrap_or(&Value::Null),
                value,
                "{over}"
            );
        }
    }
}

/// As Kubernetes does, though no object that it takes has two entries of one name.
#[test]
fn all_entries_of_a_name_are_deleted() {
    let made = patched(
        &in_pod(&json!({"containers": [{"name": "a"}, {"name": "b"}, {"name": "a"}]})),
        &in_pod(&json!({"containers": [{"name": "a", "$patch": "delete"}]})),
    );
    assert_eq!(made, in_pod(&json!({"containers": [{"name": "b"}]})));
}

#[test]
fn what_cannot_be_merged_is_told() {
    for (over, message) in [
        (json!({"containers": [{"image": "x"}]}), "no `name`"),
        (
            json!({"containers": [{"name": "b"}, {"name": "b"}]}),
            "twice",
        ),
        (json!({"nodeSelector": {"$patch": "remove"}}), "`$patch` is"),
        (json!({"$setElementOrder/containers": []}), "by hand"),
    ] {
        let mut object = Placed::from(in_pod(
            &json!({"containers": [{"name": "a"}], "nodeSelector": {}}),
        ));
        let scope = Scope::new("apps", "Deployment", true);
        let faults = patch(&mut object, &Placed::from(in_pod(&over)), &scope).unwrap_err();
        assert!(
            faults.len() == 1 && faults[0].message.contains(message),
            "{faults:?}"
        );
    }
    let mut object = Placed::from(json!({}));
    let whole = Placed::from(json!({"$patch": "delete"}));
    assert!(patch(&mut object, &whole, &Scope::new("", "Pod", false)).is_err());
}

/// A value as a pod's specification might be, orders of patches included.
fn value() -> impl Strategy<Value = Value> {
    let name = prop::sample::select(vec!["a", "b", "c"]);
    let scalar = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        (0..3).prop_map(Value::from),
        name.clone().prop_map(Value::from),
    ];
    scalar.prop_recursive(5, 64, 5, move |inner| {
        let key = prop::sample::select(vec![
            "spec",
            "template",
            "containers",
            "env",
            "args",
            "volumes",
            "name",
            "ports",
            "x",
        ]);
        let order = prop::option::of(prop::sample::select(vec!["delete", "replace", "merge"]));
        let entry = (
            prop::collection::btree_map(key, inner.clone(), 0..4),
            name.clone(),
            order,
        );
        let entry = entry.prop_map(|(map, name, order)| {
            let mut map: serde_json::Map<_, _> = map
                .into_iter()
                .map(|(key, value)| (key.to_owned(), value))
                .collect();
            map.insert("name".to_owned(), name.into());
            if let Some(order) = order {
                map.insert("$patch".to_owned(), order.into());
            }
            Value::Object(map)
        });
        let map = prop::collection::btree_map(
            prop::sample::select(vec!["spec", "template", "containers", "env", "x", "y"]),
            inner.clone(),
            0..4,
        );
        let map = map.prop_map(|map| {
            Value::Object(
                map.into_iter()
                    .map(|(key, value)| (key.to_owned(), value))
                    .collect(),
            )
        });
        prop_oneof![
            map,
            entry.clone(),
            prop::collection::vec(entry, 0..4).prop_map(Value::Array),
            prop::collection::vec(inner, 0..3).prop_map(Value::Array),
        ]
    })
}

/// What an object has: no nulls, no orders.
fn clean(value: &mut Value) {
    match value {
        Value::Object(map) => {
            map.retain(|key, value| key != "$patch" && !value.is_null());
            map.values_mut().for_each(clean);
        }
        Value::Array(items) => items.iter_mut().for_each(clean),
        _ => {}
    }
}

fn object() -> impl Strategy<Value = Value> {
    value().prop_map(|mut spec| {
        clean(&mut spec);
        in_pod(&spec)
    })
}

proptest! {
    #[test]
    fn the_empty_patch_changes_nothing(object in object()) {
        prop_assert_eq!(&patched(&object, &json!({})), &object);
    }

    #[test]
    fn twice_is_once(object in object(), over in value()) {
        let over = Placed::from(in_pod(&over));
        let scope = Scope::new("apps", "Deployment", true);
        let mut once = Placed::from(object);
        let _ = patch(&mut once, &over, &scope);
        let mut twice = once.clone();
        let _ = patch(&mut twice, &over, &scope);
        prop_assert_eq!(once.to_json(), twice.to_json());
    }

    #[test]
    fn no_order_is_left_in_an_object(object in object(), over in value()) {
        let scope = Scope::new("apps", "Deployment", true);
        let mut made = Placed::from(object);
        let _ = patch(&mut made, &Placed::from(in_pod(&over)), &scope);
        prop_assert!(!made.to_json().to_string().contains("$patch"));
    }
}
