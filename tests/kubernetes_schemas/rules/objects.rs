//! Keys that an object must have, and what goes with them.

use serde_json::{Value, json};

use super::forms::{DNS_LABEL, DNS_SUBDOMAIN, PATH_SEGMENT, SERVICE_NAME};
use super::{Definitions, definition, field};
use crate::collect::Kind;

/// Keys that the API refuses to do without, although its description does not say so.
const REQUIRED: &[(&str, &[&str])] = &[
    ("apps.v1.ReplicaSetSpec", &["template"]),
    ("batch.v1.JobTemplateSpec", &["spec"]),
    ("core.v1.Container", &["image"]),
    ("core.v1.EphemeralContainer", &["image"]),
    (
        "core.v1.PersistentVolumeClaimSpec",
        &["accessModes", "resources"],
    ),
    ("core.v1.PodTemplateSpec", &["spec"]),
    ("networking.v1.IngressServiceBackend", &["port"]),
    ("networking.v1.NetworkPolicySpec", &["podSelector"]),
    ("policy.v1.PodDisruptionBudgetSpec", &["selector"]),
];

/// Mappings that have exactly one of several keys.
const ONE_OF: &[(&str, &[&str])] = &[
    ("core.v1.Probe", &["exec", "grpc", "httpGet", "tcpSocket"]),
    (
        "core.v1.LifecycleHandler",
        &["exec", "httpGet", "sleep", "tcpSocket"],
    ),
    (
        "core.v1.EnvVarSource",
        &[
            "configMapKeyRef",
            "fieldRef",
            "fileKeyRef",
            "resourceFieldRef",
            "secretKeyRef",
        ],
    ),
    ("networking.v1.IngressBackend", &["resource", "service"]),
    ("networking.v1.ServiceBackendPort", &["name", "number"]),
    (
        "policy.v1.PodDisruptionBudgetSpec",
        &["maxUnavailable", "minAvailable"],
    ),
];

/// Pod templates, and the restart policies that the pods of each may have.
const TEMPLATES: &[(&str, &[&str])] = &[
    ("apps.v1.DaemonSetSpec.template", &["Always"]),
    ("apps.v1.DeploymentSpec.template", &["Always"]),
    ("apps.v1.ReplicaSetSpec.template", &["Always"]),
    ("apps.v1.StatefulSetSpec.template", &["Always"]),
    ("batch.v1.JobSpec.template", &["Never", "OnFailure"]),
];

/// Selectors that must not select everything.
const SELECTORS: &[&str] = &[
    "apps.v1.DaemonSetSpec.selector",
    "apps.v1.DeploymentSpec.selector",
    "apps.v1.ReplicaSetSpec.selector",
    "apps.v1.StatefulSetSpec.selector",
];

pub(super) fn apply(definitions: &mut Definitions) {
    for (name, keys) in REQUIRED {
        let schema = definition(definitions, name);
        let mut required: Vec<Value> = schema["required"].as_array().cloned().unwrap_or_default();
        for key in *keys {
            assert!(
                schema["properties"].get(key).is_some(),
                "{name} has no {key}"
            );
            assert!(
                !required.contains(&json!(key)),
                "{name} requires {key} already"
            );
            required.push(json!(key));
        }
        required.sort_by_key(Value::to_string);
        schema["required"] = json!(required);
    }
    for (name, keys) in ONE_OF {
        let schema = definition(definitions, name);
        for key in *keys {
            assert!(
                schema["properties"].get(key).is_some(),
                "{name} has no {key}"
            );
        }
        let branches: Vec<Value> = keys.iter().map(|key| json!({"required": [key]})).collect();
        schema["oneOf"] = json!(branches);
    }
    for (at, policies) in TEMPLATES {
        let mut spec = json!({"properties": {"restartPolicy": {"enum": policies}}});
        let template = field(definitions, at);
        if policies.contains(&"Always") {
            // Their selectors match the labels of their pods.
            template["required"] = json!(["metadata"]);
        } else {
            // The default is not among them.
            spec["required"] = json!(["restartPolicy"]);
        }
        template["properties"] = json!({"spec": spec});
    }
    for at in SELECTORS {
        field(definitions, at)["minProperties"] = json!(1);
    }
    // A name and one source; nobody should have to guess that no source means `emptyDir`.
    exactly(definition(definitions, "core.v1.Volume"), 2);
    exactly(definition(definitions, "core.v1.VolumeProjection"), 1);
}

/// Fixes the number of keys, where naming each choice would fill a page.
fn exactly(schema: &mut Value, keys: u64) {
    schema["minProperties"] = json!(keys);
    schema["maxProperties"] = json!(keys);
}

/// Gives each kind a definition of its own, for what its objects have beyond the definition that
/// `k8s-openapi` has, which may also stand inside other objects.
pub(crate) fn add_kinds(definitions: &mut Definitions, kinds: &mut [Kind]) {
    for kind in kinds {
        let mut schema = object(kind.api_version, kind.kind);
        schema["$ref"] = json!(format!("#/$defs/{}", kind.definition));
        let name = format!("{}/{}", kind.api_version, kind.kind);
        definitions.insert(name.clone(), schema);
        kind.definition = name;
    }
}

/// What objects of a kind have as such.
fn object(api_version: &str, kind: &str) -> Value {
    let mut required = vec!["apiVersion", "kind", "metadata"];
    match kind {
        "Ingress"
        | "Job"
        | "NetworkPolicy"
        | "PersistentVolumeClaim"
        | "Pod"
        | "PodDisruptionBudget"
        | "Service" => required.push("spec"),
        "PriorityClass" => required.push("value"),
        _ => {}
    }
    let mut name = match kind {
        "Namespace" => DNS_LABEL.rule(),
        "Service" => SERVICE_NAME.rule(),
        "ClusterRole" | "ClusterRoleBinding" | "Role" | "RoleBinding" => PATH_SEGMENT.rule(),
        _ => DNS_SUBDOMAIN.rule(),
    };
    if kind == "CronJob" {
        // Its Jobs have eleven characters more.
        name["maxLength"] = json!(52);
    }
    json!({
        "properties": {
            "apiVersion": {"const": api_version},
            "kind": {"const": kind},
            "metadata": {"properties": {"name": name}, "required": ["name"]},
        },
        "required": required,
    })
}
