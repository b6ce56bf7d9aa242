//! A writer of one value in many styles, to test the reader with.

use proptest::prelude::*;
use serde_json::{Map, Value};

/// Values of all kinds, at most four levels deep.
pub(super) fn values() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        (-1000i32..1000).prop_map(|quarters| Value::from(f64::from(quarters) / 4.0)),
        texts().prop_map(Value::from),
    ];
    leaf.prop_recursive(4, 40, 5, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..5).prop_map(Value::from),
            prop::collection::btree_map(texts(), inner, 0..5)
                .prop_map(|map| Value::Object(map.into_iter().collect::<Map<_, _>>())),
        ]
    })
}

/// Words, numbers, signs of YAML and any characters at all, tabs and line breaks among them.
pub(super) fn texts() -> impl Strategy<Value = String> {
    let pieces = "[a-z0-9 :#,\\[\\]{}&*!|>'\"%@`=~?.<_-]{0,12}";
    prop_oneof![
        4 => "[a-zA-Z][a-zA-Z0-9_-]{0,10}",
        2 => pieces,
        1 => "[ \t\n\r]?[a-z :#-]{0,6}[ \t\n]?[a-z]{0,3}",
        1 => "\\PC{0,8}",
        1 => prop::sample::select(vec![
            "", "~", "null", "true", "no", "0x1F", "017", "1e3", "1_000", "12:30", "2024-01-01",
            "<<", "=", "-", "?", "- a", "a: b", "a #b", "---", "...", "\u{85}", "\u{2028}", "\u{feff}",
        ]).prop_map(str::to_owned),
    ]
}

/// How to write the next thing: consumed one by one, and then all the same.
pub(super) struct Styles<'a>(pub(super) std::slice::Iter<'a, u8>);

impl Styles<'_> {
    fn pick(&mut self, choices: u8) -> u8 {
        self.0.next().map_or(0, |style| style % choices)
    }
}

/// Writes a document.
pub(super) fn write(value: &Value, styles: &mut Styles<'_>) -> String {
    let mut out = ["", "---\n", "# a comment\n", "\n---\n"][usize::from(styles.pick(4))].to_owned();
    block(value, 0, styles, &mut out);
    out
}

/// A value from the place after `key:`, `-` or the start to the end of its last line.
fn block(value: &Value, indent: usize, styles: &mut Styles<'_>, out: &mut String) {
    let end = |styles: &mut Styles<'_>| {
        ["\n", " # note\n", "  \n", "\n\n", "\n  # note\n"][usize::from(styles.pick(5))]
    };
    let deeper = indent + 1 + usize::from(styles.pick(3));
    match value {
        Value::Object(map) if !map.is_empty() && styles.pick(3) > 0 => {
            out.push_str(if out.is_empty() || out.ends_with('\n') {
                ""
            } else {
                end(styles)
            });
            for (key, value) in map {
                out.push_str(&" ".repeat(indent));
                scalar(key, styles, out);
                out.push(':');
                out.push_str(if styles.pick(2) == 0 { " " } else { "  " });
                block(value, deeper, styles, out);
            }
        }
        Value::Array(items) if !items.is_empty() && styles.pick(3) > 0 => {
            out.push_str(if out.is_empty() || out.ends_with('\n') {
                ""
            } else {
                end(styles)
            });
            for value in items {
                out.push_str(&" ".repeat(indent));
                out.push_str("- ");
                block(value, deeper, styles, out);
            }
        }
        other => {
            flow(other, styles, out);
            out.push_str(end(styles));
        }
    }
}

fn flow(value: &Value, styles: &mut Styles<'_>, out: &mut String) {
    let comma = [",", ", ", " , "][usize::from(styles.pick(3))];
    match value {
        Value::Object(map) => {
            out.push('{');
            for (at, (key, value)) in map.iter().enumerate() {
                out.push_str(if at > 0 { comma } else { "" });
                scalar(key, styles, out);
                out.push_str(": ");
                flow(value, styles, out);
            }
            out.push('}');
        }
        Value::Array(items) => {
            out.push('[');
            for (at, value) in items.iter().enumerate() {
                out.push_str(if at > 0 { comma } else { "" });
                flow(value, styles, out);
            }
            out.push(']');
        }
        Value::String(text) => scalar(text, styles, out),
        other => out.push_str(&other.to_string()),
    }
}

/// A string: without quotes if it is a simple word, else in one of the two kinds.
fn scalar(text: &str, styles: &mut Styles<'_>, out: &mut String) {
    let word = |c: char| c.is_ascii_alphabetic() || c == '-' || c == '_';
    let reserved = ["null", "true", "false", "yes", "no", "on", "off", "y", "n"];
    let plain = text.starts_with(|c: char| c.is_ascii_alphabetic()) && text.chars().all(word);
    if plain && !reserved.contains(&text.to_lowercase().as_str()) && styles.pick(3) > 0 {
        out.push_str(text);
    } else if text.chars().all(|c| {
        matches!(c, ' '..='~' | '\u{A0}'..='\u{D7FF}') && c != '\u{2028}' && c != '\u{2029}'
    }) && styles.pick(2) > 0
    {
        out.push('\'');
        out.push_str(&text.replace('\'', "''"));
        out.push('\'');
    } else {
        out.push_str(&Value::from(text).to_string());
    }
}
