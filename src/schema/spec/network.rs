//! Who may talk to a function's pods, and whom they may talk to.

use schemars::{JsonSchema, Schema, SchemaGenerator};
use serde::Deserialize;

use super::Labels;
use crate::schema::located::{Located, Text};

/// Who may talk to a function's pods, and whom they may talk to. NSQ and DNS always work.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct Network {
    /// Whom the pods may call: once this is there, nobody else. Default: everybody.
    pub egress: Option<Vec<Located<Peer>>>,
    /// Who may call the pods. Default: nobody.
    pub ingress: Option<Vec<Located<Peer>>>,
}

/// The other side: an address range, or pods by namespace, labels or both; anybody where none of
/// them is named.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct Peer {
    /// An address range, such as `10.0.0.0/8`.
    pub cidr: Option<Located<Text>>,
    /// Parts of `cidr` that do not count.
    pub except: Option<Vec<Located<Text>>>,
    /// A namespace. Default: the application's, where `labels` are named.
    pub namespace: Option<Located<Text>>,
    /// Labels that the pods have. Default: all pods of the namespace.
    pub labels: Option<Labels>,
    /// The ports of the pods called, such as `5432` or `53/UDP`. Default: all.
    #[schemars(schema_with = "ports")]
    pub ports: Option<Vec<Located<Text>>>,
}

fn ports(_: &mut SchemaGenerator) -> Schema {
    schemars::json_schema!({
        "type": ["array", "null"],
        "items": {"type": ["integer", "string"]},
        "examples": [[5432]],
    })
}
