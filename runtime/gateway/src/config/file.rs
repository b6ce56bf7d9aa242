//! The shape of the configuration file.

use std::fmt;

use serde::Deserialize;
use serde::de::{self, DeserializeSeed, Deserializer, MapAccess, SeqAccess, Visitor};

use super::value::{Host, Method, Text, Timeout, Topic};
use crate::route::{Route, RouteTable};

#[derive(Deserialize)]
#[serde(deny_unknown_fields, expecting = "a mapping with the key `routes`")]
pub(super) struct File {
    #[serde(deserialize_with = "routes")]
    pub(super) routes: RouteTable,
}

fn routes<'de, D: Deserializer<'de>>(deserializer: D) -> Result<RouteTable, D::Error> {
    deserializer.deserialize_map(Routes)
}

/// `routes: {prefix: target}`.
struct Routes;

impl<'de> Visitor<'de> for Routes {
    type Value = RouteTable;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a mapping of path prefixes to topics, such as `/test/: test`")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<RouteTable, A::Error> {
        let mut table = RouteTable::default();
        while let Some(prefix) = map.next_key::<String>()? {
            map.next_value_seed(Target {
                prefix: &prefix,
                table: &mut table,
            })?;
        }
        Ok(table)
    }
}

/// What stands after a prefix: a topic, a mapping, or a list of mappings for routes that differ
/// in host or method. Adds what it reads to the table, so that an error is placed here.
struct Target<'a> {
    prefix: &'a str,
    table: &'a mut RouteTable,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, expecting = "a mapping with a `topic`")]
struct Detail {
    topic: Topic,
    #[serde(default)]
    methods: Option<Vec<Method>>,
    #[serde(default)]
    host: Option<Host>,
    #[serde(default)]
    timeout: Option<Timeout>,
}

impl Target<'_> {
    fn add<E: de::Error>(&mut self, detail: Detail) -> Result<(), E> {
        if detail.methods.as_ref().is_some_and(Vec::is_empty) {
            return Err(E::custom(
                "`methods` is empty: leave it out to take any method",
            ));
        }
        let methods = detail
            .methods
            .map(|all| all.into_iter().map(|method| method.0).collect());
        let route = Route {
            host: detail.host.map(|host| host.0),
            methods,
            topic: detail.topic.0,
            timeout: detail
                .timeout
                .map_or(kubefuncs::timeout::DEFAULT, |timeout| timeout.0),
        };
        self.table.add(self.prefix, route).map_err(E::custom)
    }
}

impl<'de> DeserializeSeed<'de> for Target<'_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Target<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a topic, a mapping with a `topic`, or a list of such mappings")
    }

    fn visit_str<E: de::Error>(mut self, text: &str) -> Result<(), E> {
        let topic = Text::<Topic>::default().visit_str(text)?;
        self.add(Detail {
            topic,
            methods: None,
            host: None,
            timeout: None,
        })
    }

    fn visit_map<A: MapAccess<'de>>(mut self, map: A) -> Result<(), A::Error> {
        let detail = Detail::deserialize(de::value::MapAccessDeserializer::new(map))?;
        self.add(detail)
    }

    fn visit_seq<A: SeqAccess<'de>>(mut self, mut items: A) -> Result<(), A::Error> {
        while let Some(detail) = items.next_element::<Detail>()? {
            self.add(detail)?;
        }
        Ok(())
    }
}
