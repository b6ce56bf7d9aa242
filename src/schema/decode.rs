//! The tree as typed values: a serde deserialiser that keeps places.
//!
//! Two names are magic between this file and `located.rs`: [`LOCATED`] asks for a value together
//! with its span, [`TEXT`] for a scalar as it is written (`1.10` stays `1.10`). serde has no other
//! way to pass either through.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::fmt;

use serde::de::{
    self, DeserializeSeed, Deserializer, EnumAccess, IntoDeserializer, MapAccess, SeqAccess,
    VariantAccess, Visitor,
};

use crate::source::{Entry, Node, NodeValue, Resolved, Scalar, Span};

/// The newtype name that asks for a value and its span.
pub(super) const LOCATED: &str = "$kubefunctl::Located";
/// The newtype name that asks for a scalar's source text; mappings and lists come as they are.
pub(super) const TEXT: &str = "$kubefunctl::Text";

/// Reads `T` out of a tree that the schema has passed.
///
/// `octal` gets the scalars that are read as numbers, and are others to readers of YAML 1.1.
///
/// # Errors
/// The first value that does not fit. The schema and the types are one thing, so an error here
/// means that they have come apart.
pub(super) fn decode<'de, T: de::Deserialize<'de>>(
    node: &'de Node,
    octal: &Octal<'de>,
) -> Result<T, DecodeError> {
    T::deserialize(Reader(node, octal))
}

/// Numbers such as `010` that were read, by their places: one of `defaults` is read many times.
pub(super) type Octal<'de> = RefCell<BTreeMap<Span, &'de Scalar>>;

/// A value that does not fit its type.
#[derive(Debug)]
pub(super) struct DecodeError {
    /// What is wrong.
    pub(super) message: String,
    /// The innermost place known.
    pub(super) span: Option<Span>,
}

impl fmt::Display for DecodeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for DecodeError {}

impl de::Error for DecodeError {
    fn custom<T: fmt::Display>(message: T) -> Self {
        Self {
            message: message.to_string(),
            span: None,
        }
    }
}

fn within<T>(span: Span, result: Result<T, DecodeError>) -> Result<T, DecodeError> {
    result.map_err(|error| DecodeError {
        span: error.span.or(Some(span)),
        ..error
    })
}

#[derive(Clone, Copy)]
struct Reader<'de, 'o>(&'de Node, &'o Octal<'de>);

impl<'de> Reader<'de, '_> {
    fn scalar<V: Visitor<'de>>(
        self,
        scalar: &'de Scalar,
        visitor: V,
    ) -> Result<V::Value, DecodeError> {
        match scalar.resolve() {
            Resolved::Int(value)
                if scalar.text.trim_start_matches(['+', '-']).starts_with('0')
                    && scalar.yaml11_differs().is_some() =>
            {
                self.1.borrow_mut().insert(self.0.span, scalar);
                visitor.visit_i64(value)
            }
            Resolved::Null => visitor.visit_unit(),
            Resolved::Bool(value) => visitor.visit_bool(value),
            Resolved::Int(value) => visitor.visit_i64(value),
            Resolved::UInt(value) => visitor.visit_u64(value),
            Resolved::Float(value) => visitor.visit_f64(value),
            Resolved::Str(value) => visitor.visit_borrowed_str(value),
        }
    }

    fn is_null(self) -> bool {
        matches!(&self.0.value, NodeValue::Scalar(s) if matches!(s.resolve(), Resolved::Null))
    }
}

impl<'de> Deserializer<'de> for Reader<'de, '_> {
    type Error = DecodeError;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, DecodeError> {
        let value = match &self.0.value {
            NodeValue::Scalar(scalar) => self.scalar(scalar, visitor),
            NodeValue::List(items) => visitor.visit_seq(Items(items.iter(), self.1)),
            NodeValue::Map(entries) => visitor.visit_map(Entries(entries.iter(), None, self.1)),
        };
        within(self.0.span, value)
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, DecodeError> {
        if self.is_null() {
            visitor.visit_none()
        } else {
            visitor.visit_some(self)
        }
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(
        self,
        name: &'static str,
        visitor: V,
    ) -> Result<V::Value, DecodeError> {
        match (name, &self.0.value) {
            (LOCATED, _) => visitor.visit_seq(Located {
                reader: self,
                step: 0,
            }),
            (TEXT, NodeValue::Scalar(scalar)) => visitor.visit_borrowed_str(&scalar.text),
            (TEXT, _) => self.deserialize_any(visitor),
            _ => visitor.visit_newtype_struct(self),
        }
    }

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        _: &'static str,
        _: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, DecodeError> {
        match &self.0.value {
            NodeValue::Scalar(scalar) => visitor.visit_enum(Word(&scalar.text)),
            _ => within(self.0.span, Err(de::Error::custom("expected a word"))),
        }
    }

    serde::forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf
        unit unit_struct seq tuple tuple_struct map struct identifier ignored_any
    }
}

struct Items<'de, 'o>(std::slice::Iter<'de, Node>, &'o Octal<'de>);

impl<'de> SeqAccess<'de> for Items<'de, '_> {
    type Error = DecodeError;

    fn next_element_seed<T: DeserializeSeed<'de>>(
        &mut self,
        seed: T,
    ) -> Result<Option<T::Value>, DecodeError> {
        self.0
            .next()
            .map(|node| seed.deserialize(Reader(node, self.1)))
            .transpose()
    }

    fn size_hint(&self) -> Option<usize> {
        Some(self.0.len())
    }
}

struct Entries<'de, 'o>(
    std::slice::Iter<'de, Entry>,
    Option<&'de Node>,
    &'o Octal<'de>,
);

impl<'de> MapAccess<'de> for Entries<'de, '_> {
    type Error = DecodeError;

