//! Text that has a form: names, labels, keys.

use serde_json::{Value, json};

use super::{Definitions, extend, field, scalar};

/// A form of text: what `format` calls it, the pattern, and the most characters.
///
/// The words for each name are in the compiler, in `src/schema/fault/format.rs`.
pub(super) struct Form(&'static str, &'static str, u64);

impl Form {
    /// The form as keywords of a schema.
    pub(super) fn rule(&self) -> Value {
        json!({"format": self.0, "pattern": self.1, "maxLength": self.2})
    }
}

/// Digits, lower-case letters and single dashes, with at least one letter (an IANA service name).
pub(super) const PORT_NAME: &str = "^([0-9]-?)*[a-z](-?[a-z0-9])*$";

pub(super) const DNS_LABEL: Form = Form("dns-label", "^[a-z0-9]([-a-z0-9]*[a-z0-9])?$", 63);
pub(super) const SERVICE_NAME: Form = Form("service-name", "^[a-z]([-a-z0-9]*[a-z0-9])?$", 63);
pub(super) const DNS_SUBDOMAIN: Form = Form(
    "dns-subdomain",
    "^[a-z0-9]([-a-z0-9]*[a-z0-9])?([.][a-z0-9]([-a-z0-9]*[a-z0-9])?)*$",
    253,
);
pub(super) const PATH_SEGMENT: Form = Form("path-segment", "^[^/%]+$", 253);

const LABEL_KEY: Form = Form(
    "label-key",
    "^([A-Za-z0-9]([-A-Za-z0-9.]*[A-Za-z0-9])?/)?[A-Za-z0-9]([-A-Za-z0-9_.]*[A-Za-z0-9])?$",
    317,
);
const LABEL_VALUE: Form = Form(
    "label-value",
    "^([A-Za-z0-9]([-A-Za-z0-9_.]*[A-Za-z0-9])?)?$",
    63,
);
const CONFIG_KEY: Form = Form("config-key", "^[-._a-zA-Z0-9]+$", 253);
const RESOURCE: Form = Form(
    "resource-name",
    "^(cpu|memory|ephemeral-storage|hugepages-[0-9]+[KMG]i|[a-z0-9][-a-z0-9.]*/[-A-Za-z0-9_.]+)$",
    317,
);
const STORAGE: Form = Form("storage-name", "^storage$", 317);

/// Fields whose text has a form; of a list, each item.
const FIELDS: &[(&[&str], Form)] = &[
    (
        &[
            "core.v1.Container.name",
            "core.v1.EphemeralContainer.name",
            "core.v1.ServicePort.name",
            "core.v1.Volume.name",
            "core.v1.VolumeMount.name",
            "meta.v1.ObjectMeta.namespace",
        ],
        DNS_LABEL,
    ),
    (&["core.v1.PodSpec.serviceAccountName"], DNS_SUBDOMAIN),
    (
        &["core.v1.ContainerPort.name"],
        Form("port-name", PORT_NAME, 15),
    ),
    (
        &["core.v1.EnvVar.name"],
        Form("env-name", "^[ -<>-~]+$", 1024),
    ),
    (
        &[
            "core.v1.Container.image",
            "core.v1.EphemeralContainer.image",
        ],
        Form("image", "^[^ \t\r\n]+$", 1024),
    ),
    (
        &["core.v1.VolumeMount.mountPath"],
        Form("mount-path", "^[^:]+$", 4096),
    ),
    (
        &["networking.v1.IPBlock.cidr", "networking.v1.IPBlock.except"],
        Form("cidr", "^[0-9a-fA-F.:]+/[0-9]{1,3}$", 49),
    ),
    (
        &["batch.v1.CronJobSpec.schedule"],
        Form(
            "cron",
            "^(@(yearly|annually|monthly|weekly|daily|midnight|hourly)|@every [0-9a-zµ.]+|[^ @]+( +[^ ]+){4})$",
            1024,
        ),
    ),
];

/// Maps whose keys have a form.
const KEYS: &[(&[&str], Form)] = &[
    (
        &[
            "core.v1.PodSpec.nodeSelector",
            "core.v1.ServiceSpec.selector",
            "meta.v1.LabelSelector.matchLabels",
            "meta.v1.ObjectMeta.annotations",
            "meta.v1.ObjectMeta.labels",
        ],
        LABEL_KEY,
    ),
    (
        &[
            "core.v1.ConfigMap.binaryData",
            "core.v1.ConfigMap.data",
            "core.v1.Secret.data",
            "core.v1.Secret.stringData",
        ],
        CONFIG_KEY,
    ),
    (
        &[
            "core.v1.ResourceRequirements.limits",
            "core.v1.ResourceRequirements.requests",
        ],
        RESOURCE,
    ),
    (
        &[
            "core.v1.VolumeResourceRequirements.limits",
            "core.v1.VolumeResourceRequirements.requests",
        ],
        STORAGE,
    ),
];

/// Maps whose values are label values.
const LABELS: &[&str] = &[
    "core.v1.PodSpec.nodeSelector",
    "core.v1.ServiceSpec.selector",
    "meta.v1.LabelSelector.matchLabels",
    "meta.v1.ObjectMeta.labels",
];

pub(super) fn apply(definitions: &mut Definitions) {
    for (fields, form) in FIELDS {
        for at in *fields {
            extend(scalar(definitions, at), form.rule());
        }
    }
    for (maps, form) in KEYS {
        for at in *maps {
            let map = field(definitions, at);
            assert!(map["additionalProperties"].is_object(), "{at} is not a map");
            map["propertyNames"] = form.rule();
        }
    }
    for at in LABELS {
        extend(scalar(definitions, at), LABEL_VALUE.rule());
    }
}
