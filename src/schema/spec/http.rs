//! A function's own routes on the gateway.

use schemars::JsonSchema;
use serde::Deserialize;

use super::Async;
use crate::schema::located::{Located, Text};

/// A route on the gateway that leads to this function.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Http {
    /// The path prefix, such as `/checkout/`. The longest that matches wins.
    pub path: Located<String>,
    /// The methods it takes. Default: all.
    pub methods: Option<Vec<Located<Text>>>,
    /// The host it is for. Default: all.
    pub host: Option<Located<Text>>,
    /// How long a caller waits. Default: the function's timeout.
    pub timeout: Option<Located<Text>>,
    /// Whether a caller gets 202 once the message is taken, instead of the answer: true, or `prefer`
    /// for callers that send `Prefer: respond-async`. Default: false.
    pub r#async: Option<Async>,
    /// Which web pages of other origins may call it. Default: none.
    pub cors: Option<Located<Cors>>,
    /// What a caller has to show. Default: nothing.
    pub auth: Option<Auth>,
}

/// Which web pages of other origins may call.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct Cors {
    /// The origins, such as `https://shop.example`; `*` for all.
    pub origins: Vec<Located<Text>>,
    /// Request headers they may send beside the usual ones.
    pub headers: Vec<Located<Text>>,
    /// Response headers they may read beside the usual ones.
    pub expose: Vec<Located<Text>>,
    /// Whether they may send cookies. Default: false.
    pub credentials: Option<bool>,
    /// How long a browser remembers all this, 24h at most. Default: the browser's.
    pub max_age: Option<Located<Text>>,
}

/// What a caller has to show.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Auth {
    /// A bearer token.
    pub bearer: Located<SecretKey>,
}

/// A key of a Secret.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct SecretKey {
    /// The Secret's name, in the namespace of the pods that read it.
    pub secret: Located<Text>,
    /// The key in it.
    pub key: Located<Text>,
}
