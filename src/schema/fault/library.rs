//! Schemas that are compiled only when a value gets as far as them.

use std::sync::OnceLock;

use jsonschema::{Keyword, ValidationError};
use serde_json::Value;

use super::Checker;

/// The keyword that stands for a schema of a library, by name.
pub(super) const KEYWORD: &str = "x-definition";

/// Named schemas.
pub trait Library: Send + Sync {
    /// The schema of that name, compiled when first asked for.
    fn checker(&'static self, name: &str) -> Option<&'static Checker>;
}

/// A reference that is followed when a value needs it.
struct Reference {
    name: String,
    library: &'static dyn Library,
    checker: OnceLock<Option<&'static Checker>>,
}

/// Makes the check for one reference.
pub(super) fn compile(name: &Value, library: &'static dyn Library) -> Box<dyn for<'i> Keyword<'i>> {
    let name = name.as_str().unwrap_or_default().to_owned();
    Box::new(Reference {
        name,
        library,
        checker: OnceLock::new(),
    })
}

impl<'i> Keyword<'i> for Reference {
    fn validate(&self, value: &'i Value) -> Result<(), ValidationError<'i>> {
        // Only says that there is a fault: whoever gets the error asks the library again.
        if self.is_valid(value) {
            Ok(())
        } else {
            Err(ValidationError::custom(KEYWORD))
        }
    }

    fn is_valid(&self, value: &'i Value) -> bool {
        let checker = self
            .checker
            .get_or_init(|| self.library.checker(&self.name));
        // What is not there allows nothing: a hole in a library must not pass for approval.
        checker.is_some_and(|checker| checker.is_valid(value))
    }
}
