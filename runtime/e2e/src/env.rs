//! The variables of a container, and `$(X)` in text.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use crate::Fault;
use crate::object::{Object, at, find, list, mapping, text};
use crate::pod::Pod;

/// The environment of one container.
#[derive(Debug, Default)]
pub struct Env {
    values: BTreeMap<String, String>,
    used: BTreeSet<String>,
}

impl Env {
    /// `envFrom`, then `env`, as the kubelet reads them.
    ///
    /// # Errors
    /// When a ConfigMap or a key is missing, or a source is none that is known here.
    pub fn read(container: &Value, pod: &Pod, objects: &[Object]) -> Result<Env, Fault> {
        let mut env = Env::default();
        for source in list(container, "/envFrom") {
            let config = find(
                objects,
                "ConfigMap",
                &pod.namespace,
                text(source, "/configMapRef/name"),
            )?;
            let prefix = text(source, "/prefix");
            for (key, value) in mapping(config.at(""), "/data") {
                env.values.insert(format!("{prefix}{key}"), value);
            }
        }
        for entry in list(container, "/env") {
            let name = text(entry, "/name").to_owned();
            let value = match (entry.get("value"), entry.get("valueFrom")) {
                (Some(Value::String(value)), None) => Some(env.expand(value)?),
                (None, None) => Some(String::new()),
                (None, Some(source)) => from(source, pod, objects)?,
                _ => return Err(format!("{name}: not a variable: {entry}")),
            };
            if let Some(value) = value {
                env.values.insert(name, value);
            }
        }
        Ok(env)
    }

    /// Names and values, sorted.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &str)> {
        self.values
            .iter()
            .map(|(name, value)| (name.as_str(), value.as_str()))
    }

    /// Whether some `$(X)` asked for it: then the program itself need not read it.
    pub fn is_used(&self, name: &str) -> bool {
        self.used.contains(name)
    }

    /// `text` with each `$(X)` replaced by its value; `$$` is one `$`.
    ///
    /// # Errors
    /// When there is no such variable yet: Kubernetes would leave the text as it is.
    pub fn expand(&mut self, text: &str) -> Result<String, Fault> {
        let mut result = String::new();
        let mut rest = text;
        while let Some(start) = rest.find('$') {
            result.push_str(&rest[..start]);
            rest = &rest[start + 1..];
            if let Some(after) = rest.strip_prefix('$') {
                result.push('$');
                rest = after;
            } else if let Some((name, after)) =
                rest.strip_prefix('(').and_then(|r| r.split_once(')'))
            {
                let value = self
                    .values
                    .get(name)
                    .ok_or_else(|| format!("$({name}) is not set: {text}"))?;
                result.push_str(value);
                self.used.insert(name.to_owned());
                rest = after;
            } else {
                result.push('$');
            }
        }
        result.push_str(rest);
        Ok(result)
    }
}

/// The value behind `valueFrom`; none for an optional one that is missing.
fn from(source: &Value, pod: &Pod, objects: &[Object]) -> Result<Option<String>, Fault> {
    if let Some(field) = source.get("fieldRef") {
        return match text(field, "/fieldPath") {
            "metadata.name" => Ok(Some(pod.name.clone())),
            "metadata.namespace" => Ok(Some(pod.namespace.clone())),
            "status.podIP" | "status.hostIP" => Ok(Some(pod.address.to_string())),
            "spec.nodeName" => Ok(Some("node".to_owned())),
            other => Err(format!("fieldRef {other} is not known here")),
        };
    }
    let Some(key) = source.get("configMapKeyRef") else {
        return Err(format!("not known here: {source}"));
    };
    let found = find(objects, "ConfigMap", &pod.namespace, text(key, "/name")).and_then(|config| {
        let data = mapping(config.at(""), "/data");
        let wanted = text(key, "/key");
        data.get(wanted)
            .cloned()
            .ok_or_else(|| format!("ConfigMap {} has no key {wanted}", config.name()))
    });
    match found {
        Err(_) if at(key, "/optional") == &Value::Bool(true) => Ok(None),
        found => found.map(Some),
    }
}
