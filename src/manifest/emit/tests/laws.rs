//! What holds for any value.

use proptest::prelude::*;
use serde_json::{Map, Value};

use super::{comment, read, yaml};
use crate::source::{Scalar, ScalarStyle, Yaml11};

fn texts() -> impl Strategy<Value = String> {
    prop_oneof![
        2 => "[a-zA-Z][a-zA-Z0-9_./-]{0,12}",
        2 => "[-+.0-9_:eExobTZ ]{0,8}",
        2 => "[-?:,\\[\\]{}#&*!|>'\"%@`~=<.\\\\ \t\n\r0ayn]{0,8}",
        2 => "([ \t#a-z:-]{0,4}\n){1,3}[a-z ]{0,3}",
        1 => "[\u{0}-\u{2}\u{7F}-\u{A1}\u{2027}-\u{202F}\u{FEFE}-\u{FF00}\u{FFFC}-\u{FFFF}\u{1F600}a ]{0,5}",
        2 => "[-+._]{0,2}0?[_xXobOB]{0,2}[0-9a-fA-F_]{0,4}",
        1 => any::<String>(),
    ]
}

fn values() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        1 => Just(Value::Null),
        1 => any::<bool>().prop_map(Value::from),
        1 => any::<i64>().prop_map(Value::from),
        1 => any::<u64>().prop_map(Value::from),
        1 => any::<f64>().prop_map(Value::from),
        5 => texts().prop_map(Value::from),
    ];
    leaf.prop_recursive(5, 40, 5, |inner| {
        let map = prop::collection::btree_map(texts(), inner.clone(), 0..5);
        prop_oneof![
            prop::collection::vec(inner, 0..5).prop_map(Value::from),
            map.prop_map(|map| Value::Object(map.into_iter().collect::<Map<_, _>>())),
        ]
    })
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn what_is_written_is_read_back_by_us(value in values()) {
        let written = yaml(&value);
        let back = read(&written);
        prop_assert_eq!(&back, &value, "{}", written);
        prop_assert_eq!(yaml(&back), written, "one value has one form");
    }

    #[test]
    fn what_is_written_is_read_back_by_another_reader(value in values()) {
        let written = yaml(&value);
        let back: Value = serde_yaml::from_str(&written)
            .map_err(|error| TestCaseError::fail(format!("{written}\n{error}")))?;
        prop_assert_eq!(&back, &value, "{}", written);
    }

    #[test]
    fn the_order_of_keys_in_memory_does_not_matter(map in prop::collection::btree_map(texts(), any::<u8>(), 0..8)) {
        let forwards: Map<_, _> = map.iter().map(|(k, v)| (k.clone(), Value::from(*v))).collect();
        let backwards: Map<_, _> = map.iter().rev().map(|(k, v)| (k.clone(), Value::from(*v))).collect();
        prop_assert_eq!(yaml(&forwards.into()), yaml(&backwards.into()));
    }

    #[test]
    fn what_is_plain_is_a_string_in_yaml_1_1_too(text in texts()) {
        let written = yaml(&Value::from(text.clone()));
        if written.trim_end_matches('\n') == text {
            let style = ScalarStyle::Plain;
            let scalar = Scalar { text, style };
            prop_assert_eq!(scalar.yaml11(), Yaml11::Str, "{}", written);
        }
    }

    #[test]
    fn lines_are_never_folded(text in "[a-z ]{100,300}") {
        let written = yaml(&Value::from(text));
        prop_assert_eq!(written.matches('\n').count(), 1);
    }

    #[test]
    fn comments_are_comments(text in texts(), more in any::<String>()) {
        let mut out = String::new();
        comment(&format!("{text}{more}"), &mut out);
        out.push_str("---\na: 1\n");
        prop_assert_eq!(read(&out), serde_json::json!({"a": 1}));
        prop_assert_eq!(serde_yaml::from_str::<Value>(&out).unwrap(), serde_json::json!({"a": 1}));
    }
}
