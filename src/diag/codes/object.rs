//! `KF03…`: an object that was rendered is not one Kubernetes would take.

use crate::diag::{Code, Severity};

/// A template cannot be rendered.
pub static TEMPLATE_FAILED: Code = Code {
    id: "KF0301",
    severity: Severity::Error,
    title: "a template fails",
    explanation: "The template names something that does not exist, or is not well formed.",
    wrong: "",
    right: "",
};

/// What a template gave is not one YAML object.
pub static NOT_AN_OBJECT: Code = Code {
    id: "KF0302",
    severity: Severity::Error,
    title: "a template yields no Kubernetes object",
    explanation: "A template has to give one YAML mapping with `apiVersion`, `kind` and a name.",
    wrong: "",
    right: "",
};

/// The schema of its kind refuses the object.
pub static NOT_VALID: Code = Code {
    id: "KF0303",
    severity: Severity::Error,
    title: "a rendered object breaks the schema of its kind",
    explanation: "Kubernetes would refuse the object. The message names the field of the object; \
                  the place is the part of functions.yaml that it was made for.",
    wrong: "",
    right: "",
};

/// There is no schema to check the object with.
pub static NO_SCHEMA: Code = Code {
    id: "KF0304",
    severity: Severity::Error,
    title: "there is no schema for the kind of a rendered object",
    explanation: "Every object is checked before it is printed; one of a kind that is not known \
                  cannot be.",
    wrong: "",
    right: "",
};

/// Two objects of one kind and name.
pub static SAME_OBJECT: Code = Code {
    id: "KF0305",
    severity: Severity::Error,
    title: "two objects are the same object",
    explanation: "Kind, namespace and name tell objects apart; the second would replace the \
                  first in the cluster. A function called `gateway` and the gateway, or two files \
                  for one application, can meet so.",
    wrong: "app: shop\nimage: acme/shop:1.0\nfunctions:\n- name: gateway\ngateway:\n  routes: {/a/: gateway}\n",
    right: "app: shop\nimage: acme/shop:1.0\nfunctions:\n- name: entrance\ngateway:\n  routes: {/a/: entrance}\n",
};

/// A pod that Pod Security's strictest level refuses.
pub static NOT_RESTRICTED: Code = Code {
    id: "KF0351",
    severity: Severity::Warning,
    title: "pods are not what Pod Security's level \"restricted\" asks for",
    explanation: "All that is rendered keeps the strictest of the Pod Security Standards, until a \
                  `securityContext`, a volume, a template or a patch says otherwise. A namespace \
                  that enforces the level takes the object, but its pods never start.",
    wrong: "app: shop\nimage: acme/shop:1.0\nfunctions:\n- name: a\n  securityContext: {runAsUser: 0}\n",
    right: "app: shop\nimage: acme/shop:1.0\nfunctions:\n- name: a\n  securityContext: {runAsUser: 1000}\n",
};

/// The family.
pub static ALL: &[&Code] = &[
    &TEMPLATE_FAILED,
    &NOT_AN_OBJECT,
    &NOT_VALID,
    &NO_SCHEMA,
    &SAME_OBJECT,
    &NOT_RESTRICTED,
];
