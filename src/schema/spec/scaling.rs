//! How many pods there are.

use schemars::JsonSchema;
use serde::Deserialize;

use crate::schema::located::Located;

/// How many pods there are.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct Scaling {
    /// At least so many. Default: 1. 0 wants `queueDepth`.
    #[schemars(range(min = 0, max = 10000))]
    pub min: Option<Located<u32>>,
    /// At most so many; equal to `min` for a fixed number. Default: 10.
    #[schemars(range(min = 1, max = 10000))]
    pub max: Option<Located<u32>>,
    /// CPU use, in percent of what is requested, that the autoscaler aims at. Default: 80.
    #[schemars(range(min = 1, max = 1000))]
    pub cpu: Option<u32>,
    /// Waiting messages a pod that KEDA, which has to be installed, aims at. With `cpu` beside it
    /// whichever wants more pods wins.
    #[schemars(range(min = 1, max = 1_000_000))]
    pub queue_depth: Option<u32>,
}
