//! What a container is told beside its image.

use schemars::JsonSchema;
use serde::Deserialize;

use crate::schema::located::{Located, Text};

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
    pub secret: Option<Located<Text>>,
    /// The ConfigMap's name.
    pub config_map: Option<Located<Text>>,
    /// Whether the pod starts without it. Default: false.
    pub optional: Option<bool>,
}
