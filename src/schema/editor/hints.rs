//! What an editor says beyond what the compiler needs of the schema: which form a text has, an
//! example of it, and the keys of Kubernetes' own blocks.
//!
//! The compiler has better words for a text of the wrong form, and judges blocks by Kubernetes'
//! own schema, so it takes them out again before it checks (`remove`).

use serde_json::{Map, Value, json};

/// The keys of Kubernetes' blocks, by the field they are under.
const BLOCKS: &str = include_str!("blocks.json");

/// How the definitions of such keys begin.
const KUBERNETES: &str = "Kubernetes.";

const NAME: &str = "^[a-z]([-a-z0-9]*[a-z0-9])?$";
const NAMESPACE: &str = "^[a-z0-9]([-a-z0-9]*[a-z0-9])?$";
const TOPIC: &str = "^[A-Za-z0-9._-]+(#ephemeral)?$";
const DURATION: &str = "^([0-9]+(\\.[0-9]+)?(ms|s|m|h))+$";
const QUANTITY: &str = "^[0-9.]+([eE][-+]?[0-9]+|[numkMGTPE]|[KMGTPE]i)?$";
const SIZE: &str = "^[0-9]+ ?([kKMG]i?B)?$";
const ADDRESS: &str = "^[^:/]+:[0-9]+$";
const ANY: &str = "";

/// Whose field it is, as its definition is called (none is the document itself), the field, its
/// form, and examples of it.
#[rustfmt::skip] // One row a line.
const FIELDS: &[(&str, &str, &str, &[&str])] = &[
    ("", "app", NAME, &["shop"]),
    ("", "namespace", NAMESPACE, &["shop"]),
    ("", "image", ANY, &["ghcr.io/acme/shop:1.4.0"]),
    ("", "kubeVersion", ANY, &["1.33", "1.34", "1.35", "1.36", "1.37"]),
    ("", "templates", ANY, &["k8s/templates"]),
    ("Function", "name", NAME, &["checkout"]),
    ("Function", "image", ANY, &["ghcr.io/acme/checkout:2.0"]),
    ("Function", "topic", TOPIC, &["orders"]),
    ("Function", "channel", TOPIC, &["checkout"]),
    ("Function", "timeout", DURATION, &["250ms", "3s", "1m30s"]),
    ("Function", "kind", ANY, &["Deployment", "StatefulSet", "DaemonSet"]),
    ("Backoff", "min", DURATION, &["1s"]),
    ("Backoff", "max", DURATION, &["60s"]),
    ("Schedule", "cron", ANY, &["*/5 * * * *", "@daily"]),
    ("Schedule", "timezone", ANY, &["Etc/UTC", "Europe/Vienna"]),
    ("Http", "path", "^/", &["/checkout/"]),
    ("Http", "host", ANY, &["shop.example"]),
    ("Http", "timeout", DURATION, &["3s"]),
    ("Route", "topic", TOPIC, &["orders"]),
    ("Route", "timeout", DURATION, &["3s"]),
    ("GatewayLimits", "body", SIZE, &["960KiB"]),
    ("Nsqd", "storage", QUANTITY, &["10Gi"]),
    ("Broker", "lookupd", ADDRESS, &["kubefuncs-nsq-lookupd.kubefuncs.svc.cluster.local:4161"]),
    ("Broker", "nsqd", ADDRESS, &["kubefuncs-nsq-nsqd.kubefuncs.svc.cluster.local:4150"]),
];

/// Adds them.
pub(super) fn add(schema: &mut Value) {
    fields(schema, |property, pattern, examples| {
        property.insert("examples".to_owned(), json!(examples));
        if !pattern.is_empty() {
            property.insert("pattern".to_owned(), json!(pattern));
        }
    });
    let known: Map<String, Value> = serde_json::from_str(BLOCKS).unwrap_or_default();
    let names: Vec<String> = known.keys().cloned().collect();
    blocks(schema, &names, true);
    if let Some(Value::Object(definitions)) = schema.get_mut("definitions") {
        let named = |(name, keys)| (format!("{KUBERNETES}{name}"), keys);
        definitions.extend(known.into_iter().map(named));
    }
}

/// Takes out what was added and has a say in what is right.
pub(in crate::schema) fn remove(schema: &mut Value) {
    fields(schema, |property, pattern, _| {
        if !pattern.is_empty() {
            property.remove("pattern");
        }
    });
    let mut names = Vec::new();
    if let Some(Value::Object(definitions)) = schema.get_mut("definitions") {
        let known = definitions
            .keys()
            .filter_map(|name| name.strip_prefix(KUBERNETES));
        names.extend(known.map(str::to_owned));
        definitions.retain(|name, _| !name.starts_with(KUBERNETES));
    }
    blocks(schema, &names, false);
}

