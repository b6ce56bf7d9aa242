//! `KF00…`: the file cannot be read as one YAML document.

use crate::diag::{Code, Severity};

/// The text is not YAML.
pub static BROKEN_YAML: Code = Code {
    id: "KF0001",
    severity: Severity::Error,
    title: "the file is not valid YAML",
    explanation: "The text cannot be read past this place, so nothing after it was looked at. \
                  Usual causes: an indentation that differs from its neighbours', a colon with \
                  no blank after it, a quote or bracket that is never closed.",
    wrong: "app: shop\nimage: acme/shop:1.0\nfunctions: [\n- name: a\n",
    right: "app: shop\nimage: acme/shop:1.0\nfunctions:\n- name: a\n",
};

/// One key stands twice in a mapping.
pub static DUPLICATE_KEY: Code = Code {
    id: "KF0002",
    severity: Severity::Error,
    title: "a key is given twice",
    explanation: "YAML readers disagree on which of the two counts, so neither does here.",
    wrong: "app: shop\napp: shop\nimage: acme/shop:1.0\nfunctions:\n- name: a\n",
    right: "app: shop\nimage: acme/shop:1.0\nfunctions:\n- name: a\n",
};

/// A key that is a list, a mapping or nothing.
pub static KEY_IS_NOT_TEXT: Code = Code {
    id: "KF0003",
    severity: Severity::Error,
    title: "a key is not a plain text",
    explanation: "Keys are names. A list, a mapping, or a word that YAML takes for a number or \
                  for true and false has to be quoted to be one.",
    wrong: "app: shop\nimage: acme/shop:1.0\nfunctions:\n- name: a\n  env: {[x]: y}\n",
    right: "app: shop\nimage: acme/shop:1.0\nfunctions:\n- name: a\n  env: {x: y}\n",
};

/// A `!tag`.
pub static CUSTOM_TAG: Code = Code {
    id: "KF0004",
    severity: Severity::Error,
    title: "YAML tags are not read",
    explanation: "A tag asks the reader to build something of its own from a value. No tag has a \
                  meaning here.",
    wrong: "app: shop\nimage: acme/shop:1.0\nfunctions:\n- name: !secret a\n",
    right: "app: shop\nimage: acme/shop:1.0\nfunctions:\n- name: a\n",
};

/// `*name` with no `&name` before it, or a merge key that merges nothing.
pub static BAD_ALIAS: Code = Code {
    id: "KF0005",
    severity: Severity::Error,
    title: "an alias or merge key refers to nothing it could take",
    explanation: "An alias `*name` repeats the value marked `&name` earlier in the same file; a \
                  merge key `<<` takes an alias of a mapping, or a list of such.",
    wrong: "app: shop\nimage: *base\nfunctions:\n- name: a\n",
    right: "app: shop\nimage: &base acme/shop:1.0\nfunctions:\n- name: a\n  image: *base\n",
};

/// Aliases that would multiply without bound, deep nesting, a huge file.
pub static TOO_MUCH: Code = Code {
    id: "KF0006",
    severity: Severity::Error,
    title: "the file asks for more than is read",
    explanation: "Size, nesting and what aliases expand to are bounded, so that no input can use \
                  up the machine that reads it. A file this large is best split in several: they \
                  can be given together.",
    wrong: "",
    right: "",
};

/// A byte that no text has.
pub static NOT_TEXT: Code = Code {
    id: "KF0007",
    severity: Severity::Error,
    title: "the file is not plain UTF-8 text",
    explanation: "Files are UTF-8, with or without a byte order mark. Control characters are \
                  refused: readers fold or drop them, so what is deployed would differ from what \
                  is written.",
    wrong: "",
    right: "",
};

/// More than one document.
pub static SEVERAL_DOCUMENTS: Code = Code {
    id: "KF0008",
    severity: Severity::Error,
    title: "the file holds more than one document",
    explanation: "One file describes one application. Give several files to render several \
                  applications together.",
    wrong: "app: shop\nimage: acme/shop:1.0\nfunctions:\n- name: a\n---\napp: other\n",
    right: "app: shop\nimage: acme/shop:1.0\nfunctions:\n- name: a\n",
};

/// Nothing but blanks and comments.
pub static EMPTY: Code = Code {
    id: "KF0009",
    severity: Severity::Error,
    title: "the file is empty",
    explanation: "There is nothing to render. The smallest useful file names an application, an \
                  image and one function.",
    wrong: "# nothing yet\n",
    right: "app: shop\nimage: acme/shop:1.0\nfunctions:\n- name: a\n",
};

/// The family.
pub static ALL: &[&Code] = &[
    &BROKEN_YAML,
    &DUPLICATE_KEY,
    &KEY_IS_NOT_TEXT,
    &CUSTOM_TAG,
    &BAD_ALIAS,
    &TOO_MUCH,
    &NOT_TEXT,
    &SEVERAL_DOCUMENTS,
    &EMPTY,
];
