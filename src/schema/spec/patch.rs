//! Changes of rendered objects.

use schemars::JsonSchema;
use serde::Deserialize;

use crate::schema::located::{Located, Text};
use crate::schema::placed::Placed;

/// A change of rendered objects: for what no field provides.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Patch {
    /// The kind of the objects, such as `Deployment`; `Service.serving.knative.dev` where the
    /// kind alone could be another's.
    pub kind: Located<Text>,
    /// The name of the one object. Default: all of that kind.
    pub name: Option<Located<Text>>,
    /// What is merged into them as Kubernetes' strategic merge does: mappings by key, lists by
    /// what Kubernetes tells their entries apart with. A null removes a field, `$patch: delete`
    /// an entry of a list, and `$patch: replace` replaces a mapping as a whole.
    #[schemars(with = "std::collections::BTreeMap<String, serde_json::Value>")]
    pub patch: Placed,
}
