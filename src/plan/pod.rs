//! What `templates/pod.yaml` is told. Fields that are `None` are left out of the manifest.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::labels;
use crate::resolve::{App, ImageRef};

/// The volume that may be written: its name and place.
pub(super) const TMP: (&str, &str) = ("tmp", "/tmp");

/// The user and group of every pod: linters want it above 10,000.
const ID: u32 = 10_001;

/// A pod of a workload.
#[derive(Clone, Debug)]
pub(super) struct Pod {
    pub labels: BTreeMap<String, String>,
    pub annotations: Option<BTreeMap<String, String>>,
    pub service_account: String,
    /// `automountServiceAccountToken`.
    pub token: bool,
    /// `imagePullSecrets`.
    pub pull_secrets: Option<Vec<Value>>,
    /// `priorityClassName`.
    pub priority_class: Option<String>,
    /// `restartPolicy`, where it is not the usual one.
    pub restart_policy: Option<&'static str>,
    /// `securityContext`.
    pub security: Value,
    /// `terminationGracePeriodSeconds`.
    pub grace_seconds: u64,
    pub node_selector: Option<Value>,
    pub tolerations: Option<Value>,
    pub affinity: Value,
    /// `topologySpreadConstraints`.
    pub spread: Value,
    pub init_containers: Option<Vec<Value>>,
    pub container: Container,
    pub volumes: Vec<Value>,
}

/// The pod's container.
#[derive(Clone, Debug)]
pub(super) struct Container {
    pub name: String,
    pub image: String,
    pub pull_policy: &'static str,
    pub command: Option<Vec<String>>,
    pub args: Option<Vec<String>>,
    pub env: Vec<Value>,
    pub env_from: Option<Vec<Value>>,
    pub ports: Vec<Port>,
    pub probes: Probes,
    pub lifecycle: Option<Value>,
    pub resources: Value,
    /// `securityContext`.
    pub security: Value,
    pub volume_mounts: Vec<Value>,
}

/// A named port of a container.
#[derive(Clone, Debug)]
pub(super) struct Port {
    pub name: &'static str,
    pub container_port: u16,
    pub protocol: &'static str,
}

/// What the kubelet asks a container.
#[derive(Clone, Debug, Default)]
pub(super) struct Probes {
    startup_probe: Option<Value>,
    liveness_probe: Option<Value>,
    readiness_probe: Option<Value>,
}

impl Port {
    /// A TCP port.
    pub(super) const fn tcp(name: &'static str, number: u16) -> Self {
        Self {
            name,
            container_port: number,
            protocol: "TCP",
        }
    }
}

impl Probes {
    /// Probes by two handlers: `live` until the container has started and ever after, `ready`.
    ///
    /// The thresholds are the same everywhere: a worker that is busy, and so answers slowly, has a
    /// minute before it is taken for dead.
    pub(super) fn new(live: &Value, ready: &Value, start_seconds: u32) -> Self {
        let probe = |handler: &Value, period: u32, timeout: u32, failures: u32| {
            let mut probe = handler.clone();
            probe["periodSeconds"] = period.into();
            probe["timeoutSeconds"] = timeout.into();
            probe["failureThreshold"] = failures.into();
            Some(probe)
        };
        Self {
            startup_probe: probe(live, 2, 2, start_seconds / 2),
            liveness_probe: probe(live, 10, 5, 6),
            readiness_probe: probe(ready, 5, 3, 2),
        }
    }
}

impl Pod {
    /// A pod of the workload `object`, with what all of ours have in common.
    pub(super) fn new(
        app: &App,
        object: &str,
        component: labels::Component,
        container: Container,
        grace_seconds: u64,
    ) -> Self {
        let mut container = container;
        container.volume_mounts.insert(0, tmp_mount());
        let secrets = app.pull_secrets.iter();
        let secrets: Vec<_> = secrets.map(|name| json!({"name": name})).collect();
        Self {
            labels: labels::pod(object, component, &BTreeMap::new()),
            annotations: None,
            service_account: object.to_owned(),
            token: false,
            pull_secrets: (!secrets.is_empty()).then_some(secrets),
            priority_class: None,
            restart_policy: None,
            security: security_of_pods(),
            grace_seconds,
            node_selector: None,
            tolerations: None,
            affinity: apart(object),
            spread: spread(object),
            init_containers: None,
            container,
            // The root file system is read-only; this much may be written.
            volumes: vec![object! {"name": TMP.0, "emptyDir": object! {"sizeLimit": "64Mi"}}],
        }
    }
}

