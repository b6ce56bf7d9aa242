//! `KF01…`: the document does not have the form of a functions.yaml.

use crate::diag::{Code, Severity};

/// A key that means nothing where it stands.
pub static UNKNOWN_KEY: Code = Code {
    id: "KF0101",
    severity: Severity::Error,
    title: "a key is not known here",
    explanation: "Every key that is accepted has an effect; one without would be a setting you \
                  believe in and nobody reads. It may be misspelt, or stand at the wrong level.",
    wrong: "app: shop\nimage: acme/shop:1.0\nfunctions:\n- name: a\n  comand: [/bin/app]\n",
    right: "app: shop\nimage: acme/shop:1.0\nfunctions:\n- name: a\n  command: [/bin/app]\n",
};

/// A key that has to be there is not.
pub static MISSING_KEY: Code = Code {
    id: "KF0102",
    severity: Severity::Error,
    title: "a key is missing",
    explanation: "This mapping cannot be understood without the key that is named.",
    wrong: "app: shop\nimage: acme/shop:1.0\nfunctions:\n- topic: a\n",
    right: "app: shop\nimage: acme/shop:1.0\nfunctions:\n- name: a\n",
};

/// A list where a text belongs, and the like.
pub static WRONG_TYPE: Code = Code {
    id: "KF0103",
    severity: Severity::Error,
    title: "a value is of the wrong type",
    explanation: "The value is, say, a text where a list belongs. Quote numbers and words such as \
                  `no` where a text is wanted.",
    wrong: "app: shop\nimage: acme/shop:1.0\nfunctions:\n- name: a\n  command: /bin/app\n",
    right: "app: shop\nimage: acme/shop:1.0\nfunctions:\n- name: a\n  command: [/bin/app]\n",
};

/// Not one of the words there are.
pub static NOT_ONE_OF: Code = Code {
    id: "KF0104",
    severity: Severity::Error,
    title: "a value is not one of those possible",
    explanation: "Only the values that are listed have a meaning here.",
    wrong: "app: shop\nimage: {repository: acme/shop, tag: '1', pullPolicy: Sometimes}\n\
            functions:\n- name: a\n",
    right: "app: shop\nimage: {repository: acme/shop, tag: '1', pullPolicy: Always}\n\
            functions:\n- name: a\n",
};

/// A number or a length beyond its bounds.
pub static OUT_OF_RANGE: Code = Code {
    id: "KF0105",
    severity: Severity::Error,
    title: "a value is out of range",
    explanation: "The number, or the length of the text or list, lies outside of what Kubernetes \
                  or NSQ accept at this place.",
    wrong: "app: shop\nimage: acme/shop:1.0\nfunctions:\n- name: a\n  concurrency: 0\n",
    right: "app: shop\nimage: acme/shop:1.0\nfunctions:\n- name: a\n  concurrency: 1\n",
};

/// A text that does not have the form it needs.
pub static BAD_FORMAT: Code = Code {
    id: "KF0106",
    severity: Severity::Error,
    title: "a value does not have the form it needs",
    explanation: "Names, durations and quantities each have a form. Quantities use Kubernetes' \
                  suffixes: `128Mi` or `128M`, never `128MB` or `128 Mi`. Durations are numbers \
                  with a unit: `250ms`, `3s`, `1m30s`.",
    wrong: "app: shop\nimage: acme/shop:1.0\nfunctions:\n- name: a\n  timeout: 3 seconds\n",
    right: "app: shop\nimage: acme/shop:1.0\nfunctions:\n- name: a\n  timeout: 3s\n",
};

/// An entry that may stand once stands twice.
pub static NOT_UNIQUE: Code = Code {
    id: "KF0107",
    severity: Severity::Error,
    title: "an entry stands twice in a list",
    explanation: "Entries of this list are told apart by what they are; the second one would \
                  silently replace the first.",
    wrong: "app: shop\nimage: acme/shop:1.0\nfunctions:\n- name: a\n  env: [{name: X, value: a}, {name: X, value: b}]\n",
    right: "app: shop\nimage: acme/shop:1.0\nfunctions:\n- name: a\n  env: [{name: X, value: b}]\n",
};

/// Anything else that the schema refuses.
pub static BAD_SHAPE: Code = Code {
    id: "KF0108",
    severity: Severity::Error,
    title: "a value is not accepted here",
    explanation: "The value breaks a rule of the schema that the message states.",
    wrong: "",
    right: "",
};

/// The family.
pub static ALL: &[&Code] = &[
    &UNKNOWN_KEY,
    &MISSING_KEY,
    &WRONG_TYPE,
    &NOT_ONE_OF,
    &OUT_OF_RANGE,
    &BAD_FORMAT,
    &NOT_UNIQUE,
    &BAD_SHAPE,
];
