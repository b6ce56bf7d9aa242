//! A value of the wrong type: what it is, what it has to be, and how that is written.

use crate::diag::Diagnostic;
use crate::diag::codes::shape::WRONG_TYPE;
use crate::schema::fault::Type;
use crate::source::Node;

/// The finding for a value that is none of the `expected` types. `name` is what messages call it;
/// `key` is the key that it stands under, if it does.
pub(super) fn wrong_type(
    node: &Node,
    (name, key): (&str, Option<&str>),
    expected: &[Type],
    found: Type,
) -> Diagnostic {
    let message = format!("{name} has to be {}", types(expected));
    Diagnostic::at(&WRONG_TYPE, node.span, message)
        .label(format!("this is {found}"))
        .help(advice(expected, found, key))
}

/// The types that are possible, in words. A place for text takes numbers and booleans as they are
/// written, which nobody needs to be told; a boolean beside a mapping can only be `false`.
pub(super) fn types(expected: &[Type]) -> String {
    let text = expected.contains(&Type::String);
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

/// What to write. Nothing of the value is repeated: it may be a secret.
fn advice(expected: &[Type], found: Type, key: Option<&str>) -> String {
    let written = |value: &str| match key {
        Some(key) => format!("`{key}: {value}`"),
        None => format!("`{value}`"),
    };
    let may_be = |wanted: Type| expected.contains(&wanted);
    let is_scalar = !matches!(found, Type::List | Type::Mapping);
    if may_be(Type::String) {
        return match is_scalar {
            true => "put it in quotes".to_owned(),
            false => format!("write a single text: {}", written("…")),
        };
    }
    if may_be(Type::Mapping) {
        let off = if may_be(Type::Boolean) {
            "`false`, or "
        } else {
            ""
        };
        return format!("write {off}keys with values: {}", written("{key: value}"));
    }
    if may_be(Type::List) {
        return match is_scalar {
            true => "put it in brackets: `[…]`".to_owned(),
            false => "begin each entry with `- `".to_owned(),
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
            assert_eq!(advice(expected, found, Some("k")), advised, "{expected:?}");
        }
        assert_eq!(
            advice(&[Mapping], Null, None),
            "write keys with values: `{key: value}`"
        );
    }
}
