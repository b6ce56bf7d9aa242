//! CPU and memory: what is written, and requests and a memory limit where nothing is.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use crate::schema::spec::Kubernetes;

/// `requests` and `limits` of a container, in Kubernetes' form.
pub type Resources = Value;

/// What a container gets that says nothing.
#[derive(Clone, Copy, Debug)]
pub(super) struct Usual {
    /// Requested CPU; there is no limit, since a limit throttles below average use.
    pub cpu: &'static str,
    /// Requested memory.
    pub memory: &'static str,
    /// The most memory.
    pub memory_limit: &'static str,
}

/// What is written; a resource with only one of request and limit gets the other. Both of
/// CPU and memory are always requested: an autoscaler on CPU does nothing without.
pub(super) fn resolve(spec: Option<&Kubernetes>, usual: Usual) -> Resources {
    let mut requests = section(spec, "requests");
    let mut limits = section(spec, "limits");
    let pairs = [
        ("cpu", usual.cpu, None),
        ("ephemeral-storage", "64Mi", Some("128Mi")),
        ("memory", usual.memory, Some(usual.memory_limit)),
    ];
    for (name, request, limit) in pairs {
        match (requests.get(name).cloned(), limits.get(name).cloned()) {
            (None, None) => {
                requests.insert(name.to_owned(), json!(request));
                limits.extend(limit.map(|limit| (name.to_owned(), json!(limit))));
            }
            (None, Some(limit)) => {
                requests.insert(name.to_owned(), limit);
            }
            (Some(request), None) if limit.is_some() => {
                limits.insert(name.to_owned(), request);
            }
            _ => {}
        }
    }
    let mut resources = spec
        .and_then(|spec| spec.value.as_object().cloned())
        .unwrap_or_default();
    resources.insert("requests".to_owned(), json!(requests));
    resources.insert("limits".to_owned(), json!(limits));
    Value::Object(resources)
}

fn section(spec: Option<&Kubernetes>, key: &str) -> BTreeMap<String, Value> {
    let section = spec
        .and_then(|spec| spec.value.get(key))
        .and_then(Value::as_object);
    section
        .into_iter()
        .flatten()
        .map(|(name, value)| (name.clone(), value.clone()))
        .collect()
}
