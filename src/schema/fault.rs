//! What is wrong with a value, as plain data: one fact a fault, each with its place.
//!
//! A [`Checker`] validates a value against a JSON schema and turns what the validator says into
//! [`Fault`]s of our own. They name no type of the validator and repeat none of its wording, so
//! the words a user reads are chosen in one place and stay the same when the validator changes.
//!
//! - One fault for each unknown key, where the validator reports all keys of a mapping at once.
//! - A value that may have several shapes (text or a mapping, say) is judged by the shape it has,
//!   down to its depths: nobody is told that a value "is not valid under any of the schemas".
//! - A fault carries at most a short scalar of the value, so a report can neither flood nor leak.
//! - Faults are sorted by place and kind and free of duplicates, whatever order the schema has.
//!
//! Schemas may say more than JSON Schema's own words; unknown words are ignored by other tools:
//!
//! | keyword | meaning |
//! |---|---|
//! | `format` beside `pattern` | names what the pattern describes; see [`describe`] |
//! | `x-since` in a mapping's schema | keys that a later version has: `{"key": "1.35"}` |
//! | `x-definition` | the name of a schema in a [`Library`], which stands here |
//! | `x-kubernetes-list-map-keys` | the keys that tell the items of a list apart |

mod branch;
mod checker;
mod convert;
mod format;
mod keys;
mod library;
mod pointer;
mod quantity;
mod single;
mod suggest;
mod unique;

pub use checker::{BadSchema, Checker};
pub use format::describe;
pub use library::Library;
pub use pointer::{Pointer, Segment};
pub use quantity::corrected as corrected_quantity;
pub use suggest::suggest;

use std::fmt;

use serde_json::Value;

/// One thing that is wrong, and where.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Fault {
    /// The value at fault. For a key that is unknown, missing or badly named: the mapping that
    /// has, or should have, the key.
    pub pointer: Pointer,
    /// What is wrong with it.
    pub kind: FaultKind,
}

/// What is wrong with a value.
///
/// A `value` is the offending scalar as text when it has at most [`EXCERPT`] characters.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
#[non_exhaustive]
pub enum FaultKind {
    /// The mapping has a key that nobody reads.
    UnknownKey {
        /// The key as written.
        key: String,
        /// All keys the mapping may have, sorted.
        known: Vec<String>,
    },
    /// The mapping has a key that only a later version knows.
    TooNew {
        /// The key as written.
        key: String,
        /// The first version that has it, such as `1.35`.
        since: String,
    },
    /// The mapping lacks a key that it must have.
    MissingKey {
        /// The key that should be there.
        key: String,
    },
    /// The mapping has none of several keys of which it must have one.
    MissingOneOf {
        /// The keys to choose from, sorted.
        keys: Vec<String>,
    },
    /// The mapping has several keys of which it may have only one.
    Exclusive {
        /// Those of the keys that it has, sorted.
        keys: Vec<String>,
    },
    /// The mapping has a key whose name is not allowed.
    BadKey {
        /// The key as written, unless it is too long to repeat.
        key: Option<String>,
        /// What is wrong with the name.
        why: Box<FaultKind>,
    },
    /// The value is of another type than any it may have.
    WrongType {
        /// The types it may have.
        expected: Vec<Type>,
        /// The type it has.
        found: Type,
    },
    /// The value is of the right type, but not one of the few that are allowed.
    NotAllowed {
        /// The value.
        value: Option<String>,
        /// The allowed values, in the order of the schema.
        allowed: Vec<String>,
    },
    /// The number is too small.
    TooSmall {
        /// The limit, in decimal digits.
        limit: String,
        /// Whether the limit itself is too small as well.
        exclusive: bool,
    },
    /// The number is too big.
    TooBig {
        /// The limit, in decimal digits.
        limit: String,
        /// Whether the limit itself is too big as well.
        exclusive: bool,
    },
    /// The number is not a multiple of what it should be.
    NotMultiple {
        /// The divisor, in decimal digits.
        of: String,
    },
    /// Too few characters, items or keys.
    TooShort {
        /// The fewest there may be.
        limit: u64,
        /// What was counted: characters of a string, items of a list, keys of a mapping.
        of: Type,
    },
    /// Too many characters, items or keys.
    TooLong {
        /// The most there may be.
        limit: u64,
        /// What was counted: characters of a string, items of a list, keys of a mapping.
        of: Type,
    },
    /// The text is not a quantity such as `128Mi` or `100m`.
    Quantity {
        /// The text.
        value: Option<String>,
        /// What was probably meant: `128M` for `128MB`, `128Mi` for `128 Mi`.
        suggestion: Option<String>,
    },
    /// The text does not have the form it should have.
    Pattern {
        /// The text.
        value: Option<String>,
        /// The name of the form, if the schema has one: words for it are in [`describe`].
        format: Option<String>,
        /// The regular expression that it should match.
        pattern: String,
    },
    /// Two items of the list are equal.
    NotUnique,
    /// An item of the list has the same keys as one before it; Kubernetes would keep only one.
    Duplicate {
        /// The keys that tell items apart, such as `name`.
        keys: Vec<String>,
        /// What both items have there, as `a` or `a, b`.
        value: Option<String>,
        /// The index of the first item that has it.
        first: usize,
    },
    /// More than one of the possible shapes fits, and the schema wants exactly one.
    Ambiguous,
    /// Anything else that a schema can say; none of ours does.
    Other {
        /// The JSON Schema keyword that failed.
        keyword: String,
    },
}

/// The keyword that names keys which came with a later version: `{"key": "1.35"}`.
pub(super) const SINCE: &str = "x-since";

/// The longest piece of a value that a fault repeats, in characters.
pub const EXCERPT: usize = 64;

/// The type of a value, in the words of YAML.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
#[allow(missing_docs, reason = "the names are the documentation")]
pub enum Type {
    Null,
    Boolean,
    Integer,
    Number,
    String,
    List,
    Mapping,
}

impl Type {
    /// The type of `value`; a number without fraction is an integer.
    pub fn of(value: &Value) -> Self {
        match value {
            Value::Null => Type::Null,
            Value::Bool(_) => Type::Boolean,
            Value::Number(n) if n.is_i64() || n.is_u64() => Type::Integer,
            Value::Number(_) => Type::Number,
            Value::String(_) => Type::String,
            Value::Array(_) => Type::List,
            Value::Object(_) => Type::Mapping,
        }
    }
}

impl fmt::Display for Type {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Type::Null => "null",
            Type::Boolean => "true or false",
            Type::Integer => "an integer",
            Type::Number => "a number",
            Type::String => "a string",
            Type::List => "a list",
            Type::Mapping => "a mapping",
        })
    }
}

/// The scalar as text, when it is one and short enough to repeat.
fn excerpt(value: &Value) -> Option<String> {
    match value {
        Value::String(text) if text.chars().nth(EXCERPT).is_none() => Some(text.clone()),
        Value::Null | Value::Bool(_) | Value::Number(_) => Some(value.to_string()),
        _ => None,
    }
}

#[cfg(test)]
mod tests;
