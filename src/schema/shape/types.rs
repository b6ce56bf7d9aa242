//! A value of the wrong type: what it is, what it has to be, and how that is written.

use crate::diag::Diagnostic;
use crate::diag::codes::shape::WRONG_TYPE;
use crate::schema::fault::Type;
use crate::source::Node;

/// Lists of mappings, by their keys, and what makes an entry of each: with less, the next finding
/// would be that a key is missing.
const ENTRIES: [(&str, &str); 5] = [
    ("env", "name: NAME, value: VALUE"),
    ("functions", "name: NAME"),
    ("http", "path: /PATH/"),
    ("patches", "kind: KIND, patch: {…}"),
    ("schedule", "cron: \"0 3 * * *\""),
];

/// Where a value stands: under a key, or in the list under a key.
#[derive(Clone, Copy, Debug)]
pub(super) enum Under<'a> {
    Key(&'a str),
    ListAt(&'a str),
    Nothing,
}

/// The finding for a value that is none of the `expected` types. `name` is what messages call it.
pub(super) fn wrong_type(
    node: &Node,
    (name, under): (&str, Under<'_>),
    expected: &[Type],
    found: Type,
) -> Diagnostic {
    let message = format!("{name} has to be {}", types(expected));
    Diagnostic::at(&WRONG_TYPE, node.span, message)
        .label(format!("this is {found}"))
        .help(advice(expected, found, under))
}

/// The types that are possible, in words. A place for text that takes numbers takes them and
/// booleans as they are written, which nobody needs to be told; a boolean beside a mapping can only
/// be `false`.
pub(super) fn types(expected: &[Type]) -> String {
    let text = is_any_scalar(expected);
    let switch = expected.contains(&Type::Mapping);
    let words: Vec<String> = expected
        .iter()
        .filter(|t| !matches!(t, Type::Null))
        .filter(|t| !(text && matches!(t, Type::Boolean | Type::Integer | Type::Number)))
        .map(|t| match t {
            Type::Boolean if switch => "`false`".to_owned(),
            other => other.to_string(),
        })
        .collect();
    words.join(" or ")
}

/// Whether the text of any scalar will do.
fn is_any_scalar(expected: &[Type]) -> bool {
    let number = |t: &Type| matches!(t, Type::Integer | Type::Number);
    expected.contains(&Type::String)
        && (expected.iter().any(number) || !expected.contains(&Type::Boolean))
}

/// What to write. Nothing of the value is repeated: it may be a secret.
fn advice(expected: &[Type], found: Type, under: Under<'_>) -> String {
    let written = |value: &str| match under {
        Under::Key(key) => format!("`{key}: {value}`"),
        Under::ListAt(_) | Under::Nothing => format!("`{value}`"),
    };
    let entry = match under {
        Under::Key(key) | Under::ListAt(key) => ENTRIES.iter().find(|(name, _)| *name == key),
        Under::Nothing => None,
    };
    let entry = entry.map(|(_, entry)| *entry);
    let may_be = |wanted: Type| expected.contains(&wanted);
    let is_scalar = !matches!(found, Type::List | Type::Mapping);
    if may_be(Type::String) {
        return match is_scalar {
            true if is_any_scalar(expected) => "put it in quotes".to_owned(),
            true => "write `true` or `false`, or a text in quotes".to_owned(),
            false => format!("write a single text: {}", written("…")),
        };
    }
    if may_be(Type::Mapping) {
        let off = if may_be(Type::Boolean) {
            "`false`, or "
        } else {
            ""
        };
        return match (under, entry) {
            (Under::ListAt(_), Some(entry)) => format!("write keys with values: `{{{entry}}}`"),
            // Kubernetes' list is possible beside the mapping, which is shorter.
            (Under::Key("env"), Some(_)) => {
                format!("write keys with values: {}", written("{NAME: VALUE}"))
            }
            _ => format!("write {off}keys with values: {}", written("{key: value}")),
        };
    }
    if may_be(Type::List) {
        return match entry {
            Some(entry) => format!("begin each entry with `- `: `- {entry}`"),
            None if is_scalar => "put it in brackets: `[…]`".to_owned(),
            None => "begin each entry with `- `".to_owned(),
        };
    }
    if may_be(Type::Integer) || may_be(Type::Number) {
        return format!("write digits without quotes, as in {}", written("10"));
    }
    if may_be(Type::Boolean) {
        return "write `true` or `false`, without quotes".to_owned();
    }
    "leave it out".to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_finding_says_what_to_write() {
        use Type::{Boolean, Integer, List, Mapping, Null, Number, String};
        for (expected, found, advised) in [
            (
                &[Integer][..],
                String,
                "write digits without quotes, as in `k: 10`",
            ),
            (
                &[Number, Null],
                List,
                "write digits without quotes, as in `k: 10`",
            ),
            (
                &[Boolean],
                String,
                "write `true` or `false`, without quotes",
            ),
            (&[String], Integer, "put it in quotes"),
            (&[String, Mapping], List, "write a single text: `k: …`"),
            (&[List], String, "put it in brackets: `[…]`"),
            (&[List], Mapping, "begin each entry with `- `"),
            (
                &[List, Mapping],
                String,
                "write keys with values: `k: {key: value}`",
            ),
            (
                &[Boolean, Mapping],
                Integer,
                "write `false`, or keys with values: `k: {key: value}`",
            ),
            (&[Null], String, "leave it out"),
        ] {
            assert_eq!(
                advice(expected, found, Under::Key("k")),
                advised,
                "{expected:?}"
            );
        }
        assert_eq!(
            advice(&[Mapping], Null, Under::Nothing),
            "write keys with values: `{key: value}`"
        );
        assert_eq!(
            advice(&[Mapping], String, Under::ListAt("schedule")),
            "write keys with values: `{cron: \"0 3 * * *\"}`"
        );
        assert_eq!(
            advice(&[Boolean, String], Integer, Under::Key("deadLetter")),
            "write `true` or `false`, or a text in quotes"
        );
        assert_eq!(types(&[Boolean, String]), "true or false or a string");
        assert_eq!(types(&[Boolean, String, Number]), "a string");
    }

    /// An entry written as it is advised lacks nothing.
    #[test]
    fn entries_have_all_that_they_need() {
        let schema: serde_json::Value =
            serde_json::from_str(crate::schema::FUNCTIONS_SCHEMA).unwrap();
        let function = &schema["definitions"]["Function"]["properties"];
        for (key, entry) in ENTRIES {
            let field = [&schema["properties"][key], &function[key]]
                .into_iter()
                .find(|f| f.is_object());
            let mut open = vec![field.unwrap()];
            let mut required = None;
            while let Some(next) = open.pop() {
                if let Some(path) = next["$ref"].as_str() {
                    open.extend(schema.pointer(&path[1..]));
                }
                open.extend(next["anyOf"].as_array().into_iter().flatten());
                open.extend(next.get("items"));
                required = required.or(next["required"].as_array());
            }
            for needed in required.unwrap() {
                let needed = format!("{}: ", needed.as_str().unwrap());
                assert!(entry.contains(&needed), "{key}: {needed}");
            }
        }
    }
}
