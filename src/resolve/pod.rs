//! What is written for a function's pods in Kubernetes' own form.

use std::collections::BTreeMap;

use serde_json::{Map, Value};

use super::{labels, names};
use crate::diag::codes::running::NO_VOLUME;
use crate::diag::codes::shape::NOT_UNIQUE;
use crate::diag::{Diagnostic, Report};
use crate::schema::fault;
use crate::schema::spec::{self, Kubernetes};

/// What Kubernetes' `securityContext` has for pods, or for pods and containers; the rest is for
/// containers only.
const OF_PODS: [&str; 13] = [
    "appArmorProfile",
    "fsGroup",
    "fsGroupChangePolicy",
    "runAsGroup",
    "runAsNonRoot",
    "runAsUser",
    "seLinuxChangePolicy",
    "seLinuxOptions",
    "seccompProfile",
    "supplementalGroups",
    "supplementalGroupsPolicy",
    "sysctls",
    "windowsOptions",
];

/// What is written for a function's pods in Kubernetes' own form; what is not written is `None`
/// or empty.
#[derive(Clone, Debug, Default)]
pub struct PodSettings {
    /// `nodeSelector`.
    pub node_selector: Option<Value>,
    /// `tolerations`.
    pub tolerations: Option<Value>,
    /// `affinity`.
    pub affinity: Option<Value>,
    /// `topologySpreadConstraints`.
    pub spread: Option<Vec<Value>>,
    /// `priorityClassName`.
    pub priority_class: Option<String>,
    /// Labels, beside ours.
    pub labels: BTreeMap<String, String>,
    /// Annotations.
    pub annotations: BTreeMap<String, String>,
    /// `initContainers`.
    pub init_containers: Vec<Value>,
    /// `volumes`.
    pub volumes: Vec<Value>,
    /// `volumeMounts` of the container.
    pub volume_mounts: Vec<Value>,
    /// What is written of the pods' `securityContext`.
    pub pod_security: Map<String, Value>,
    /// What is written of the containers' `securityContext`.
    pub container_security: Map<String, Value>,
}

pub(super) fn resolve(spec: &spec::Function, report: &mut Report) -> PodSettings {
    let (pod_security, container_security) = security(spec.security_context.as_ref());
    if let Some(class) = &spec.priority_class_name {
        names::subdomain("a PriorityClass", &class.0, class.span, report);
    }
    volumes(spec, report);
    PodSettings {
        node_selector: plain(spec.node_selector.as_ref()),
        tolerations: plain(spec.tolerations.as_ref()),
        affinity: plain(spec.affinity.as_ref()),
        spread: spec.topology_spread.as_ref().map(items),
        priority_class: spec
            .priority_class_name
            .as_ref()
            .map(|class| class.0.clone()),
        labels: labels::resolve(spec.pod_labels.as_ref(), report),
        annotations: labels::annotations(spec.pod_annotations.as_ref(), report),
        init_containers: spec.init_containers.as_ref().map(items).unwrap_or_default(),
        volumes: values(spec.volumes.as_ref()),
        volume_mounts: values(spec.volume_mounts.as_ref()),
        pod_security,
        container_security,
    }
}

/// What is Kubernetes' for pods alone, or for both, goes to the pods; what is for containers, to
/// the containers. `runAsNonRoot`, which we set on both, goes to both.
fn security(spec: Option<&Kubernetes>) -> (Map<String, Value>, Map<String, Value>) {
    let written = spec.and_then(|spec| spec.value.as_object());
    let (mut pod, mut container) = (Map::new(), Map::new());
    for (key, value) in written.into_iter().flatten() {
        let of_pods = OF_PODS.contains(&key.as_str());
        if of_pods {
            pod.insert(key.clone(), value.clone());
        }
        if !of_pods || key == "runAsNonRoot" {
            container.insert(key.clone(), value.clone());
        }
    }
    (pod, container)
}

/// Every mount has its volume, and no volume has the name of ours.
fn volumes(spec: &spec::Function, report: &mut Report) {
    let has_config = spec
        .config
        .as_ref()
        .is_some_and(|config| !config.is_empty());
    let mut known = vec!["tmp"];
    known.extend(has_config.then_some("config"));
    for volume in spec.volumes.iter().flatten() {
        let Some(name) = name(volume) else { continue };
        if has_config && name == "config" {
            report.push(
                Diagnostic::at(
                    &NOT_UNIQUE,
                    volume.span,
                    "a volume called `config` is there already",
                )
                .label("the function's `config` is one")
                .help("give this one another name"),
            );
        }
        known.push(name);
    }
    for mount in spec.volume_mounts.iter().flatten() {
        let Some(name) = name(mount).filter(|name| !known.contains(name)) else {
            continue;
        };
        let message = format!("there is no volume called `{}`", name.escape_debug());
        let diagnostic = Diagnostic::at(&NO_VOLUME, mount.span, message);
        report.push(match fault::suggest(name, known.iter().copied()) {
            Some(near) => diagnostic.help(format!("did you mean `{near}`?")),
            None => diagnostic.help("add it to `volumes`"),
        });
    }
}

fn name(item: &Kubernetes) -> Option<&str> {
    item.value.get("name")?.as_str()
}

fn values(spec: Option<&Vec<Kubernetes>>) -> Vec<Value> {
    let items = spec.into_iter().flatten();
    items.map(|item| item.value.clone()).collect()
}

fn items(spec: &Kubernetes) -> Vec<Value> {
    spec.value.as_array().cloned().unwrap_or_default()
}

/// A Kubernetes-shaped value; one that is empty says nothing.
fn plain(spec: Option<&Kubernetes>) -> Option<Value> {
    let value = &spec?.value;
    let empty =
        value.as_object().is_some_and(Map::is_empty) || value.as_array().is_some_and(Vec::is_empty);
    (!empty && !value.is_null()).then(|| value.clone())
}
