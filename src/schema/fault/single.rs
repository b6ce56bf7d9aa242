//! Faults of one value as a whole, one for each of the validator's words.

use jsonschema::JsonType;
use jsonschema::error::{TypeKind, ValidationError, ValidationErrorKind as Error};
use serde_json::Value;

use super::convert::Converter;
use super::{FaultKind, Type, excerpt, quantity};

impl Converter<'_> {
    /// The fault behind an error that is about one value as a whole.
    pub(super) fn plain(&self, error: &ValidationError<'_>) -> FaultKind {
        let value = error.instance();
        let of = Type::of(value);
        match error.kind() {
            Error::Required { property } => FaultKind::MissingKey {
                key: property.as_str().unwrap_or_default().to_owned(),
            },
            Error::Type { kind } => FaultKind::WrongType {
                expected: expected(kind),
                found: of,
            },
            Error::Constant { expected_value } => {
                not_allowed(value, std::slice::from_ref(expected_value.as_ref()))
            }
            Error::Enum { options } => {
                not_allowed(value, options.as_array().map_or(&[], Vec::as_slice))
            }
            Error::Minimum { limit } => FaultKind::TooSmall {
                limit: digits(limit),
                exclusive: false,
            },
            Error::Maximum { limit } => FaultKind::TooBig {
                limit: digits(limit),
                exclusive: false,
            },
            Error::ExclusiveMinimum { limit } => FaultKind::TooSmall {
                limit: digits(limit),
                exclusive: true,
            },
            Error::ExclusiveMaximum { limit } => FaultKind::TooBig {
                limit: digits(limit),
                exclusive: true,
            },
            Error::MultipleOf { multiple_of } => FaultKind::NotMultiple {
                of: multiple_of.to_string(),
            },
            Error::MinLength { limit }
            | Error::MinItems { limit }
            | Error::MinProperties { limit } => FaultKind::TooShort { limit: *limit, of },
            Error::MaxLength { limit }
            | Error::MaxItems { limit }
            | Error::MaxProperties { limit } => FaultKind::TooLong { limit: *limit, of },
            Error::AdditionalItems { limit } => FaultKind::TooLong {
                limit: *limit as u64,
                of,
            },
            Error::Pattern { pattern } => self.pattern(pattern, error),
            Error::UniqueItems => FaultKind::NotUnique,
            Error::OneOfMultipleValid { .. } => self.several(error),
            other => FaultKind::Other {
                keyword: other.keyword().to_owned(),
            },
        }
    }

    /// Text that does not have the form it should have.
    fn pattern(&self, pattern: &str, error: &ValidationError<'_>) -> FaultKind {
        let value = excerpt(error.instance());
        let format = self
            .around(error)
            .and_then(|schema| schema.get("format")?.as_str());
        if format == Some("quantity") {
            let suggestion = value.as_deref().and_then(quantity::corrected);
            return FaultKind::Quantity { value, suggestion };
        }
        let format = format.map(str::to_owned);
        FaultKind::Pattern {
            value,
            format,
            pattern: pattern.to_owned(),
        }
    }

    /// A value that has more than one of several shapes; mostly too many keys are the reason.
    fn several(&self, error: &ValidationError<'_>) -> FaultKind {
        let shapes = self
            .at(error.schema_path().as_str())
            .and_then(Value::as_array);
        let required = shapes
            .into_iter()
            .flatten()
            .filter_map(|shape| shape.get("required")?.as_array());
        let present = |key: &Value| {
            key.as_str()
                .is_some_and(|key| error.instance().get(key).is_some())
        };
        let mut keys: Vec<String> = required
            .filter(|keys| keys.iter().all(present))
            .flatten()
            .filter_map(|key| key.as_str().map(str::to_owned))
            .collect();
        keys.sort();
        keys.dedup();
        if keys.len() > 1 {
            FaultKind::Exclusive { keys }
        } else {
            FaultKind::Ambiguous
        }
    }
}

/// One of a few values was wanted. Another type than all of theirs is the plainer thing to say.
fn not_allowed(value: &Value, allowed: &[Value]) -> FaultKind {
    let found = Type::of(value);
    let numeric = |of: Type| {
        if of == Type::Integer {
            Type::Number
        } else {
            of
        }
    };
    if allowed
        .iter()
        .all(|one| numeric(Type::of(one)) != numeric(found))
    {
        let mut expected: Vec<Type> = allowed.iter().map(Type::of).collect();
        tidy(&mut expected);
        return FaultKind::WrongType { expected, found };
    }
    let text = |one: &Value| one.as_str().map_or_else(|| one.to_string(), str::to_owned);
    let named = allowed
        .iter()
        .filter(|one| !one.is_null())
        .map(text)
        .collect();
    FaultKind::NotAllowed {
        value: excerpt(value),
        allowed: named,
    }
}

/// The types that a schema names.
fn expected(kind: &TypeKind) -> Vec<Type> {
    let mut types: Vec<Type> = match kind {
        TypeKind::Single(one) => vec![of(*one)],
        TypeKind::Multiple(several) => several.iter().map(of).collect(),
    };
    tidy(&mut types);
    types
}

/// Sorts types. That a key may be null as well as absent helps nobody who wrote something else.
pub(super) fn tidy(types: &mut Vec<Type>) {
    types.sort();
    types.dedup();
    if types.len() > 1 {
        types.retain(|one| *one != Type::Null);
    }
    if types.contains(&Type::Number) {
        types.retain(|one| *one != Type::Integer);
    }
}

fn of(one: JsonType) -> Type {
    match one {
        JsonType::Null => Type::Null,
        JsonType::Boolean => Type::Boolean,
        JsonType::Integer => Type::Integer,
        JsonType::Number => Type::Number,
        JsonType::String => Type::String,
        JsonType::Array => Type::List,
        JsonType::Object => Type::Mapping,
    }
}

/// A limit without a fraction of zero: schemas made from Rust types say `1.0` for 1.
fn digits(limit: &Value) -> String {
    match limit.as_f64() {
        Some(number) if !limit.is_u64() && !limit.is_i64() => number.to_string(),
        _ => limit.to_string(),
    }
}
