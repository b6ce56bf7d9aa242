//! A function's service account.

use schemars::JsonSchema;
use serde::Deserialize;

use super::Labels;
use crate::schema::located::{Located, Text};

/// A function's service account.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct ServiceAccount {
    /// The name of an existing one, which is then not rendered.
    pub name: Option<Located<Text>>,
    /// Annotations, such as those that tie it to an identity of the cloud.
    pub annotations: Option<Labels>,
    /// Whether pods get its token, to talk to the Kubernetes API. Default: false.
    pub token: Option<bool>,
}
