//! A text, or settings.

use std::borrow::Cow;
use std::fmt;
use std::marker::PhantomData;

use schemars::{JsonSchema, Schema, SchemaGenerator};
use serde::de::value::MapAccessDeserializer;
use serde::de::{self, Deserialize, Deserializer, MapAccess, Visitor};

/// Something that a text alone may stand for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum TextOr<T> {
    /// The text.
    Text(String),
    /// The settings.
    Settings(T),
}

impl<'de, T: Deserialize<'de>> Deserialize<'de> for TextOr<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct TextOrMap<T>(PhantomData<T>);

        impl<'de, T: Deserialize<'de>> Visitor<'de> for TextOrMap<T> {
            type Value = TextOr<T>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a text or a mapping")
            }

            fn visit_str<E: de::Error>(self, text: &str) -> Result<Self::Value, E> {
                Ok(TextOr::Text(text.to_owned()))
            }

            fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Self::Value, A::Error> {
                T::deserialize(MapAccessDeserializer::new(map)).map(TextOr::Settings)
            }
        }

        deserializer.deserialize_any(TextOrMap(PhantomData))
    }
}

impl<T: JsonSchema> JsonSchema for TextOr<T> {
    fn schema_name() -> Cow<'static, str> {
        format!("{}OrText", T::schema_name()).into()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        let settings = generator.subschema_for::<T>();
        schemars::json_schema!({"anyOf": [{"type": "string"}, settings]})
    }
}

/// `true`, `false` or a text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SwitchOr {
    /// `true` or `false`.
    Switch(bool),
    /// The text.
    Text(String),
}

impl<'de> Deserialize<'de> for SwitchOr {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct BoolOrText;

        impl Visitor<'_> for BoolOrText {
            type Value = SwitchOr;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("true, false or a text")
            }

            fn visit_bool<E: de::Error>(self, value: bool) -> Result<SwitchOr, E> {
                Ok(SwitchOr::Switch(value))
            }

            fn visit_str<E: de::Error>(self, text: &str) -> Result<SwitchOr, E> {
                Ok(SwitchOr::Text(text.to_owned()))
            }
        }

        deserializer.deserialize_any(BoolOrText)
    }
}

impl JsonSchema for SwitchOr {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> Cow<'static, str> {
        "SwitchOrText".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        schemars::json_schema!({"type": ["boolean", "string"]})
    }
}
