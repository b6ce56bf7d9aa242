//! The HTTP gateway.

use std::borrow::Cow;
use std::fmt;

use schemars::{JsonSchema, Schema, SchemaGenerator};
use serde::Deserialize;
use serde::de::value::MapAccessDeserializer;
use serde::de::{self, Deserializer, MapAccess, Visitor};

use super::{Async, Auth, Cors, HttpRoute, Ingress, Kubernetes, Scaling, Toggle};
use crate::schema::located::{Located, Text};

/// The HTTP gateway: turns requests into messages and answers into responses.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct Gateway {
    /// Which path leads to which topic. The longest path that matches wins.
    pub routes: Option<Routes>,
    /// How many pods there are.
    pub scaling: Option<Located<Toggle<Scaling>>>,
    /// CPU and memory, as Kubernetes has them.
    #[schemars(with = "Option<std::collections::BTreeMap<String, serde_json::Value>>")]
    pub resources: Option<Kubernetes>,
    /// An Ingress that leads to it.
    pub ingress: Option<Located<Ingress>>,
    /// An HTTPRoute of the Gateway API that leads to it.
    pub http_route: Option<Located<HttpRoute>>,
    /// How much it takes.
    pub limits: Option<GatewayLimits>,
}

/// How much a gateway takes.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct GatewayLimits {
    /// The largest body of a request: `960KiB`, `500kB` or bytes. Default: 960KiB, which is also
    /// the most, for NSQ takes messages of 1MiB.
    pub body: Option<Located<Text>>,
}

/// Paths and where they lead, in the order written.
#[derive(Clone, Debug, Default)]
pub struct Routes(pub Vec<(Located<String>, Located<RouteTarget>)>);

/// Where a path leads.
#[derive(Clone, Debug)]
pub enum RouteTarget {
    /// To a topic.
    Topic(String),
    /// To a topic, with settings.
    Route(Box<Route>),
}

/// A route with settings.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Route {
    /// The topic that requests are sent to.
    pub topic: Located<Text>,
    /// Whether the topic's consumer lives outside of the given files. Default: false.
    pub external: Option<bool>,
    /// How long a caller waits. Default: the function's timeout, else 3s.
    pub timeout: Option<Located<Text>>,
    /// The methods it takes. Default: all.
    pub methods: Option<Vec<Located<Text>>>,
    /// The host it is for. Default: all.
    pub host: Option<Located<Text>>,
    /// Whether a caller gets 202 once the message is taken, instead of the answer: true, or `prefer`
    /// for callers that send `Prefer: respond-async`. Default: false.
    pub r#async: Option<Async>,
    /// Which web pages of other origins may call it. Default: none.
    pub cors: Option<Located<Cors>>,
    /// What a caller has to show. Default: nothing.
    pub auth: Option<Auth>,
}

impl<'de> Deserialize<'de> for RouteTarget {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct TextOrMap;

        impl<'de> Visitor<'de> for TextOrMap {
            type Value = RouteTarget;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a topic or a mapping")
            }

            fn visit_str<E: de::Error>(self, text: &str) -> Result<RouteTarget, E> {
                Ok(RouteTarget::Topic(text.to_owned()))
            }

            fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<RouteTarget, A::Error> {
                Route::deserialize(MapAccessDeserializer::new(map))
                    .map(|route| RouteTarget::Route(Box::new(route)))
            }
        }

        deserializer.deserialize_any(TextOrMap)
    }
}

impl JsonSchema for RouteTarget {
    fn schema_name() -> Cow<'static, str> {
        "RouteTarget".into()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        let route = generator.subschema_for::<Route>();
        schemars::json_schema!({"anyOf": [{"type": "string"}, route]})
    }
}

impl<'de> Deserialize<'de> for Routes {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Entries;

        impl<'de> Visitor<'de> for Entries {
            type Value = Routes;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a mapping of paths to topics")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Routes, A::Error> {
                let mut entries = Vec::new();
                while let Some(entry) = map.next_entry()? {
                    entries.push(entry);
                }
                Ok(Routes(entries))
            }
        }

        deserializer.deserialize_any(Entries)
    }
}

impl JsonSchema for Routes {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> Cow<'static, str> {
        "Routes".into()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        let target = generator.subschema_for::<RouteTarget>();
        schemars::json_schema!({
            "type": "object",
            "additionalProperties": target,
            "examples": [{"/test/": "test"}],
        })
    }
}
