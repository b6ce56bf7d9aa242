//! `KF05…`: what varies: environments, patches, templates and versions of Kubernetes.

use crate::diag::{Code, Severity};

/// `--env` names none.
pub static UNKNOWN_ENVIRONMENT: Code = Code {
    id: "KF0501",
    severity: Severity::Error,
    title: "there is no such environment",
    explanation: "`--env NAME` merges `environments: {NAME: …}` over the rest of the file. A file \
                  that has environments has to have that one, or it would be rendered with the \
                  settings of none; a file without any is the same in all.",
    wrong: "",
    right: "",
};

/// An environment changes a function that is not there.
pub static UNKNOWN_FUNCTION: Code = Code {
    id: "KF0502",
    severity: Severity::Error,
    title: "an environment names an unknown function",
    explanation: "Functions of an environment are merged by name over those of the file. One \
                  that exists in an environment only says what it runs or what it consumes: it \
                  has an `image`, `command`, `args` or `topic` of its own.",
    wrong: "app: shop\nimage: acme/shop:1.0\nfunctions:\n- name: cart\n\
            environments:\n  live: {functions: [{name: card, timeout: 5s}]}\n",
    right: "app: shop\nimage: acme/shop:1.0\nfunctions:\n- name: cart\n\
            environments:\n  live: {functions: [{name: cart, timeout: 5s}]}\n",
};

/// A version that is not supported.
pub static OTHER_KUBERNETES: Code = Code {
    id: "KF0503",
    severity: Severity::Error,
    title: "this version of Kubernetes is not supported",
    explanation: "`kubeVersion` is the oldest cluster that the manifests have to work on: they \
                  are checked against its schemas. Known are 1.33 to 1.37; the default is 1.33.",
    wrong: "app: shop\nkubeVersion: \"1.20\"\nimage: acme/shop:1.0\nfunctions:\n- name: a\n",
    right: "app: shop\nkubeVersion: \"1.33\"\nimage: acme/shop:1.0\nfunctions:\n- name: a\n",
};

/// A patch that no object is there for.
pub static PATCH_FOR_NOTHING: Code = Code {
    id: "KF0504",
    severity: Severity::Error,
    title: "a patch matches no object",
    explanation: "A patch is for the objects of a kind and, if it has one, a name: those of its \
                  function or, at the top of the file, all. One that changes nothing would be a \
                  setting you believe in and nobody applies.",
    wrong: "app: shop\nimage: acme/shop:1.0\nfunctions:\n- name: a\n  \
            patches: [{kind: Deploiment, patch: {spec: {paused: true}}}]\n",
    right: "app: shop\nimage: acme/shop:1.0\nfunctions:\n- name: a\n  \
            patches: [{kind: Deployment, patch: {spec: {paused: true}}}]\n",
};

/// A patch that cannot be applied.
pub static BAD_PATCH: Code = Code {
    id: "KF0505",
    severity: Severity::Error,
    title: "a patch cannot be applied",
    explanation: "Patches merge as in `kubectl patch`: entries of a list are found by what \
                  Kubernetes tells them apart with (mostly their `name`), a null removes a \
                  field, `$patch: delete` an entry. What makes an object that very object (its \
                  kind, name and namespace) cannot be changed.",
    wrong: "app: shop\nimage: acme/shop:1.0\nfunctions:\n- name: a\n  patches:\n  - kind: \
            Deployment\n    patch: {spec: {template: {spec: {containers: [{tty: true}]}}}}\n",
    right: "app: shop\nimage: acme/shop:1.0\nfunctions:\n- name: a\n  patches:\n  - kind: \
            Deployment\n    patch: {spec: {template: {spec: {containers: [{name: function, tty: true}]}}}}\n",
};

/// A directory of templates that cannot be used.
pub static BAD_TEMPLATES: Code = Code {
    id: "KF0506",
    severity: Severity::Error,
    title: "the user's templates cannot be used",
    explanation: "`templates: DIR`, or --templates DIR, names a directory of template files \
                  `<kind>.yaml` (or `<kind>.<group>.yaml`) and of schemas \
                  `schemas/<group>/<Kind>.json`. In a file it is a path below that of the file.",
    wrong: "app: shop\ntemplates: ../elsewhere\nimage: acme/shop:1.0\nfunctions:\n- name: a\n",
    right: "app: shop\nimage: acme/shop:1.0\nfunctions:\n- name: a\n",
};

/// A new function of an environment that is called almost like another.
pub static ALMOST_KNOWN: Code = Code {
    id: "KF0551",
    severity: Severity::Warning,
    title: "a function of an environment is called almost like one of the file",
    explanation: "It has an image, a program or a topic of its own, so it is a function that \
                  exists in that environment only. If it is meant to change another one, their \
                  names have to be the same.",
    wrong: "app: shop\nimage: acme/shop:1.0\nfunctions:\n- name: cart\n\
            environments:\n  live: {functions: [{name: card, image: 'acme/shop:2.0'}]}\n",
    right: "app: shop\nimage: acme/shop:1.0\nfunctions:\n- name: cart\n\
            environments:\n  live: {functions: [{name: cart, image: 'acme/shop:2.0'}]}\n",
};

/// A kind of the user's that nothing can be checked with.
pub static UNCHECKED_KIND: Code = Code {
    id: "KF0552",
    severity: Severity::Warning,
    title: "there is no schema for a kind of the user's",
    explanation: "Objects of a kind that a template of yours renders are checked against \
                  `schemas/<group>/<Kind>.json` in the directory of templates. Without that file \
                  a misspelt field is found by the cluster at best.",
    wrong: "",
    right: "",
};

/// A file with environments, rendered in none of them.
pub static ENVIRONMENT_OPEN: Code = Code {
    id: "KF0571",
    severity: Severity::Note,
    title: "the file has environments and none is chosen",
    explanation: "What is rendered is the file without any of its environments. `--env NAME` \
                  merges one over it.",
    wrong: "app: shop\nimage: acme/shop:1.0\nfunctions:\n- name: a\nenvironments: {live: {}}\n",
    right: "app: shop\nimage: acme/shop:1.0\nfunctions:\n- name: a\n",
};

/// The family.
pub static ALL: &[&Code] = &[
    &UNKNOWN_ENVIRONMENT,
    &UNKNOWN_FUNCTION,
    &OTHER_KUBERNETES,
    &PATCH_FOR_NOTHING,
    &BAD_PATCH,
    &BAD_TEMPLATES,
    &ALMOST_KNOWN,
    &UNCHECKED_KIND,
    &ENVIRONMENT_OPEN,
];
