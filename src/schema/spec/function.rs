//! One function.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::Deserialize;

use super::{EnvSpec, Image, Kubernetes, Toggle};
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
    /// How long a caller waits for the answer, queue included: `250ms`, `3s`, `1m30s`. All other
    /// times follow from it. Default: 3s.
    pub timeout: Option<Located<Text>>,
    /// How many messages one pod handles at once. Default: 16.
    #[schemars(range(min = 1, max = 2500))]
    pub concurrency: Option<u32>,
    /// How many pods there are; false leaves the number to somebody else.
    pub scaling: Option<Located<Toggle<Scaling>>>,
    /// Whether an answer is ever given. Default: true. False where a second channel consumes a
    /// topic that is called.
    pub replies: Option<bool>,
    /// CPU and memory, as Kubernetes has them.
    #[schemars(with = "Option<BTreeMap<String, serde_json::Value>>")]
    pub resources: Option<Kubernetes>,
    /// Where the container answers health checks; false for one that does not.
    pub health: Option<Located<Toggle<Health>>>,
    /// Nodes it may run on, as Kubernetes has them.
    #[schemars(with = "Option<BTreeMap<String, String>>")]
    pub node_selector: Option<Kubernetes>,
    /// Taints it tolerates, as Kubernetes has them.
    #[schemars(with = "Option<Vec<serde_json::Value>>")]
    pub tolerations: Option<Kubernetes>,
    /// Where it would rather run, as Kubernetes has it. Default: spread over nodes.
    #[schemars(with = "Option<BTreeMap<String, serde_json::Value>>")]
    pub affinity: Option<Kubernetes>,
    /// Labels of the pods, beside ours.
    pub pod_labels: Option<BTreeMap<String, Located<Text>>>,
    /// Annotations of the pods.
    pub pod_annotations: Option<BTreeMap<String, Located<Text>>>,
}

/// How many pods there are.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct Scaling {
    /// At least so many. Default: 1.
    #[schemars(range(min = 1, max = 10000))]
    pub min: Option<Located<u32>>,
    /// At most so many; equal to `min` for a fixed number. Default: 10.
    #[schemars(range(min = 1, max = 10000))]
    pub max: Option<Located<u32>>,
    /// CPU use, in percent of what is requested, that the autoscaler aims at. Default: 80.
    #[schemars(range(min = 1, max = 1000))]
    pub cpu: Option<u32>,
}

/// Where health checks go.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct Health {
    /// The path. Default: `/healthz`.
    #[schemars(regex(pattern = "^/"), extend("format" = "path"))]
    pub path: Option<String>,
    /// The port. Default: 8080.
    #[schemars(range(min = 1, max = 65535))]
    pub port: Option<u16>,
}

/// A Secret or a ConfigMap: exactly one of the two.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct EnvFrom {
    /// The Secret's name.
    pub secret: Option<String>,
    /// The ConfigMap's name.
    pub config_map: Option<ConfigMapRef>,
    /// Whether the pod starts without it. Default: false.
    pub optional: Option<bool>,
}

/// A ConfigMap's name.
pub type ConfigMapRef = String;
