//! functions.yaml as it is written. The JSON schema for editors is made from these types, and a
//! document is checked against that very schema before it is read into them: a field has one
//! home. Doc comments are what an editor shows.

mod account;
mod container;
mod delivery;
mod either;
mod entrance;
mod env;
pub(super) mod environment;
mod function;
mod gateway;
mod http;
mod image;
mod monitoring;
mod network;
mod nsq;
mod patch;
mod respond_async;
mod scaling;
mod toggle;

use std::collections::BTreeMap;

pub use account::ServiceAccount;
pub use container::{EnvFrom, Health};
pub use delivery::{Backoff, Payload, Retries, Schedule};
pub use either::{SwitchOr, TextOr};
pub use entrance::{HttpRoute, Ingress, Parent};
pub use env::{EnvList, EnvSource, EnvSpec, EnvValue};
pub use function::{Dev, Function};
pub use gateway::{Gateway, GatewayLimits, Route, RouteTarget};
pub use http::{Auth, Cors, Http, SecretKey};
pub use image::{Image, ImageParts, PullPolicy};
pub use monitoring::Monitoring;
pub use network::{Network, Peer};
pub use nsq::{Broker, BrokerTls, Nsq, Nsqd, Nsqlookupd};
pub use patch::Patch;
pub use respond_async::Async;
pub use scaling::Scaling;
use schemars::{JsonSchema, Schema, SchemaGenerator};
use serde::Deserialize;
use serde::de::IgnoredAny;
pub use toggle::Toggle;

use super::located::{Located, Text};

/// A value in Kubernetes' own form, checked against Kubernetes' own schema at its place.
pub type Kubernetes = Located<serde_json::Value>;

/// Labels or annotations: keys and values, each with its place.
pub type Labels = BTreeMap<Located<String>, Located<Text>>;

/// One application: its functions and, if they are its own, the gateway and NSQ they use.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
#[schemars(title = "functions.yaml")]
pub struct Application {
    /// The application's name; every object's name begins with it. `--release` overrides it.
    pub app: Option<Located<Text>>,
    /// The namespace of all objects. `--namespace` overrides it. Default: `default`.
    pub namespace: Option<Located<Text>>,
    /// Whether the Namespace object is rendered too. Default: false.
    pub create_namespace: Option<bool>,
    /// The minor version of kubefunctl this file is for, such as "0.1". Another one is an error.
    pub kubefunctl: Option<Located<Text>>,
    /// The oldest version of Kubernetes that the manifests have to work on, from "1.33" to "1.37".
    /// Default: "1.33".
    pub kube_version: Option<Located<Text>>,
    /// A directory of your own templates, next to this file: one may stand in for a template of
    /// ours, or be for a kind that we have none for. `--templates` overrides it.
    pub templates: Option<Located<Text>>,
    /// The image of every function that names none. `--image` overrides it.
    pub image: Option<Located<Image>>,
    /// Where the images of the gateway, of NSQ and of the exporter come from, for those who mirror
    /// them.
    pub images: Option<Images>,
    /// Labels on every object's metadata; never on pods or selectors.
    pub labels: Option<Labels>,
    /// Annotations on every object's metadata; never on pods.
    pub annotations: Option<Labels>,
    /// Names of Secrets with which images are pulled.
    pub pull_secrets: Option<Vec<Located<Text>>>,
    /// What holds for every function that does not say otherwise: any field of a function but
    /// `name` and `topic`.
    #[schemars(schema_with = "defaults_schema")]
    pub defaults: Option<serde_json::Value>,
    /// The functions.
    pub functions: Option<Vec<Located<Function>>>,
    /// The HTTP gateway, if this application has one of its own.
    pub gateway: Option<Located<Gateway>>,
    /// The NSQ cluster, if it is rendered from this file.
    pub nsq: Option<Located<Nsq>>,
    /// Where NSQ is when it is not rendered here. Default: the one of charts/nsq.
    pub broker: Option<Located<Broker>>,
    /// Objects for Prometheus and Grafana; none by default.
    pub monitoring: Option<Located<Monitoring>>,
    /// Changes of rendered objects, of the gateway's and NSQ's too.
    pub patches: Option<Vec<Located<Patch>>>,
    /// What differs in an environment, by its name: `--env NAME` merges it over the rest.
    /// Mappings merge, `functions` merge by name, other lists replace; a null removes.
    #[schemars(schema_with = "environments_schema")]
    pub environments: Option<IgnoredAny>,
}

/// Images of what is ours to run.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct Images {
    /// The gateway's image.
    pub gateway: Option<Located<Image>>,
    /// The image with nsqd and nsqlookupd.
    pub nsq: Option<Located<Image>>,
    /// The image of kubefuncs-exporter.
    pub exporter: Option<Located<Image>>,
}

/// A function's schema with nothing required, and without the fields that tell functions apart.
fn defaults_schema(generator: &mut SchemaGenerator) -> Schema {
    let mut schema = Function::json_schema(generator);
    schema.remove("required");
    if let Some(properties) = schema.get_mut("properties").and_then(|p| p.as_object_mut()) {
        properties.remove("name");
        properties.remove("topic");
    }
    schema.insert("type".to_owned(), serde_json::json!(["object", "null"]));
    schema
}

/// Environments are checked against a definition that is made when all others are there.
fn environments_schema(_: &mut SchemaGenerator) -> Schema {
    schemars::json_schema!({
        "type": ["object", "null"],
        "additionalProperties": {"anyOf": [{"$ref": "#/definitions/Environment"}, {"type": "null"}]},
    })
}
