//! What users write in Kubernetes' own form, over what is ours.

use serde_json::{Map, Value, json};

use super::labels::selector;
use super::pod::{Pod, TMP, security_of_containers, tmp_mount};
use crate::resolve::{Function, PodSettings};

/// The folder of a container in which the files of `config` are seen.
pub const CONFIG_FILES: &str = "/etc/config";
/// The volume with them.
const CONFIG: &str = "config";
/// The annotation that replaces pods when a file of `config` changes.
const CHECKSUM: &str = "checksum/config";

/// Puts what is written for a function's pods over what they have.
pub(super) fn apply(function: &Function, pod: &mut Pod) {
    let settings = &function.pod;
    let mut annotations = settings.annotations.clone();
    if let Some(config) = &function.config {
        annotations.insert(CHECKSUM.to_owned(), config.checksum.clone());
        let volume = json!({"name": CONFIG, "configMap": {"name": function.object}});
        pod.volumes.push(volume);
        let mount = json!({"name": CONFIG, "mountPath": CONFIG_FILES, "readOnly": true});
        pod.container.volume_mounts.push(mount);
    }
    pod.annotations = (!annotations.is_empty()).then_some(annotations);
    pod.node_selector.clone_from(&settings.node_selector);
    pod.tolerations.clone_from(&settings.tolerations);
    pod.priority_class.clone_from(&settings.priority_class);
    if let Some(affinity) = &settings.affinity {
        pod.affinity = affinity.clone();
    }
    if let Some(spread) = &settings.spread {
        let spread = spread.iter().map(|one| selecting(one, &function.object));
        pod.spread = spread.collect();
        if settings.spread.as_ref().is_some_and(Vec::is_empty) {
            pod.spread = Value::Null;
        }
    }
    over(&mut pod.security, &settings.pod_security);
    over(&mut pod.container.security, &settings.container_security);
    volumes(settings, pod);
    let init = settings.init_containers.iter();
    let init: Vec<_> = init
        .map(|container| self::init(container, function))
        .collect();
    pod.init_containers = (!init.is_empty()).then_some(init);
}

/// A volume of the user's takes the place of ours with that name, a mount that of ours with that
/// path; what is then left unused goes.
fn volumes(settings: &PodSettings, pod: &mut Pod) {
    for volume in &settings.volumes {
        pod.volumes
            .retain(|own| own["name"] != volume["name"] || own["name"] != TMP.0);
        pod.volumes.push(volume.clone());
    }
    for mount in &settings.volume_mounts {
        let mounts = &mut pod.container.volume_mounts;
        mounts.retain(|own| own["mountPath"] != mount["mountPath"] || own["name"] != TMP.0);
        mounts.push(mount.clone());
    }
    let mounts = pod.container.volume_mounts.iter();
    let init = settings.init_containers.is_empty();
    if init && !mounts.clone().any(|mount| mount["name"] == TMP.0) {
        pod.volumes.retain(|volume| volume["name"] != TMP.0);
    }
}

/// A container that runs before the function's, with what ours have in common where it says
/// nothing of it.
fn init(container: &Value, function: &Function) -> Value {
    let mut security = security_of_containers();
    over(&mut security, &function.pod.container_security);
    let mut usual = json!({
        "image": function.image.reference,
        "resources": function.resources,
        "securityContext": security,
    });
    if container.get("image").is_none() {
        usual["imagePullPolicy"] = json!(function.image.pull_policy.name());
    }
    let nothing = Map::new();
    let written = container.as_object().unwrap_or(&nothing);
    // Requests and limits belong together.
    if written.contains_key("resources")
        && let Value::Object(usual) = &mut usual
    {
        usual.remove("resources");
    }
    over(&mut usual, written);
    let mounts = written.get("volumeMounts").and_then(Value::as_array);
    let mut mounts = mounts.cloned().unwrap_or_default();
    if !mounts.iter().any(|mount| mount["mountPath"] == TMP.1) {
        mounts.insert(0, tmp_mount());
    }
    usual["volumeMounts"] = json!(mounts);
    usual
}

/// A spread constraint, of the function's pods where it names none.
fn selecting(constraint: &Value, object: &str) -> Value {
    let mut constraint = constraint.clone();
    if constraint.get("labelSelector").is_none() {
        constraint["labelSelector"] = json!({"matchLabels": selector(object)});
    }
    constraint
}

/// Puts `written` over `ours`, mappings key by key; a null removes.
fn over(ours: &mut Value, written: &Map<String, Value>) {
    let Value::Object(ours) = ours else { return };
    for (key, value) in written {
        match (ours.get_mut(key), value) {
            (Some(own @ Value::Object(_)), Value::Object(inner)) => over(own, inner),
            (_, Value::Null) => {
                ours.remove(key);
            }
            _ => {
                ours.insert(key.clone(), value.clone());
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::over;

    #[test]
    fn what_is_written_goes_over_what_is_ours() {
        let mut ours = json!({"a": {"b": 1, "c": [1]}, "d": 2, "e": 3});
        let written = json!({"a": {"c": [2], "x": 4}, "d": null, "f": 5});
        over(&mut ours, written.as_object().unwrap());
        assert_eq!(
            ours,
            json!({"a": {"b": 1, "c": [2], "x": 4}, "e": 3, "f": 5})
        );
    }
}
