//! Kubernetes objects as trees.

use std::collections::BTreeMap;

use serde::Deserialize as _;
use serde_json::Value;

use crate::Fault;

/// One Kubernetes object.
#[derive(Debug, Clone, PartialEq)]
pub struct Object(Value);

impl Object {
    /// Its kind, such as `Service`.
    pub fn kind(&self) -> &str {
        text(&self.0, "/kind")
    }

    /// Its name.
    pub fn name(&self) -> &str {
        text(&self.0, "/metadata/name")
    }

    /// Its namespace; `default` when it says none.
    pub fn namespace(&self) -> &str {
        match text(&self.0, "/metadata/namespace") {
            "" => "default",
            namespace => namespace,
        }
    }

    /// The value at a JSON pointer; null when there is none.
    pub fn at(&self, pointer: &str) -> &Value {
        at(&self.0, pointer)
    }
}

/// All objects of a YAML stream.
///
/// # Errors
/// When it is not YAML, or a document is no Kubernetes object.
pub fn read(stream: &str) -> Result<Vec<Object>, Fault> {
    let mut objects = Vec::new();
    for document in serde_yaml::Deserializer::from_str(stream) {
        let value = Value::deserialize(document).map_err(|error| error.to_string())?;
        if value.is_null() {
            continue;
        }
        let object = Object(value);
        if object.kind().is_empty() || object.name().is_empty() {
            return Err("a document without kind or name".to_owned());
        }
        objects.push(object);
    }
    Ok(objects)
}

/// The object of that kind, namespace and name.
///
/// # Errors
/// When there is none.
pub fn find<'a>(
    objects: &'a [Object],
    kind: &str,
    namespace: &str,
    name: &str,
) -> Result<&'a Object, Fault> {
    objects
        .iter()
        .find(|object| {
            (object.kind(), object.namespace(), object.name()) == (kind, namespace, name)
        })
        .ok_or_else(|| format!("there is no {kind} {namespace}/{name}"))
}

/// The value at a JSON pointer; null when there is none.
pub fn at<'a>(value: &'a Value, pointer: &str) -> &'a Value {
    value.pointer(pointer).unwrap_or(&Value::Null)
}

/// The string at a JSON pointer; empty when there is none.
pub fn text<'a>(value: &'a Value, pointer: &str) -> &'a str {
    at(value, pointer).as_str().unwrap_or_default()
}

/// The list at a JSON pointer; empty when there is none.
pub fn list<'a>(value: &'a Value, pointer: &str) -> &'a [Value] {
    at(value, pointer).as_array().map_or(&[], Vec::as_slice)
}

/// The strings of the list at a JSON pointer.
pub fn texts(value: &Value, pointer: &str) -> Vec<String> {
    list(value, pointer)
        .iter()
        .filter_map(Value::as_str)
        .map(str::to_owned)
        .collect()
}

/// The mapping of strings at a JSON pointer; empty when there is none.
pub fn mapping(value: &Value, pointer: &str) -> BTreeMap<String, String> {
    let entries = at(value, pointer).as_object().into_iter().flatten();
    entries
        .filter_map(|(key, value)| Some((key.clone(), value.as_str()?.to_owned())))
        .collect()
}
