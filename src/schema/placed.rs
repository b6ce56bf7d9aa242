//! Data whose every value may know where it was written.

use std::collections::BTreeMap;
use std::fmt;

use serde::de::{self, Deserialize, Deserializer, MapAccess, SeqAccess, Visitor};
use serde_json::Value;

use super::fault::{Pointer, Segment};
use super::located::Located;
use crate::source::Span;

/// A value and, if somebody wrote it, its place.
#[derive(Clone, Debug, PartialEq)]
pub struct Placed {
    /// The place.
    pub span: Option<Span>,
    /// The value.
    pub data: Data,
}

/// What a [`Placed`] holds.
#[derive(Clone, Debug, PartialEq)]
pub enum Data {
    /// Null, a boolean, a number or a string.
    Scalar(Value),
    /// A list.
    List(Vec<Placed>),
    /// A mapping.
    Map(BTreeMap<String, Placed>),
}

impl Placed {
    /// Whether the value is null.
    #[must_use]
    pub fn is_null(&self) -> bool {
        matches!(self.data, Data::Scalar(Value::Null))
    }

    /// The value of a key; none where this is no mapping or lacks it.
    #[must_use]
    pub fn get(&self, key: &str) -> Option<&Self> {
        match &self.data {
            Data::Map(entries) => entries.get(key),
            _ => None,
        }
    }

    /// The text, where this is a string.
    #[must_use]
    pub fn as_str(&self) -> Option<&str> {
        match &self.data {
            Data::Scalar(Value::String(text)) => Some(text),
            _ => None,
        }
    }

    /// The value without its places.
    #[must_use]
    pub fn to_json(&self) -> Value {
        match &self.data {
            Data::Scalar(value) => value.clone(),
            Data::List(items) => items.iter().map(Self::to_json).collect(),
            Data::Map(entries) => {
                let pairs = entries.iter().map(|(key, v)| (key.clone(), v.to_json()));
                Value::Object(pairs.collect())
            }
        }
    }

    /// The place of the value at a pointer or, where it has none or is missing, of the nearest
    /// value around it that has one.
    #[must_use]
    pub fn place(&self, pointer: &Pointer) -> Option<Span> {
        let mut place = self.span;
        let mut at = self;
        for segment in pointer.segments() {
            let next = match (segment, &at.data) {
                (Segment::Key(key), Data::Map(entries)) => entries.get(key),
                (Segment::Index(index), Data::List(items)) => items.get(*index),
                _ => None,
            };
            let Some(next) = next else { break };
            // A value that nobody wrote, within one that somebody did, is not at that place.
            place = next.span;
            at = next;
        }
        place
    }
}

impl From<Value> for Placed {
    fn from(value: Value) -> Self {
        let data = match value {
            Value::Array(items) => Data::List(items.into_iter().map(Self::from).collect()),
            Value::Object(map) => {
                let entries = map.into_iter().map(|(key, value)| (key, Self::from(value)));
                Data::Map(entries.collect())
            }
            scalar => Data::Scalar(scalar),
        };
        Self { span: None, data }
    }
}

impl<'de> Deserialize<'de> for Placed {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let Located { value, span } = Located::<Data>::deserialize(deserializer)?;
        Ok(Self {
            span: Some(span),
            data: value,
        })
    }
}

impl<'de> Deserialize<'de> for Data {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(Build)
    }
}

struct Build;

impl<'de> Visitor<'de> for Build {
    type Value = Data;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("any value")
    }

    fn visit_unit<E: de::Error>(self) -> Result<Data, E> {
        Ok(Data::Scalar(Value::Null))
    }

    fn visit_bool<E: de::Error>(self, value: bool) -> Result<Data, E> {
        Ok(Data::Scalar(value.into()))
    }

    fn visit_i64<E: de::Error>(self, value: i64) -> Result<Data, E> {
        Ok(Data::Scalar(value.into()))
    }

    fn visit_u64<E: de::Error>(self, value: u64) -> Result<Data, E> {
        Ok(Data::Scalar(value.into()))
    }

    fn visit_f64<E: de::Error>(self, value: f64) -> Result<Data, E> {
        Ok(Data::Scalar(value.into()))
    }

    fn visit_str<E: de::Error>(self, value: &str) -> Result<Data, E> {
        Ok(Data::Scalar(value.into()))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Data, A::Error> {
        let mut items = Vec::new();
        while let Some(item) = seq.next_element()? {
            items.push(item);
        }
        Ok(Data::List(items))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Data, A::Error> {
        let mut entries = BTreeMap::new();
        while let Some((key, value)) = map.next_entry()? {
            entries.insert(key, value);
        }
        Ok(Data::Map(entries))
    }
}
