//! From the validator's errors to faults.

use std::borrow::Borrow;

use jsonschema::error::{ValidationError, ValidationErrorKind as Error};
use serde_json::{Map, Value};

use super::keys::known_keys;
use super::library::Library;
use super::{Checker, Fault, FaultKind, Pointer, SINCE, Segment, branch, excerpt, library, unique};

/// What errors are told in terms of.
pub(super) struct Converter<'v> {
    /// The whole schema.
    pub(super) schema: &'v Value,
    /// The whole value.
    pub(super) root: &'v Value,
    /// Where the schema's open references lead.
    pub(super) library: Option<&'static dyn Library>,
}

impl Converter<'_> {
    /// All faults behind `errors`, sorted.
    pub(super) fn faults<'e>(
        &self,
        errors: impl IntoIterator<Item = impl Borrow<ValidationError<'e>>>,
    ) -> Vec<Fault> {
        let mut faults = Vec::new();
        for error in errors {
            self.convert(error.borrow(), &mut faults);
        }
        faults.sort();
        faults.dedup();
        // A value of the wrong type is not also misspelt.
        let wrong: Vec<Pointer> = faults
            .iter()
            .filter(|fault| matches!(fault.kind, FaultKind::WrongType { .. }))
            .map(|fault| fault.pointer.clone())
            .collect();
        faults.retain(|fault| {
            !matches!(fault.kind, FaultKind::NotAllowed { .. })
                || wrong.binary_search(&fault.pointer).is_err()
        });
        faults
    }

    /// Adds the faults behind one error.
    fn convert(&self, error: &ValidationError<'_>, faults: &mut Vec<Fault>) {
        let mut pointer = Pointer::resolve(error.instance_path().as_str(), self.root);
        let kind = match error.kind() {
            Error::AdditionalProperties { unexpected }
            | Error::UnevaluatedProperties { unexpected } => {
                faults.extend(unexpected.iter().map(|key| Fault {
                    pointer: pointer.clone(),
                    kind: self.unknown_key(key, error),
                }));
                return;
            }
            Error::AnyOf { context } | Error::OneOfNotValid { context } => {
                let branches = context.iter().map(|errors| self.faults(errors)).collect();
                let mut merged = branch::merge(branches, &pointer, error.instance());
                if let Some(Value::Object(later)) =
                    self.around(error).and_then(|schema| schema.get(SINCE))
                {
                    merged.iter_mut().for_each(|fault| forget(fault, later));
                }
                faults.extend(merged);
                return;
            }
            Error::Custom { keyword, .. } if keyword == unique::KEYWORD => {
                let keys = self
                    .at(error.schema_path().as_str())
                    .unwrap_or(&Value::Null);
                let repeated = unique::duplicates(error.instance(), keys);
                faults.extend(repeated.into_iter().map(|(index, kind)| {
                    let mut pointer = pointer.clone();
                    pointer.0.push(Segment::Index(index));
                    Fault { pointer, kind }
                }));
                return;
            }
            Error::Custom { keyword, .. } if keyword == library::KEYWORD => {
                let referred = self
                    .referred(error)
                    .map(|checker| checker.faults(error.instance()));
                match referred {
                    Some(inner) => faults.extend(inner.into_iter().map(|fault| Fault {
                        pointer: fault.pointer.below(pointer.segments()),
                        kind: fault.kind,
                    })),
                    None => faults.push(Fault {
                        pointer,
                        kind: self.plain(error),
                    }),
                }
                return;
            }
            Error::PropertyNames { error } => FaultKind::BadKey {
                key: excerpt(error.instance()),
                why: Box::new(self.plain(error)),
            },
            // `false` for one key is how a schema takes a key away again.
            Error::FalseSchema => match pointer.pop_key() {
                Some(key) => self.unknown_key(&key, error),
                None => self.plain(error),
            },
            _ => self.plain(error),
        };
        faults.push(Fault { pointer, kind });
    }

    /// A key that its mapping may not have.
    fn unknown_key(&self, key: &str, error: &ValidationError<'_>) -> FaultKind {
        let key = key.to_owned();
        let Some(schema) = self.around(error) else {
            return FaultKind::UnknownKey {
                key,
                known: Vec::new(),
            };
        };
        match schema
            .get(SINCE)
            .and_then(|since| since.get(&key))
            .and_then(Value::as_str)
        {
            Some(since) => FaultKind::TooNew {
                key,
                since: since.to_owned(),
            },
            None => FaultKind::UnknownKey {
                key,
                known: known_keys(schema, self.schema),
            },
        }
    }

    /// The schema whose keyword failed. For `properties: {key: false}` the one around that.
    pub(super) fn around(&self, error: &ValidationError<'_>) -> Option<&Value> {
        let path = error.schema_path().as_str();
        let path = match error.kind() {
            Error::FalseSchema => path.rsplit_once("/properties/")?.0,
            _ => path.rsplit_once('/')?.0,
        };
        self.at(path)
    }

    /// The schema that a failed reference leads to.
    fn referred(&self, error: &ValidationError<'_>) -> Option<&'static Checker> {
        self.library?
            .checker(self.at(error.schema_path().as_str())?.as_str()?)
    }

    pub(super) fn at(&self, path: &str) -> Option<&Value> {
        self.schema.pointer(path)
    }
}

/// Takes keys that only `later` versions have from the choices that a fault offers.
fn forget(fault: &mut Fault, later: &Map<String, Value>) {
    if let FaultKind::MissingOneOf { keys } = &mut fault.kind {
        keys.retain(|key| !later.contains_key(key));
    }
}
