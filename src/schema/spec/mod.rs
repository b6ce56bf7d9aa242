//! functions.yaml as it is written. The JSON schema for editors is made from these types, and a
//! document is checked against that very schema before it is read into them: a field has one
//! home. Doc comments are what an editor shows.

mod env;
mod function;
mod gateway;
mod image;
mod nsq;
mod toggle;

use std::collections::BTreeMap;

pub use env::{EnvList, EnvSource, EnvSpec, EnvValue};
pub use function::{ConfigMapRef, EnvFrom, Function, Health, Scaling};
pub use gateway::{Gateway, Route, RouteTarget};
pub use image::{Image, ImageParts, PullPolicy};
pub use nsq::{Broker, Nsq, Nsqd, Nsqlookupd};
use schemars::{JsonSchema, Schema, SchemaGenerator};
use serde::Deserialize;
pub use toggle::Toggle;

use super::located::{Located, Text};

/// A value in Kubernetes' own form, checked against Kubernetes' own schema at its place.
pub type Kubernetes = Located<serde_json::Value>;

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
    /// The image of every function that names none. `--image` overrides it.
    pub image: Option<Located<Image>>,
    /// Where the images of the gateway and of NSQ come from, for those who mirror them.
    pub images: Option<Images>,
    /// Labels on every object's metadata; never on pods or selectors.
    pub labels: Option<BTreeMap<String, Located<Text>>>,
    /// Annotations on every object's metadata; never on pods.
    pub annotations: Option<BTreeMap<String, Located<Text>>>,
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
}

/// Images of what is ours to run.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct Images {
    /// The gateway's image.
    pub gateway: Option<Located<Image>>,
    /// The image with nsqd and nsqlookupd.
    pub nsq: Option<Located<Image>>,
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
