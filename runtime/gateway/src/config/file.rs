//! The shape of the configuration file.

use std::fmt;

use serde::Deserialize;
use serde::de::{self, DeserializeSeed, Deserializer, MapAccess, SeqAccess, Visitor};

use super::detail::Detail;
use super::limits::Bounds;
use super::value::{Text, Topic};
use crate::limits::Limits;
use crate::route::RouteTable;

#[derive(Deserialize)]
#[serde(deny_unknown_fields, expecting = "a mapping with the key `routes`")]
pub(super) struct File {
    #[serde(deserialize_with = "routes")]
    pub(super) routes: RouteTable,
    #[serde(default, deserialize_with = "limits")]
    pub(super) limits: Bounds,
}

fn routes<'de, D: Deserializer<'de>>(deserializer: D) -> Result<RouteTable, D::Error> {
    deserializer.deserialize_map(Routes)
}

fn limits<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Bounds, D::Error> {
    deserializer.deserialize_map(Together)
}

/// Limits that go together; what does not is placed where they stand.
struct Together;

impl<'de> Visitor<'de> for Together {
    type Value = Bounds;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a mapping of limits, such as `body: 500KiB`")
    }

    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Bounds, A::Error> {
        let bounds = Bounds::deserialize(de::value::MapAccessDeserializer::new(map))?;
        let limits = bounds.over(&Limits::default());
        if limits.body <= limits.bytes.min(limits.topic_bytes) {
            return Ok(bounds);
        }
        let (body, bytes, topic) = (limits.body, limits.bytes, limits.topic_bytes);
        Err(de::Error::custom(format!(
            "a body of {body} bytes would never be taken: raise `bytes` ({bytes}) and `topicBytes` \
             ({topic}), or lower `body`"
        )))
    }
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

impl Target<'_> {
    fn add<E: de::Error>(&mut self, detail: Detail) -> Result<(), E> {
        let route = detail.into_route().map_err(E::custom)?;
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
        self.add(Detail::to(topic))
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
