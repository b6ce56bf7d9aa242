//! One function.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::Deserialize;

use super::{
    EnvFrom, EnvSpec, Health, Http, Image, Kubernetes, Labels, Network, Patch, Payload, Retries,
    Scaling, Schedule, ServiceAccount, SwitchOr, TextOr, Toggle,
};
use crate::schema::located::{Located, Text};

/// A container that consumes an NSQ topic.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Function {
    /// The function's name: lower-case letters, digits and dashes. Objects are `<app>-<name>`.
    pub name: Located<Text>,
    /// The image. Default: the application's.
    pub image: Option<Located<Image>>,
    /// The NSQ topic it consumes. Default: its name.
    pub topic: Option<Located<Text>>,
    /// The NSQ channel it consumes. Default: `default`.
    pub channel: Option<Located<Text>>,
    /// The program to run, instead of the image's.
    pub command: Option<Vec<Text>>,
    /// Its arguments, instead of the image's.
    pub args: Option<Vec<Text>>,
    /// Environment variables: a mapping of names to values, or a list as Kubernetes has it.
    pub env: Option<Located<EnvSpec>>,
    /// Secrets and ConfigMaps whose every key becomes an environment variable.
    pub env_from: Option<Vec<Located<EnvFrom>>>,
    /// Files below `/etc/config`: names and contents. A change restarts the pods.
    pub config: Option<Located<BTreeMap<String, Located<Text>>>>,
    /// How long a caller waits for the answer, queue included: `250ms`, `3s`, `1m30s`. All other
    /// times follow from it. Default: 3s.
    pub timeout: Option<Located<Text>>,
    /// How many messages one pod handles at once. Default: 16.
    #[schemars(range(min = 1, max = 2500))]
    pub concurrency: Option<u32>,
    /// How many pods there are; false leaves the number to somebody else.
    pub scaling: Option<Located<Toggle<Scaling>>>,
    /// How often, and after what delay, a message that nobody waits for is delivered again.
    pub retries: Option<Retries>,
    /// Where a message goes that is given up: true for a topic called
    /// `<topic>.<channel>.dead`, or a topic's name. Default: false, it is dropped.
    pub dead_letter: Option<Located<SwitchOr>>,
    /// What its messages are: `event`, or `raw` for bodies that no client of ours wrote.
    /// Default: event.
    pub payload: Option<Payload>,
    /// Whether the gateway may send a call again when a broker dies while it waits. NSQ may
    /// deliver a message twice in any case. Default: false.
    pub idempotent: Option<bool>,
    /// Events sent on its topic by the clock.
    pub schedule: Option<Vec<Located<Schedule>>>,
    /// Routes on the gateway of the given files that lead to this function.
    pub http: Option<Vec<Located<Http>>>,
    /// Whether an answer is ever given. Default: true. False where a second channel consumes a
    /// topic that is called.
    pub replies: Option<bool>,
    /// CPU and memory, as Kubernetes has them.
    #[schemars(with = "Option<BTreeMap<String, serde_json::Value>>")]
    pub resources: Option<Kubernetes>,
    /// Where the container answers health checks; false for one that does not.
    pub health: Option<Located<Toggle<Health>>>,
    /// The kind of its workload: `Deployment`, `StatefulSet` or `DaemonSet`. Default: Deployment.
    pub kind: Option<Located<Text>>,
    /// The service account of its pods: settings of its own one, or the name of an existing one.
    /// Default: one of its own, without a token.
    pub service_account: Option<Located<TextOr<ServiceAccount>>>,
    /// What its pods and containers may do, as Kubernetes has it, over what is usual.
    #[schemars(with = "Option<BTreeMap<String, serde_json::Value>>")]
    pub security_context: Option<Kubernetes>,
    /// Who may talk to its pods, and whom they may talk to.
    pub network: Option<Located<Network>>,
    /// Containers that run before its own, as Kubernetes has them.
    #[schemars(with = "Option<Vec<serde_json::Value>>")]
    pub init_containers: Option<Kubernetes>,
    /// Volumes of its pods, as Kubernetes has them.
    #[schemars(with = "Option<Vec<serde_json::Value>>")]
    pub volumes: Option<Vec<Kubernetes>>,
    /// Where its container sees them, as Kubernetes has them.
    #[schemars(with = "Option<Vec<serde_json::Value>>")]
    pub volume_mounts: Option<Vec<Kubernetes>>,
    /// Nodes it may run on, as Kubernetes has them.
    #[schemars(with = "Option<BTreeMap<String, String>>")]
    pub node_selector: Option<Kubernetes>,
    /// Taints it tolerates, as Kubernetes has them.
    #[schemars(with = "Option<Vec<serde_json::Value>>")]
    pub tolerations: Option<Kubernetes>,
    /// Where it would rather run, as Kubernetes has it. Default: spread over nodes.
    #[schemars(with = "Option<BTreeMap<String, serde_json::Value>>")]
    pub affinity: Option<Kubernetes>,
    /// How its pods are spread, as Kubernetes' `topologySpreadConstraints`. Default: over zones.
    #[schemars(with = "Option<Vec<serde_json::Value>>")]
    pub topology_spread: Option<Kubernetes>,
    /// The PriorityClass of its pods.
    pub priority_class_name: Option<Located<Text>>,
    /// Labels of the pods, beside ours.
    pub pod_labels: Option<Labels>,
    /// Annotations of the pods.
    pub pod_annotations: Option<Labels>,
    /// Changes of its rendered objects.
    pub patches: Option<Vec<Located<Patch>>>,
    /// How kubefuncs-dev starts it; nothing that is rendered depends on it.
    pub dev: Option<Dev>,
    /// Whether it is rendered at all. Default: true.
    pub enabled: Option<bool>,
}

/// How kubefuncs-dev starts a function.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct Dev {
    /// The program and its arguments, run where functions.yaml is.
    pub command: Option<Vec<Text>>,
}
