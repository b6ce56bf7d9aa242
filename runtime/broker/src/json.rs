//! JSON as Go reads it: names in any case, the last of several with one name, `null` for nothing,
//! unknown fields skipped, and no number that is a float or a text.

use std::fmt;

use serde::de::{Deserialize, Deserializer, MapAccess, Visitor};
use serde_json::Value;

/// An object's fields in order, repeated ones too.
#[derive(Debug, Default)]
pub(crate) struct Fields(Vec<(String, Value)>);

impl Fields {
    /// Reads an object, or `null`. Bytes that are no UTF-8 are replaced.
    ///
    /// # Errors
    /// It is something else.
    pub(crate) fn parse(json: &[u8]) -> Result<Self, String> {
        let text = String::from_utf8_lossy(json);
        let fields: Option<Self> =
            serde_json::from_str(&text).map_err(|error| error.to_string())?;
        Ok(fields.unwrap_or_default())
    }

    /// Empty where it is missing.
    pub(crate) fn text(&self, name: &str) -> Result<String, String> {
        self.field(name, "a text", |value| value.as_str().map(str::to_owned))
    }

    /// False where it is missing.
    pub(crate) fn flag(&self, name: &str) -> Result<bool, String> {
        self.field(name, "true or false", Value::as_bool)
    }

    /// 0 where it is missing.
    pub(crate) fn number(&self, name: &str) -> Result<i64, String> {
        self.field(name, "a whole number", Value::as_i64)
    }

    /// Texts or objects; empty where it is missing, and an empty one for each `null` in it.
    pub(crate) fn list<T: for<'de> Deserialize<'de> + Default>(
        &self,
        name: &str,
    ) -> Result<Vec<T>, String> {
        self.field(name, "a list", |value| {
            let items = value.as_array()?.iter();
            let items = items.map(|item| Option::<T>::deserialize(item).ok());
            items
                .map(|item| item.map(Option::unwrap_or_default))
                .collect()
        })
    }

    /// The last field of this name. All of them have to be what is expected.
    fn field<T: Default>(
        &self,
        name: &str,
        expected: &str,
        read: impl Fn(&Value) -> Option<T>,
    ) -> Result<T, String> {
        let mut found = T::default();
        for (key, value) in &self.0 {
            if key.eq_ignore_ascii_case(name) && !value.is_null() {
                found = read(value).ok_or_else(|| format!("{name}: expected {expected}"))?;
            }
        }
        Ok(found)
    }
}

impl<'de> Deserialize<'de> for Fields {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Reader;
        impl<'de> Visitor<'de> for Reader {
            type Value = Fields;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object")
            }

            fn visit_map<M: MapAccess<'de>>(self, mut map: M) -> Result<Fields, M::Error> {
                let mut fields = Vec::new();
                while let Some(field) = map.next_entry()? {
                    fields.push(field);
                }
                Ok(Fields(fields))
            }
        }
        deserializer.deserialize_map(Reader)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_of_a_name_counts_in_any_case_and_null_is_nothing() {
        let fields =
            br#"{"a": 1, "A": 2, "a": null, "b": "x", "l": ["y", null], "c": [null, {"d": true}]}"#;
        let fields = Fields::parse(fields).unwrap();
        assert_eq!(fields.number("a"), Ok(2));
        assert_eq!(fields.text("b"), Ok("x".to_owned()));
        assert_eq!(fields.text("missing"), Ok(String::new()));
        assert_eq!(fields.list("l"), Ok(vec!["y".to_owned(), String::new()]));
        let objects: Vec<Fields> = fields.list("c").unwrap();
        assert_eq!(objects[1].flag("D"), Ok(true));
        assert!(Fields::parse(b"null").unwrap().0.is_empty());
        for bad in ["", "[]", "1", "{", r#"{} x"#, r#"{"a"}"#] {
            assert!(Fields::parse(bad.as_bytes()).is_err(), "{bad}");
        }
    }

    #[test]
    fn what_is_of_another_kind_is_an_error_even_where_it_does_not_count() {
        let fields = br#"{"a": 1.5, "A": 2, "b": "1", "l": [1], "o": [{}, 2]}"#;
        let fields = Fields::parse(fields).unwrap();
        assert_eq!(
            fields.number("a").unwrap_err(),
            "a: expected a whole number"
        );
        assert!(fields.number("b").is_err() && fields.flag("b").is_err());
        assert!(fields.text("a").is_err() && fields.list::<String>("b").is_err());
        assert!(fields.list::<String>("l").is_err() && fields.list::<Fields>("o").is_err());
    }
}
