//! Lists that must not be empty, and lists whose items are told apart by some of their keys.

use serde_json::json;

use super::{Definitions, field};

pub(super) fn apply(definitions: &mut Definitions) {
    for at in NOT_EMPTY {
        let list = field(definitions, at);
        assert_eq!(list["type"], "array", "{at} is not a list");
        list["minItems"] = json!(1);
    }
    for (fields, keys) in KEYS {
        for at in *fields {
            let list = field(definitions, at);
            assert_eq!(list["type"], "array", "{at} is not a list");
            list["x-kubernetes-list-map-keys"] = json!(keys);
        }
    }
}

const NOT_EMPTY: &[&str] = &[
    "autoscaling.v2.HPAScalingRules.policies",
    "core.v1.NodeSelector.nodeSelectorTerms",
    "core.v1.PodSpec.containers",
    "networking.v1.HTTPIngressRuleValue.paths",
    "rbac.v1.PolicyRule.verbs",
];

/// Lists, and the keys that no two of their items may share.
const KEYS: &[(&[&str], &[&str])] = &[
    (
        &[
            "core.v1.Container.env",
            "core.v1.EphemeralContainer.env",
            "core.v1.PodSpec.containers",
            "core.v1.PodSpec.ephemeralContainers",
            "core.v1.PodSpec.imagePullSecrets",
            "core.v1.PodSpec.initContainers",
            "core.v1.PodSpec.resourceClaims",
            "core.v1.PodSpec.schedulingGates",
            "core.v1.PodSpec.volumes",
            "core.v1.ResourceRequirements.claims",
        ],
        &["name"],
    ),
    (
        &[
            "core.v1.Container.ports",
            "core.v1.EphemeralContainer.ports",
        ],
        &["containerPort", "protocol"],
    ),
    (&["core.v1.ServiceSpec.ports"], &["port", "protocol"]),
    (
        &[
            "core.v1.Container.volumeMounts",
            "core.v1.EphemeralContainer.volumeMounts",
        ],
        &["mountPath"],
    ),
    (
        &[
            "core.v1.Container.volumeDevices",
            "core.v1.EphemeralContainer.volumeDevices",
        ],
        &["devicePath"],
    ),
    (&["core.v1.Container.resizePolicy"], &["resourceName"]),
    (&["core.v1.PodSpec.hostAliases"], &["ip"]),
    (
        &["core.v1.PodSpec.topologySpreadConstraints"],
        &["topologyKey", "whenUnsatisfiable"],
    ),
    (&["meta.v1.ObjectMeta.ownerReferences"], &["uid"]),
];
