//! Which keys functions.yaml has, by its own schema.

use std::collections::BTreeSet;

use serde_json::Value;

use crate::schema::FUNCTIONS_SCHEMA;

/// The keys of functions.yaml that an import may use.
#[derive(Debug)]
pub(super) struct Known {
    top: BTreeSet<String>,
    function: BTreeSet<String>,
}

impl Known {
    pub(super) fn new() -> Self {
        let schema: Value = serde_json::from_str(FUNCTIONS_SCHEMA).unwrap_or_default();
        let keys = |pointer: &str| {
            let properties = schema.pointer(pointer).and_then(Value::as_object);
            properties
                .into_iter()
                .flat_map(|p| p.keys().cloned())
                .collect()
        };
        Self {
            top: keys("/properties"),
            function: keys("/definitions/Function/properties"),
        }
    }

    pub(super) fn top(&self, key: &str) -> bool {
        self.top.contains(key)
    }

    pub(super) fn function(&self, key: &str) -> bool {
        self.function.contains(key)
    }
}
