//! Fields and definitions whose own schema says next to nothing, and what stands in for it.

use serde_json::{Value, json};

use super::{Definitions, definition, field};

/// Gives a type to quantities, and to what is a number or text.
pub(super) fn replace(definitions: &mut Definitions) {
    *definition(definitions, "resource.Quantity") = quantity();
    for at in COUNTS {
        take(definitions, at, count_or_percentage());
    }
    for at in PORTS {
        take(definitions, at, port_or_name());
    }
}

/// Replaces the schema of a field that only refers to the untyped `IntOrString`.
fn take(definitions: &mut Definitions, at: &str, schema: Value) {
    let place = field(definitions, at);
    let reference = place["$ref"].as_str().unwrap_or_default();
    assert!(
        reference.ends_with(".IntOrString"),
        "{at} has a type already"
    );
    *place = schema;
}

/// A number with an optional suffix. None of the bundled kinds has a use for negative ones.
fn quantity() -> Value {
    json!({
        "type": ["number", "string"],
        "minimum": 0,
        "format": "quantity",
        "pattern": "^[+]?([0-9]+([.][0-9]*)?|[.][0-9]+)([KMGTPE]i|[numkMGTPE]|[eE][+-]?[0-9]+)?$",
    })
}

const COUNTS: &[&str] = &[
    "apps.v1.RollingUpdateDaemonSet.maxSurge",
    "apps.v1.RollingUpdateDaemonSet.maxUnavailable",
    "apps.v1.RollingUpdateDeployment.maxSurge",
    "apps.v1.RollingUpdateDeployment.maxUnavailable",
    "apps.v1.RollingUpdateStatefulSetStrategy.maxUnavailable",
    "policy.v1.PodDisruptionBudgetSpec.maxUnavailable",
    "policy.v1.PodDisruptionBudgetSpec.minAvailable",
];

fn count_or_percentage() -> Value {
    json!({
        "type": ["integer", "string"],
        "minimum": 0,
        "maximum": i32::MAX,
        "format": "int-or-percent",
        "pattern": "^[0-9]+%$",
    })
}

const PORTS: &[&str] = &[
    "core.v1.HTTPGetAction.port",
    "core.v1.ServicePort.targetPort",
    "core.v1.TCPSocketAction.port",
    "networking.v1.NetworkPolicyPort.port",
];

fn port_or_name() -> Value {
    json!({
        "type": ["integer", "string"],
        "minimum": 1,
        "maximum": 65535,
        "format": "port-name",
        "pattern": super::forms::PORT_NAME,
        "maxLength": 15,
    })
}