impl Container {
    /// A container that runs `image`.
    pub(super) fn new(name: &str, image: &ImageRef, resources: &Value) -> Self {
        Self {
            name: name.to_owned(),
            image: image.reference.clone(),
            pull_policy: image.pull_policy.name(),
            command: None,
            args: None,
            env: Vec::new(),
            env_from: None,
            ports: Vec::new(),
            probes: Probes::default(),
            lifecycle: None,
            resources: resources.clone(),
            security: security_of_containers(),
            volume_mounts: Vec::new(),
        }
    }
}

impl From<Pod> for Value {
    fn from(pod: Pod) -> Self {
        object! {
            "labels": texts(pod.labels),
            "annotations": pod.annotations.map(texts),
            "serviceAccount": pod.service_account,
            "token": pod.token,
            "pullSecrets": pod.pull_secrets,
            "priorityClass": pod.priority_class,
            "restartPolicy": pod.restart_policy,
            "security": pod.security,
            "graceSeconds": pod.grace_seconds,
            "nodeSelector": pod.node_selector,
            "tolerations": pod.tolerations,
            "affinity": pod.affinity,
            "spread": pod.spread,
            "initContainers": pod.init_containers,
            "container": pod.container,
            "volumes": pod.volumes,
        }
    }
}

impl From<Container> for Value {
    fn from(container: Container) -> Self {
        object! {
            "name": container.name,
            "image": container.image,
            "pullPolicy": container.pull_policy,
            "command": container.command,
            "args": container.args,
            "env": container.env,
            "envFrom": container.env_from,
            "ports": container.ports,
            "startupProbe": container.probes.startup_probe,
            "livenessProbe": container.probes.liveness_probe,
            "readinessProbe": container.probes.readiness_probe,
            "lifecycle": container.lifecycle,
            "resources": container.resources,
            "security": container.security,
            "volumeMounts": container.volume_mounts,
        }
    }
}

impl From<Port> for Value {
    fn from(port: Port) -> Self {
        object! {
            "name": port.name,
            "containerPort": port.container_port,
            "protocol": port.protocol,
        }
    }
}

/// Texts by name, moved in.
fn texts(texts: BTreeMap<String, String>) -> Value {
    texts.into_iter().collect()
}

/// Where the volume that may be written is seen.
pub(super) fn tmp_mount() -> Value {
    object! {"name": TMP.0, "mountPath": TMP.1}
}

/// What Pod Security's strictest level asks of pods, and ids above all that a node has.
fn security_of_pods() -> Value {
    object! {
        "runAsNonRoot": true,
        "runAsUser": ID,
        "runAsGroup": ID,
        "fsGroup": ID,
        "fsGroupChangePolicy": "OnRootMismatch",
        "seccompProfile": object! {"type": "RuntimeDefault"},
    }
}

/// What Pod Security's strictest level asks of containers, and a root file system that stays as
/// it is.
pub(super) fn security_of_containers() -> Value {
    object! {
        "allowPrivilegeEscalation": false,
        "privileged": false,
        "readOnlyRootFilesystem": true,
        "runAsNonRoot": true,
        "capabilities": object! {"drop": ["ALL"]},
    }
}

/// Rather not two pods of one workload on one node.
fn apart(object: &str) -> Value {
    let term = object! {
        "topologyKey": "kubernetes.io/hostname",
        "labelSelector": object! {"matchLabels": labels::selector(object)},
    };
    let preferred = [object! {"weight": 100, "podAffinityTerm": term}];
    object! {
        "podAntiAffinity": object! {"preferredDuringSchedulingIgnoredDuringExecution": preferred},
    }
}

/// Evenly over zones, where that can be had.
fn spread(object: &str) -> Value {
    Value::from([object! {
        "maxSkew": 1,
        "topologyKey": "topology.kubernetes.io/zone",
        "whenUnsatisfiable": "ScheduleAnyway",
        "labelSelector": object! {"matchLabels": labels::selector(object)},
    }])
}
