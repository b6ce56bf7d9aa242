//! What a template gave, as data: duplicate keys refused, nulls left out.

use std::fmt;

use serde::de::{self, Deserialize, Deserializer, MapAccess, SeqAccess, Visitor};
use serde_json::{Map, Value};

use super::quick;

/// Why a text is not one YAML object.
#[derive(Debug)]
pub struct NotAnObject(String);

impl fmt::Display for NotAnObject {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for NotAnObject {}

/// Reads one document. A null is an absent field, so it is left out of mappings.
///
/// # Errors
/// Broken YAML, a key twice or one that is no text, a null in a list, several documents.
pub fn parse(text: &str) -> Result<Value, NotAnObject> {
    quick::read(text).map_or_else(|| parse_yaml(text), Ok)
}

/// The same by the parser, whatever the shape of the text.
pub(super) fn parse_yaml(text: &str) -> Result<Value, NotAnObject> {
    let Strict(value) =
        serde_yaml::from_str(text).map_err(|error| NotAnObject(error.to_string()))?;
    match value {
        Value::Object(_) => Ok(value),
        _ => Err(NotAnObject("it is no mapping".to_owned())),
    }
}

struct Strict(Value);

impl<'de> Deserialize<'de> for Strict {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(Build).map(Strict)
    }
}

struct Build;

impl<'de> Visitor<'de> for Build {
    type Value = Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a Kubernetes object")
    }

    fn visit_unit<E: de::Error>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_bool<E: de::Error>(self, value: bool) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_i64<E: de::Error>(self, value: i64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_u64<E: de::Error>(self, value: u64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_f64<E: de::Error>(self, value: f64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_str<E: de::Error>(self, value: &str) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_string<E: de::Error>(self, value: String) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Value, A::Error> {
        let mut items = Vec::new();
        while let Some(Strict(item)) = seq.next_element()? {
            if item.is_null() {
                return Err(de::Error::custom("a list holds a null"));
            }
            items.push(item);
        }
        Ok(Value::Array(items))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Value, A::Error> {
        let mut entries = Map::new();
        while let Some(key) = map.next_key::<String>()? {
            let Strict(value) = map.next_value()?;
            if entries.contains_key(&key) {
                return Err(de::Error::custom(format!("the key `{key}` stands twice")));
            }
            entries.insert(key, value);
        }
        entries.retain(|_, value| !value.is_null());
        Ok(Value::Object(entries))
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::parse;

    #[test]
    fn nulls_are_left_out_and_empties_kept() {
        let value = parse("a: null\nb: {c: null, d: []}\ne: {}\n").unwrap();
        assert_eq!(value, json!({"b": {"d": []}, "e": {}}));
    }

    #[test]
    fn what_is_not_one_object_is_refused() {
        for bad in [
            "",
            "a",
            "[a]",
            "a: 1\na: 2",
            "a: 1\na: null",
            "[a]: 1",
            "a: [null]",
            "a: 1\n---\nb: 1",
            "a: :",
        ] {
            assert!(parse(bad).is_err(), "{bad}");
        }
    }
}
