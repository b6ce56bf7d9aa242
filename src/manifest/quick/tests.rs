//! What is read quickly is what the parser reads.

use proptest::prelude::*;
use serde_json::{Value, json};

use super::read;
use crate::manifest::parse::parse_yaml;

#[test]
fn the_shape_of_templates_is_read() {
    let text = r#"apiVersion: apps/v1
kind: Deployment
metadata:
  name: "a\"\\\n\u0085b"
  labels: {"team": "x", "none": null, "n": {"a": [1, -2, true, "é"]}}
  annotations: null
spec:

  empty:
  policyTypes: [Ingress, Egress]
  rules:
  - {type: Pods, value: 4, share: 25%}
  - from: 30s
    to:
        - "x"
        - y/z
  -   path: /
      deep: {}
  other: []
"#;
    let expected = json!({
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": {
            "name": "a\"\\\n\u{85}b",
            "labels": {"team": "x", "n": {"a": [1, -2, true, "é"]}},
        },
        "spec": {
            "policyTypes": ["Ingress", "Egress"],
            "rules": [
                {"type": "Pods", "value": 4, "share": "25%"},
                {"from": "30s", "to": ["x", "y/z"]},
                {"path": "/", "deep": {}},
            ],
            "other": [],
        },
    });
    assert_eq!(read(text), Some(expected));
    assert_eq!(read(text), parse_yaml(text).ok());
}

#[test]
fn what_is_of_another_shape_is_left_to_the_parser() {
    let long = format!("{:?}: 1", "k".repeat(2000));
    let deep = format!("a: {}{}", "[".repeat(200), "]".repeat(200));
    for text in [
        "",
        "a",
        "- a",
        "a: 1\n b: 2",
        "a: b\n  c",
        "a: b c",
        "a: b: c",
        "a:\n  b: 1\n c: 2",
        "a: # comment",
        "a: |\n  b",
        "a: 'b'",
        "a: &b c",
        "a: *b",
        "a: !b c",
        "a: 0x1F",
        "a: 012",
        "a: 1.5",
        "a: 1e3",
        "a: 12345678901234567890",
        "a: -0",
        "a: .inf",
        "a: Null",
        "a: ~",
        "a: {b: c, }",
        "a: {b}",
        "a: {b:c}",
        "a: [b\n]",
        "a: [b] c",
        "a: \"b",
        "a: \"b\nc\"",
        "a: \"\\ud83d\\ude00\"",
        "a: \"\\u+123\"",
        "a: \"\\x41\"",
        "a: \"\u{2028}\"",
        "a: \t1",
        "a: 1\r\n",
        "a: 1\na: 2",
        "a: null\na: 2",
        "a: [null]",
        "\"a\":1",
        "---\na: 1",
        "a: 1\n---\nb: 1",
        "a:\n-\n  b: 1",
        "a:\n- - b",
        "<<: {a: 1}",
        &long,
        &deep,
    ] {
        assert_eq!(read(text), None, "{text}");
    }
}

/// Pieces that have a meaning in YAML, in an order that sometimes makes sense.
fn pieces() -> impl Strategy<Value = String> {
    let word = "[a-zA-Z0-9_./%:#,~+-]{1,5}";
    let scalar = prop_oneof![
        4 => word.prop_map(String::from),
        2 => "[-+]?[0-9]{1,3}[.eExobs%m_]?[0-9]{0,2}",
        1 => "true|false|null|Null|TRUE|nan|inf|infinity|yes|on|~|NaN",
        3 => any::<String>().prop_map(|text| Value::from(text).to_string()),
        2 => "\"([a-z \\\\\"nu0-9dx/]|\\\\[a-z0-9/\"\\\\]){0,8}\"",
        1 => any::<f64>().prop_map(|number| Value::from(number).to_string()),
        1 => any::<u64>().prop_map(|number| number.to_string()),
        1 => Just(String::new()),
    ];
    let flow = scalar.prop_recursive(3, 12, 4, move |inner| {
        let key = prop_oneof![
            word.prop_map(|key| key + ": "),
            "\"[a-z\\\\]{0,2}\": ?",
            word
        ];
        let entries = prop::collection::vec((key, inner.clone()), 0..4);
        prop_oneof![
            prop::collection::vec(inner, 0..4).prop_map(|items| format!("[{}]", items.join(", "))),
            entries.prop_map(|entries| {
                let entries: Vec<_> = entries.into_iter().map(|(k, v)| k + &v).collect();
                format!("{{{}}}", entries.join(","))
            }),
        ]
    });
    let mark = prop_oneof![
        6 => Just(""), 3 => Just("- "), 1 => Just("-   "), 1 => Just("- - "), 1 => Just("? "),
        1 => Just("# "), 1 => Just("& "), 1 => Just("-"),
    ];
    let key = prop_oneof![
        6 => "[a-c]: ?", 1 => "\"[a-c]\": ?", 1 => word.prop_map(|key| key + ": "), 1 => Just(String::new()),
        1 => "true: |null: |1: |<<: |'a': ",
    ];
    let line = (0..4_usize, mark, key, flow, " {0,2}");
    let line = line.prop_map(|(indent, mark, key, value, rest)| {
        format!("{}{mark}{key}{value}{rest}", "  ".repeat(indent))
    });
    let lines = prop::collection::vec(line, 0..7);
    lines.prop_map(|lines| lines.join("\n"))
}

/// Texts of the right shape: any value in JSON below block keys.
fn shaped() -> impl Strategy<Value = (String, bool)> {
    let leaf = prop_oneof![
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        "[ -~]{0,8}".prop_map(Value::from),
        "[a-z]{0,2}\\PC{0,4}[\n\t\u{1}\u{8}\u{c}\r]{0,2}".prop_map(Value::from),
    ];
    let value = leaf.prop_recursive(4, 20, 4, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
            prop::collection::btree_map("[ -~]{1,4}", inner, 0..4)
                .prop_map(|map| Value::Object(map.into_iter().collect())),
        ]
    });
    let entry = ("[a-zA-Z]{1,6}", value, any::<bool>());
    let block = prop::collection::vec(entry, 1..5);
    block.prop_map(|entries| {
        let mut text = String::new();
        for (key, value, item) in &entries {
            let mark = if *item {
                format!("{key}:\n- ")
            } else {
                String::new()
            };
            text.push_str(&format!("{mark}{key}: {value}\n"));
        }
        let mut keys: Vec<_> = entries.iter().map(|(key, ..)| key).collect();
        keys.sort();
        keys.dedup();
        let distinct = keys.len() == entries.len();
        (text, distinct)
    })
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(2000) })]

    #[test]
    fn whatever_is_read_is_what_the_parser_reads(text in pieces()) {
        if let Some(value) = read(&text) {
            prop_assert_eq!(Some(value), parse_yaml(&text).ok(), "{}", text);
        }
    }

    #[test]
    fn json_below_keys_is_read_without_the_parser((text, distinct) in shaped()) {
        let by_parser = parse_yaml(&text).ok();
        prop_assert_eq!(by_parser.is_some(), distinct, "{}", &text);
        // Characters that some reader takes for more than they are stand as escapes in JSON of ours.
        if super::is_usual(&text) {
            prop_assert_eq!(read(&text), by_parser, "{}", text);
        }
    }
}
