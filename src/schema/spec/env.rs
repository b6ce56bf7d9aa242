//! Environment variables, in both forms.

use std::borrow::Cow;
use std::fmt;

use schemars::{JsonSchema, Schema, SchemaGenerator};
use serde::Deserialize;
use serde::de::value::{MapAccessDeserializer, SeqAccessDeserializer};
use serde::de::{self, Deserializer, MapAccess, SeqAccess, Visitor};

use super::Kubernetes;
use crate::schema::decode::TEXT;
use crate::schema::located::{Located, Text};

/// Environment variables: a mapping or a list.
#[derive(Clone, Debug)]
pub enum EnvSpec {
    /// `{LOG_LEVEL: info, DB_URL: {secret: shop-db, key: url}}`, in the order written.
    Map(Vec<(Located<String>, Located<EnvValue>)>),
    /// `[{name: LOG_LEVEL, value: info}]`, Kubernetes' own form.
    List(EnvList),
}

/// Kubernetes' own form.
pub type EnvList = Vec<Located<EnvEntry>>;

/// One entry of the list form.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct EnvEntry {
    /// The variable's name.
    pub name: Located<Text>,
    /// Its value.
    pub value: Option<Text>,
    /// Where its value comes from, as Kubernetes has it.
    #[schemars(with = "Option<std::collections::BTreeMap<String, serde_json::Value>>")]
    pub value_from: Option<Kubernetes>,
}

/// One value of the mapping form.
#[derive(Clone, Debug)]
pub enum EnvValue {
    /// The value itself.
    Literal(Text),
    /// Where the value comes from.
    From(EnvSource),
}

/// Where a value comes from: exactly one of `secret`, `configMap` and `field`.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct EnvSource {
    /// A Secret's name; wants a `key`.
    pub secret: Option<Located<Text>>,
    /// A ConfigMap's name; wants a `key`.
    pub config_map: Option<Located<Text>>,
    /// A field of the pod, such as `status.podIP`.
    pub field: Option<String>,
    /// The key in the Secret or ConfigMap.
    pub key: Option<String>,
    /// Whether the pod starts without it. Default: false.
    pub optional: Option<bool>,
}

struct Form;

impl<'de> Visitor<'de> for Form {
    type Value = EnvSpec;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a mapping or a list of environment variables")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<EnvSpec, A::Error> {
        let mut entries = Vec::new();
        while let Some(entry) = map.next_entry()? {
            entries.push(entry);
        }
        Ok(EnvSpec::Map(entries))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, seq: A) -> Result<EnvSpec, A::Error> {
        EnvList::deserialize(SeqAccessDeserializer::new(seq)).map(EnvSpec::List)
    }
}

impl<'de> Deserialize<'de> for EnvSpec {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(Form)
    }
}

struct Value;

impl<'de> Visitor<'de> for Value {
    type Value = EnvValue;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a value or where it comes from")
    }

    fn visit_str<E: de::Error>(self, text: &str) -> Result<EnvValue, E> {
        Ok(EnvValue::Literal(Text(text.to_owned())))
    }

    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<EnvValue, A::Error> {
        EnvSource::deserialize(MapAccessDeserializer::new(map)).map(EnvValue::From)
    }
}

impl<'de> Deserialize<'de> for EnvValue {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_newtype_struct(TEXT, Value)
    }
}

impl JsonSchema for EnvSpec {
    fn schema_name() -> Cow<'static, str> {
        "Env".into()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        let value = generator.subschema_for::<EnvValue>();
        let list = generator.subschema_for::<EnvList>();
        schemars::json_schema!({"anyOf": [{"type": "object", "additionalProperties": value}, list]})
    }
}

impl JsonSchema for EnvValue {
    fn schema_name() -> Cow<'static, str> {
        "EnvValue".into()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        let source = generator.subschema_for::<EnvSource>();
        schemars::json_schema!({"anyOf": [{"type": ["string", "number", "boolean"]}, source]})
    }
}