/// Looks at each field of the table, wherever it is: the document and its functions have a form
/// for environments each, and functions one for `defaults`.
fn fields(schema: &mut Value, look: impl Fn(&mut Map<String, Value>, &str, &[&str])) {
    for (owner, field, pattern, examples) in FIELDS {
        let owners = match *owner {
            "" => vec![String::new(), "/definitions/Environment".to_owned()],
            "Function" => vec![
                "/definitions/Function".to_owned(),
                "/definitions/FunctionInEnvironment".to_owned(),
                "/properties/defaults".to_owned(),
                "/definitions/Environment/properties/defaults".to_owned(),
            ],
            other => vec![
                format!("/definitions/{other}"),
                format!("/definitions/{other}InEnvironment"),
            ],
        };
        for owner in owners {
            let place = format!("{owner}/properties/{field}");
            if let Some(Value::Object(property)) = schema.pointer_mut(&place) {
                look(property, pattern, examples);
            }
        }
    }
}

/// Refers to the keys of a block wherever a field that holds one is defined, or no longer does.
fn blocks(schema: &mut Value, names: &[String], refer: bool) {
    match schema {
        Value::Array(items) => items.iter_mut().for_each(|item| blocks(item, names, refer)),
        Value::Object(map) => {
            if let Some(Value::Object(properties)) = map.get_mut("properties") {
                for name in names {
                    let Some(Value::Object(property)) = properties.get_mut(name) else {
                        continue;
                    };
                    if refer {
                        let keys = json!([{"$ref": format!("#/definitions/{KUBERNETES}{name}")}]);
                        property.insert("allOf".to_owned(), keys);
                    } else {
                        property.remove("allOf");
                    }
                }
            }
            map.values_mut()
                .for_each(|value| blocks(value, names, refer));
        }
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Map, Value, json};

    use super::{BLOCKS, FIELDS};
    use crate::schema::fault::FaultKind;
    use crate::schema::functions_schema;
    use crate::schema::kinds::validate_definition;

    fn published() -> Value {
        serde_json::from_str(&functions_schema().unwrap()).unwrap()
    }

    #[test]
    fn every_field_of_the_table_is_there() {
        let schema = published();
        for (owner, field, ..) in FIELDS {
            let place = match *owner {
                "" => format!("/properties/{field}/examples"),
                owner => format!("/definitions/{owner}/properties/{field}/examples"),
            };
            assert!(schema.pointer(&place).is_some(), "{place}");
        }
    }

    /// What Kubernetes makes of a block that has all the keys we offer, at all depths: whatever
    /// else may be wrong with such a thing, no key is unknown.
    #[test]
    fn kubernetes_knows_every_key_of_a_block() {
        let parts = [
            ("resources", &["Container.resources"][..]),
            (
                "securityContext",
                &["PodSpec.securityContext", "Container.securityContext"],
            ),
            ("affinity", &["PodSpec.affinity"]),
            ("tolerations", &["PodSpec.tolerations"]),
            ("topologySpread", &["PodSpec.topologySpreadConstraints"]),
            ("volumes", &["PodSpec.volumes"]),
            ("volumeMounts", &["Container.volumeMounts"]),
            ("initContainers", &["PodSpec.initContainers"]),
            ("nodeSelector", &["PodSpec.nodeSelector"]),
        ];
        let blocks: Map<String, Value> = serde_json::from_str(BLOCKS).unwrap();
        assert_eq!(blocks.len(), parts.len());
        for (field, definitions) in parts {
            let value = example(&blocks[field]);
            let unknown = definitions.iter().map(|definition| {
                let faults = validate_definition(definition, &value).unwrap();
                let keys = faults.into_iter().filter_map(|fault| match fault.kind {
                    FaultKind::UnknownKey { key, .. } => Some(format!("{}/{key}", fault.pointer)),
                    _ => None,
                });
                keys.collect::<Vec<_>>()
            });
            // Of several definitions one has to know a key.
            let unknown: Vec<_> = unknown.collect();
            let nobody = unknown[0]
                .iter()
                .filter(|key| unknown.iter().all(|all| all.contains(key)));
            assert_eq!(nobody.count(), 0, "{field}: {unknown:?}");
        }
        // And it would be found if one were.
        let wrong = json!({"limit": {}});
        assert!(
            !validate_definition("Container.resources", &wrong)
                .unwrap()
                .is_empty()
        );
    }

    fn example(schema: &Value) -> Value {
        if let Some(items) = schema.get("items") {
            return json!([example(items)]);
        }
        let properties = schema.get("properties").and_then(Value::as_object);
        let entries = properties.into_iter().flatten();
        Value::Object(
            entries
                .map(|(key, value)| (key.clone(), example(value)))
                .collect(),
        )
    }
}
