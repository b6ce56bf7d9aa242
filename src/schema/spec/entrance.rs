//! Ways from outside of the cluster to the gateway.

use schemars::JsonSchema;
use serde::Deserialize;

use super::Labels;
use crate::schema::located::{Located, Text};

/// An Ingress that leads to the gateway.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct Ingress {
    /// The host it is for. Default: all.
    pub host: Option<Located<Text>>,
    /// The Secret with the host's certificate. Default: no TLS.
    pub tls: Option<Located<Text>>,
    /// The IngressClass. Default: the cluster's.
    pub class_name: Option<Located<Text>>,
    /// Annotations, which controllers are set with.
    pub annotations: Option<Labels>,
}

/// An HTTPRoute of the Gateway API that leads to the gateway.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct HttpRoute {
    /// The Gateway it belongs to.
    pub parent: Parent,
    /// The hosts it is for. Default: those of the Gateway.
    pub hosts: Option<Vec<Located<Text>>>,
}

/// A Gateway of the Gateway API.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Parent {
    /// Its name.
    pub name: Located<Text>,
    /// Its namespace. Default: the gateway's.
    pub namespace: Option<Located<Text>>,
    /// The listener of it. Default: all.
    pub section: Option<Located<Text>>,
}
