//! What makes the schema pleasant in an editor: defaults that are values, and no others; forms and
//! examples; the keys of Kubernetes' own blocks.

mod hints;

pub(super) use hints::remove as without_hints;
use serde_json::Value;

/// Makes a schema of use to an editor.
pub(super) fn polish(schema: &mut Value) {
    defaults(schema);
    hints::add(schema);
}

/// Takes away the nulls that only say that a field may be absent, which editors would insert, and
/// states the defaults that descriptions name.
fn defaults(schema: &mut Value) {
    match schema {
        Value::Array(items) => items.iter_mut().for_each(defaults),
        Value::Object(map) => {
            // Within `properties` a key is a field's name, whatever it says.
            if map.get("default").is_some_and(Value::is_null) {
                map.remove("default");
            }
            let described = map.get("description").and_then(Value::as_str);
            if !map.contains_key("default")
                && let Some(default) = described.and_then(stated)
                && let Some(value) = typed(map.get("type"), default)
            {
                map.insert("default".to_owned(), value);
            }
            map.values_mut().for_each(defaults);
        }
        _ => {}
    }
}

/// The value in `Default: 3s.` or ``Default: `default`.``; none where words follow instead.
fn stated(description: &str) -> Option<&str> {
    let (_, rest) = description.split_once("Default: ")?;
    if let Some(quoted) = rest.strip_prefix('`') {
        let (value, after) = quoted.split_once('`')?;
        return after.starts_with('.').then_some(value);
    }
    let word = rest.split_whitespace().next()?.strip_suffix('.')?;
    let plain = word == "true" || word == "false" || word.starts_with(|c: char| c.is_ascii_digit());
    plain.then_some(word)
}

/// A default as a value of the type that the field has.
fn typed(kind: Option<&Value>, text: &str) -> Option<Value> {
    let has = |name: &str| match kind {
        Some(Value::String(kind)) => kind == name,
        Some(Value::Array(kinds)) => kinds.iter().any(|kind| kind == name),
        _ => false,
    };
    let read = || serde_json::from_str::<Value>(text).ok();
    if has("string") {
        Some(text.into())
    } else if has("integer") || has("number") {
        read().filter(Value::is_number)
    } else if has("boolean") {
        read().filter(Value::is_boolean)
    } else {
        None
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::polish;

    #[test]
    fn stated_defaults_become_values() {
        let field = |kind: &str, description: &str| {
            let mut schema =
                json!({"type": [kind, "null"], "default": null, "description": description});
            polish(&mut schema);
            schema.get("default").cloned()
        };
        assert_eq!(field("string", "How long. Default: 3s."), Some("3s".into()));
        assert_eq!(
            field("string", "Default: `/healthz`. Or so."),
            Some("/healthz".into())
        );
        assert_eq!(field("integer", "Default: 16."), Some(16.into()));
        assert_eq!(field("boolean", "Default: false."), Some(false.into()));
        for words in [
            "Default: the application's.",
            "Default: `a`; `b` else.",
            "Default: all.",
            "No default",
        ] {
            assert_eq!(field("string", words), None, "{words}");
        }
        assert_eq!(field("integer", "Default: 3s."), None);
    }

    #[test]
    fn a_field_called_default_stays() {
        let mut schema = json!({"properties": {"default": {"type": "string"}}});
        polish(&mut schema);
        assert_eq!(schema["properties"]["default"]["type"], "string");
    }
}
