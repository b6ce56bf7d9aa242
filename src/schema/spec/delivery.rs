//! What becomes of a message that is not handled at once, and who sends one by the clock.

use schemars::JsonSchema;
use serde::Deserialize;

use crate::schema::located::{Located, Text};

/// How often, and after what delay, a message that nobody waits for is delivered again.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct Retries {
    /// Deliveries in all before a message is given up. Default: 5.
    #[schemars(range(min = 1, max = 1000))]
    pub attempts: Option<u32>,
    /// The delay before another delivery; it doubles each time.
    pub backoff: Option<Backoff>,
}

/// A delay that grows.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct Backoff {
    /// The first delay. Default: 1s.
    pub min: Option<Located<Text>>,
    /// The longest delay, 1h at most. Default: 60s.
    pub max: Option<Located<Text>>,
}

/// What a function's messages are.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Payload {
    /// Events, as our clients and the gateway write them.
    Event,
    /// Bodies as they are, which no client of ours wrote.
    Raw,
}

/// An event that is sent by the clock.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Schedule {
    /// When: five fields such as `*/5 * * * *`, or a word such as `@daily`.
    pub cron: Located<Text>,
    /// The time zone of `cron`, such as `Europe/Vienna`; which names there are, only the cluster
    /// knows: a misspelt one is not found here. Default: `Etc/UTC`.
    pub timezone: Option<Located<Text>>,
    /// The event's body. Default: empty. Needed with `payload: raw`.
    pub body: Option<Located<Text>>,
}
