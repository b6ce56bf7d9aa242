//! Makes the schemas strict that `k8s-openapi` leaves open.

use serde_json::{Map, Value, json};

/// Closes one schema and all within it.
///
/// - Descriptions go: they are four fifths of the text, and nothing reads them.
/// - A mapping with known keys gets no others.
/// - The widths of integers, times and base64, which are only named, become rules.
pub(crate) fn close(schema: &mut Value) {
    let Value::Object(map) = schema else { return };
    map.remove("description");
    if map.contains_key("properties") {
        map.insert("additionalProperties".to_owned(), json!(false));
    }
    if let Some(Value::String(format)) = map.get("format") {
        let rule = written_out(format);
        map.remove("format");
        map.extend(rule);
    }
    // Names of properties are not keywords, not even the one called `items`.
    if let Some(Value::Object(properties)) = map.get_mut("properties") {
        properties.values_mut().for_each(close);
    }
    for keyword in ["items", "additionalProperties"] {
        map.get_mut(keyword).into_iter().for_each(close);
    }
}

/// What the name of a format means.
fn written_out(format: &str) -> Map<String, Value> {
    let rule = match format {
        "int32" => json!({"minimum": i32::MIN, "maximum": i32::MAX}),
        "int64" => json!({"minimum": i64::MIN, "maximum": i64::MAX}),
        "byte" => json!({
            "format": "base64",
            "pattern": "^([A-Za-z0-9+/]{4})*([A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$",
        }),
        "date-time" => json!({
            "format": "date-time",
            "pattern": "^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}([.][0-9]+)?(Z|[+-][0-9]{2}:[0-9]{2})$",
        }),
        other => panic!("no rule yet for the format {other}: add one to close.rs"),
    };
    match rule {
        Value::Object(rule) => rule,
        _ => unreachable!("rules are mappings"),
    }
}
