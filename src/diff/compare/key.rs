//! What an entry of a list is called.

use serde_json::Value;

/// The longest text that becomes part of a path.
const LONGEST: usize = 200;

/// `name=fn`, or `port=80,protocol=TCP`; none where the entry lacks a key that has no default.
pub(super) fn label(item: &Value, keys: &[&str]) -> Option<String> {
    let parts: Option<Vec<String>> = keys
        .iter()
        .map(|key| {
            let (key, default) = match key.split_once('=') {
                Some((key, default)) => (key, Some(default)),
                None => (*key, None),
            };
            let found = key.split('.').try_fold(item, |value, key| value.get(key));
            let text = match found {
                Some(value) => scalar(value)?,
                None => default?.to_owned(),
            };
            // A key that is left out mostly is not worth a word.
            let silent = default == Some("") && text.is_empty();
            Some(if silent {
                String::new()
            } else {
                format!("{key}={text}")
            })
        })
        .collect();
    let mut parts = parts?;
    parts.retain(|part| !part.is_empty());
    Some(parts.join(","))
}

/// A scalar as part of a path; none where it is none, or too long for one.
pub(super) fn scalar(value: &Value) -> Option<String> {
    let text = match value {
        Value::String(text) => text.clone(),
        Value::Number(number) => number.to_string(),
        Value::Bool(value) => value.to_string(),
        _ => return None,
    };
    (text.len() <= LONGEST).then_some(text)
}
