//! A schema ready to find faults.

use std::fmt;
use std::sync::OnceLock;

use jsonschema::{Draft, PatternCache, PatternOptions, Validator};
use serde_json::Value;

use super::convert::Converter;
use super::library::{self, Library};
use super::{Fault, unique};

/// The most errors that are looked at in one value; somebody with as many has other worries.
const MOST: usize = 1000;

/// A JSON schema, compiled.
///
/// Regular expressions take time linear in their input, so look-around is not available.
/// References lead nowhere but into the schema itself, or to a [`Library`]. `format` is never
/// asserted.
pub struct Checker {
    schema: Value,
    validator: Validator,
    library: Option<&'static dyn Library>,
}

impl Checker {
    /// Compiles `schema`, whose draft is the one that its `$schema` names, by default 2020-12.
    ///
    /// # Errors
    ///
    /// The schema is not one, or refers to what it does not contain.
    pub fn new(schema: Value) -> Result<Self, BadSchema> {
        Self::build(schema, None)
    }

    /// Compiles `schema`, in which `{"x-definition": "NAME"}` stands for a schema of `library`.
    ///
    /// # Errors
    ///
    /// As for [`Checker::new`]; what the library has is not looked at yet.
    pub fn with_library(schema: Value, library: &'static dyn Library) -> Result<Self, BadSchema> {
        Self::build(schema, Some(library))
    }

    fn build(schema: Value, library: Option<&'static dyn Library>) -> Result<Self, BadSchema> {
        let mut options = jsonschema::options()
            .with_draft(Draft::default().detect(&schema))
            .offline()
            .should_validate_formats(false)
            .with_pattern_options(PatternOptions::regex())
            .with_pattern_cache(patterns())
            .with_keyword(unique::KEYWORD, unique::compile);
        if let Some(library) = library {
            options = options.with_keyword(library::KEYWORD, move |_, name, _| {
                Ok(library::compile(name, library))
            });
        }
        let validator = options.build(&schema).map_err(|error| BadSchema {
            message: error.to_string(),
        })?;
        Ok(Checker {
            schema,
            validator,
            library,
        })
    }

    /// The schema itself.
    pub fn schema(&self) -> &Value {
        &self.schema
    }

    /// Whether nothing is wrong with `value`.
    pub fn is_valid(&self, value: &Value) -> bool {
        self.validator.is_valid(value)
    }

    /// Everything that is wrong with `value`, sorted and without duplicates; nothing if it is
    /// valid.
    pub fn faults(&self, value: &Value) -> Vec<Fault> {
        if self.is_valid(value) {
            return Vec::new();
        }
        let converter = Converter {
            schema: &self.schema,
            root: value,
            library: self.library,
        };
        converter.faults(self.validator.iter_errors(value).take(MOST))
    }
}

impl fmt::Debug for Checker {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Checker")
            .field("schema", &self.schema)
            .finish_non_exhaustive()
    }
}

/// The compiled patterns of all checkers: the same few forms of names occur again and again.
fn patterns() -> PatternCache {
    static PATTERNS: OnceLock<PatternCache> = OnceLock::new();
    PATTERNS.get_or_init(PatternCache::new).clone()
}

/// A schema that does not compile.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BadSchema {
    message: String,
}

impl fmt::Display for BadSchema {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "not a usable JSON schema: {}", self.message)
    }
}

impl std::error::Error for BadSchema {}
