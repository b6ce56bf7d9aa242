//! The keys that a schema knows for a mapping.

use std::collections::BTreeSet;

use serde_json::Value;

/// How many schemas one question may visit: schemas can refer to themselves.
const BUDGET: usize = 1000;

/// All keys that `schema` describes, its alternatives and references in `root` included.
pub(super) fn known_keys(schema: &Value, root: &Value) -> Vec<String> {
    let mut keys = BTreeSet::new();
    let mut todo = vec![schema];
    let mut left = BUDGET;
    while let Some(schema) = todo.pop() {
        if left == 0 {
            break;
        }
        left -= 1;
        if let Some(properties) = schema.get("properties").and_then(Value::as_object) {
            let allowed = properties
                .iter()
                .filter(|(_, schema)| **schema != Value::Bool(false));
            keys.extend(allowed.map(|(key, _)| key.clone()));
        }
        for keyword in ["allOf", "anyOf", "oneOf"] {
            todo.extend(
                schema
                    .get(keyword)
                    .and_then(Value::as_array)
                    .into_iter()
                    .flatten(),
            );
        }
        todo.extend(referred(schema, root));
    }
    keys.into_iter().collect()
}

/// The schema that `schema` refers to, if it does so within its own document.
fn referred<'s>(schema: &Value, root: &'s Value) -> Option<&'s Value> {
    root.pointer(schema.get("$ref")?.as_str()?.strip_prefix('#')?)
}

#[cfg(test)]
mod tests {
    use super::known_keys;
    use serde_json::json;

    #[test]
    fn keys_of_parts_and_references_count_and_circles_end() {
        let root = json!({
            "properties": {"a": {}, "no": false},
            "allOf": [{"$ref": "#/$defs/b"}],
            "anyOf": [{"properties": {"c": {}}}, {"type": "null"}],
            "$defs": {"b": {"properties": {"b": {}}, "$ref": "#"}},
        });
        assert_eq!(known_keys(&root, &root), ["a", "b", "c"]);
    }
}
