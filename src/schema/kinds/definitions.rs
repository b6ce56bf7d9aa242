//! The definitions of one version of Kubernetes.

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};

use serde_json::{Map, Value, json};

use super::text::Text;
use crate::schema::fault::{Checker, Library, SINCE};

/// How references to definitions start.
const REFERENCE: &str = "#/$defs/";

/// All definitions as one version of Kubernetes has them, parsed and compiled when first used.
pub(super) struct Definitions {
    pub(super) text: &'static Text,
    pub(super) minor: u32,
    /// What has been compiled, by name. It lives as long as the program; there is no more of it
    /// than the bundle has definitions and fields.
    compiled: Mutex<BTreeMap<String, &'static Checker>>,
}

impl Definitions {
    /// The definitions of the bundle that is part of the program, for Kubernetes 1.`minor`.
    pub(super) fn embedded(minor: u32) -> Self {
        Definitions {
            text: Text::embedded(),
            minor,
            compiled: Mutex::default(),
        }
    }

    /// The checker of the definition or field that `name` names, in full or by its end.
    pub(super) fn named(&'static self, name: &str) -> Option<&'static Checker> {
        match self.full_name(name) {
            Some(full) => self.checker(full),
            None => self.compiled(name, || self.field(name)),
        }
    }

    /// A definition with all that it refers to, as one JSON schema (2020-12).
    pub(super) fn standalone(&self, name: &str) -> Option<Value> {
        let mut root = self.definition(name)?;
        let mut found = Map::new();
        let mut todo = references(&mut root, false);
        while let Some(name) = todo.pop() {
            if found.contains_key(&name) {
                continue;
            }
            if let Some(mut schema) = self.definition(&name) {
                todo.extend(references(&mut schema, false));
                found.insert(name, schema);
            }
        }
        root["$schema"] = json!("https://json-schema.org/draft/2020-12/schema");
        root["$defs"] = Value::Object(found);
        Some(root)
    }

    /// The checker called `name`, made from the schema that `find` finds.
    fn compiled(
        &'static self,
        name: &str,
        find: impl FnOnce() -> Option<Value>,
    ) -> Option<&'static Checker> {
        let mut compiled = self.compiled.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(checker) = compiled.get(name) {
            return Some(checker);
        }
        let mut schema = find()?;
        references(&mut schema, true);
        // Older drafts are quicker to check, and without references they are all that is needed.
        schema["$schema"] = json!("http://json-schema.org/draft-07/schema#");
        let checker = Checker::with_library(schema, self);
        let checker = checker.expect("all of the bundle compiles, as a test proves");
        let checker: &'static Checker = Box::leak(Box::new(checker));
        compiled.insert(name.to_owned(), checker);
        Some(checker)
    }

    /// The full name of the definition whose name is or ends with `name`.
    fn full_name(&self, name: &str) -> Option<&'static str> {
        let names = || self.text.definitions.keys().copied();
        names().find(|full| *full == name).or_else(|| {
            names().find(|full| {
                full.strip_suffix(name)
                    .is_some_and(|rest| rest.ends_with('.'))
            })
        })
    }

    /// The schema of a field of a definition, such as `PodSpec.tolerations`.
    fn field(&self, name: &str) -> Option<Value> {
        let (owner, field) = name.rsplit_once('.')?;
        let mut owner = self.definition(self.full_name(owner)?)?;
        Some(owner.get_mut("properties")?.get_mut(field)?.take())
    }

    /// One definition, without the keys that came after this version.
    fn definition(&self, name: &str) -> Option<Value> {
        let text = self.text.definitions.get(name)?;
        let mut schema: Value =
            serde_json::from_str(text).expect("all of the bundle is JSON, as a test proves");
        let Some(Value::Object(since)) = schema.get_mut(SINCE) else {
            return Some(schema);
        };
        since.retain(|_, version| first_minor(version).is_some_and(|first| first > self.minor));
        let later: Vec<String> = since.keys().cloned().collect();
        if let Some(Value::Object(properties)) = schema.get_mut("properties") {
            properties.retain(|key, _| !later.contains(key));
        }
        Some(schema)
    }
}

impl Library for Definitions {
    fn checker(&'static self, name: &str) -> Option<&'static Checker> {
        self.compiled(name, || self.definition(name))
    }
}

/// The minor version in a text such as `1.35`.
fn first_minor(version: &Value) -> Option<u32> {
    version.as_str()?.strip_prefix("1.")?.parse().ok()
}

/// The names of all definitions that `schema` refers to; with `open`, the references become ones
/// that are followed only when a value gets there.
fn references(schema: &mut Value, open: bool) -> Vec<String> {
    let mut names = Vec::new();
    let mut todo = vec![schema];
    while let Some(schema) = todo.pop() {
        match schema {
            Value::Object(map) => {
                let name = map.get("$ref").and_then(Value::as_str);
                let name = name
                    .and_then(|name| name.strip_prefix(REFERENCE))
                    .map(str::to_owned);
                if let Some(name) = name {
                    if open {
                        map.remove("$ref");
                        map.insert("x-definition".to_owned(), json!(name));
                    }
                    names.push(name);
                }
                todo.extend(map.values_mut());
            }
            Value::Array(items) => todo.extend(items),
            _ => {}
        }
    }
    names
}
