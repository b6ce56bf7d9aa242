//! Defaults that follow from other fields of the object.

use serde_json::{Map, Value};

use crate::diff::base64;
use crate::diff::image::Image;
use crate::manifest::Scope;

/// Fills in or takes out what other fields of the object already say.
pub(super) fn settle(scope: &Scope, object: &mut Value) {
    match scope.kind.as_str() {
        "Secret" => secret(object),
        "Service" => service(object),
        "NetworkPolicy.networking.k8s.io" => policy(object),
        _ => {}
    }
    let Some(template) = scope.template else {
        return;
    };
    let pod = template
        .iter()
        .try_fold(object, |value, key| value.get_mut(*key))
        .and_then(|template| template.get_mut("spec"))
        .and_then(Value::as_object_mut);
    if let Some(pod) = pod {
        self::pod(pod);
    }
}

/// `stringData` is `data` before its encoding; the API writes no other form back. Blanks within
/// an encoded text mean nothing.
fn secret(object: &mut Value) {
    let Some(secret) = object.as_object_mut() else {
        return;
    };
    if let Some(Value::Object(data)) = secret.get_mut("data") {
        for value in data.values_mut() {
            if let Value::String(text) = value {
                text.retain(|c| !c.is_ascii_whitespace());
            }
        }
    }
    let plain = match secret.get("stringData") {
        Some(Value::Object(plain)) if plain.values().all(Value::is_string) => plain.clone(),
        _ => return,
    };
    secret.remove("stringData");
    let data = secret
        .entry("data")
        .or_insert_with(|| Value::Object(Map::new()));
    if let Value::Object(data) = data {
        for (key, value) in plain {
            let text = value.as_str().unwrap_or_default();
            data.insert(key, base64::encode(text.as_bytes()).into());
        }
    }
}

fn service(object: &mut Value) {
    let ports = object
        .pointer_mut("/spec/ports")
        .and_then(Value::as_array_mut);
    for port in ports.into_iter().flatten().filter_map(Value::as_object_mut) {
        if port.get("targetPort") == port.get("port") {
            port.remove("targetPort");
        }
    }
}

/// Which directions a policy is about follows from its rules where it is not said.
fn policy(object: &mut Value) {
    let Some(spec) = object.get_mut("spec").and_then(Value::as_object_mut) else {
        return;
    };
    if spec
        .get("policyTypes")
        .is_some_and(|types| !types.is_null())
    {
        return;
    }
    let egress = matches!(spec.get("egress"), Some(Value::Array(rules)) if !rules.is_empty());
    let types: &[&str] = if egress {
        &["Ingress", "Egress"]
    } else {
        &["Ingress"]
    };
    spec.insert("policyTypes".to_owned(), types.to_vec().into());
}

fn pod(pod: &mut Map<String, Value>) {
    // The older name of one field.
    if let Some(account) = pod.remove("serviceAccount") {
        pod.entry("serviceAccountName").or_insert(account);
    }
    for list in ["containers", "initContainers", "ephemeralContainers"] {
        let containers = pod.get_mut(list).and_then(Value::as_array_mut);
        containers
            .into_iter()
            .flatten()
            .filter_map(Value::as_object_mut)
            .for_each(container);
    }
}

fn container(container: &mut Map<String, Value>) {
    let image = container.get("image").and_then(Value::as_str);
    let usual = image.map(|image| Image::parse(image).usual_pull_policy());
    if usual.is_some() && container.get("imagePullPolicy").and_then(Value::as_str) == usual {
        container.remove("imagePullPolicy");
    }
    // Who sets a limit alone requests as much.
    let Some(resources) = container
        .get_mut("resources")
        .and_then(Value::as_object_mut)
    else {
        return;
    };
    let limits = resources.get("limits").and_then(Value::as_object).cloned();
    let requests = resources.get_mut("requests").and_then(Value::as_object_mut);
    if let (Some(limits), Some(requests)) = (limits, requests) {
        requests.retain(|name, value| limits.get(name) != Some(value));
    }
}