    fn next_key_seed<K: DeserializeSeed<'de>>(
        &mut self,
        seed: K,
    ) -> Result<Option<K::Value>, DecodeError> {
        let Some(entry) = self.0.next() else {
            return Ok(None);
        };
        self.1 = Some(&entry.value);
        let key = Key {
            text: &entry.key,
            span: entry.key_span,
        };
        within(entry.key_span, seed.deserialize(key)).map(Some)
    }

    fn next_value_seed<V: DeserializeSeed<'de>>(
        &mut self,
        seed: V,
    ) -> Result<V::Value, DecodeError> {
        let node = self
            .1
            .take()
            .ok_or_else(|| de::Error::custom("a value without a key"))?;
        seed.deserialize(Reader(node, self.2))
    }
}

/// A key: a text with a place, never anything else.
struct Key<'de> {
    text: &'de str,
    span: Span,
}

impl<'de> Deserializer<'de> for Key<'de> {
    type Error = DecodeError;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, DecodeError> {
        visitor.visit_borrowed_str(self.text)
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(
        self,
        name: &'static str,
        visitor: V,
    ) -> Result<V::Value, DecodeError> {
        if name == LOCATED {
            visitor.visit_seq(LocatedKey { key: self, step: 0 })
        } else {
            visitor.visit_borrowed_str(self.text)
        }
    }

    serde::forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf option
        unit unit_struct seq tuple tuple_struct map struct enum identifier ignored_any
    }
}

/// A span and a value, handed over as the two elements of a sequence.
struct Located<'de, 'o> {
    reader: Reader<'de, 'o>,
    step: u8,
}

impl<'de> SeqAccess<'de> for Located<'de, '_> {
    type Error = DecodeError;

    fn next_element_seed<T: DeserializeSeed<'de>>(
        &mut self,
        seed: T,
    ) -> Result<Option<T::Value>, DecodeError> {
        self.step += 1;
        match self.step {
            1 => place(self.reader.0.span, seed).map(Some),
            2 => seed.deserialize(self.reader).map(Some),
            _ => Ok(None),
        }
    }
}

struct LocatedKey<'de> {
    key: Key<'de>,
    step: u8,
}

impl<'de> SeqAccess<'de> for LocatedKey<'de> {
    type Error = DecodeError;

    fn next_element_seed<T: DeserializeSeed<'de>>(
        &mut self,
        seed: T,
    ) -> Result<Option<T::Value>, DecodeError> {
        self.step += 1;
        match self.step {
            1 => place(self.key.span, seed).map(Some),
            2 => seed
                .deserialize(Key {
                    text: self.key.text,
                    span: self.key.span,
                })
                .map(Some),
            _ => Ok(None),
        }
    }
}

/// A span as the three numbers that `located.rs` puts together again.
fn place<'de, T: DeserializeSeed<'de>>(span: Span, seed: T) -> Result<T::Value, DecodeError> {
    let numbers = [span.file.index(), span.start, span.end];
    seed.deserialize(de::value::SeqDeserializer::new(numbers.into_iter()))
}

/// A scalar as the name of an enum's variant.
struct Word<'de>(&'de str);

impl<'de> EnumAccess<'de> for Word<'de> {
    type Error = DecodeError;
    type Variant = Self;

    fn variant_seed<V: DeserializeSeed<'de>>(
        self,
        seed: V,
    ) -> Result<(V::Value, Self), DecodeError> {
        let value = seed.deserialize(self.0.into_deserializer())?;
        Ok((value, self))
    }
}

impl<'de> VariantAccess<'de> for Word<'de> {
    type Error = DecodeError;

    fn unit_variant(self) -> Result<(), DecodeError> {
        Ok(())
    }

    fn newtype_variant_seed<T: DeserializeSeed<'de>>(self, _: T) -> Result<T::Value, DecodeError> {
        Err(de::Error::custom("expected a word"))
    }

    fn tuple_variant<V: Visitor<'de>>(self, _: usize, _: V) -> Result<V::Value, DecodeError> {
        Err(de::Error::custom("expected a word"))
    }

    fn struct_variant<V: Visitor<'de>>(
        self,
        _: &'static [&'static str],
        _: V,
    ) -> Result<V::Value, DecodeError> {
        Err(de::Error::custom("expected a word"))
    }
}
