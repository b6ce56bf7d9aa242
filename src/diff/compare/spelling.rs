//! What is the same in other words, put into the same words, for those who see whole objects.

use std::collections::BTreeMap;

use serde_json::Value;

use super::key;
use crate::diff::scalar;
use crate::manifest::{List, Scope, Step, list_at};

/// Gives every scalar of `new` that means what `old` has at the same place the words of `old`:
/// `0.5` becomes `500m` again.
pub(in crate::diff) fn respell(scope: &Scope, path: &mut Vec<Step>, old: &Value, new: &mut Value) {
    if old == new {
        return;
    }
    match (old, new) {
        (Value::Object(old), Value::Object(new)) => {
            for (key, new) in new.iter_mut() {
                if let Some(old) = old.get(key) {
                    path.push(Step::Key(key.clone()));
                    respell(scope, path, old, new);
                    path.pop();
                }
            }
        }
        (Value::Array(old), Value::Array(new)) => {
            let keys = match list_at(scope, path) {
                List::Map(keys) | List::OrderedMap(keys) => Some(keys),
                List::Set | List::Ordered => None,
            };
            let labels = old.iter().enumerate();
            let before: BTreeMap<String, &Value> = labels
                .map(|(at, old)| (label(old, keys, at), old))
                .collect();
            for (at, new) in new.iter_mut().enumerate() {
                let label = label(new, keys, at);
                if let Some(old) = before.get(&label) {
                    path.push(Step::Item(label));
                    respell(scope, path, old, new);
                    path.pop();
                }
            }
        }
        (old, new) => {
            if scalar::same(scope, path, old, new) {
                new.clone_from(old);
            }
        }
    }
}

/// What tells an entry from the others; its place where nothing else does.
fn label(entry: &Value, keys: Option<&[&str]>, at: usize) -> String {
    let label = keys.and_then(|keys| key::label(entry, keys));
    label.unwrap_or_else(|| at.to_string())
}
