//! What the Kubernetes API demands beyond the types in its description.
//!
//! Kept by hand, from the API's reference and validation. A row names a field by the end of its
//! definition's name and the field's own; a row that fits no field fails the generator, so none
//! outlives the field it is about.

mod enums;
mod fields;
mod forms;
mod lists;
mod numbers;
mod objects;

use std::collections::BTreeMap;

use serde_json::{Map, Value};

pub(crate) use objects::add_kinds;

/// The definitions by full name.
pub(crate) type Definitions = BTreeMap<String, Value>;

/// Applies every rule.
pub(crate) fn apply(definitions: &mut Definitions) {
    fields::replace(definitions);
    numbers::apply(definitions);
    enums::apply(definitions);
    forms::apply(definitions);
    lists::apply(definitions);
    objects::apply(definitions);
}

/// The definition whose name is or ends with `name`.
fn definition<'d>(definitions: &'d mut Definitions, name: &str) -> &'d mut Value {
    let suffix = format!(".{name}");
    let mut found = definitions
        .iter_mut()
        .filter(|(full, _)| full.ends_with(&suffix));
    let Some((_, schema)) = found.next() else {
        panic!("no definition is called {name}")
    };
    assert!(
        found.next().is_none(),
        "more than one definition is called {name}"
    );
    schema
}

/// The schema of a field, such as `core.v1.Container.image`.
fn field<'d>(definitions: &'d mut Definitions, at: &str) -> &'d mut Value {
    let (owner, field) = at.rsplit_once('.').expect("a row is `Definition.field`");
    let properties = &mut definition(definitions, owner)["properties"];
    properties
        .get_mut(field)
        .unwrap_or_else(|| panic!("there is no field {at}"))
}

/// The schema of a scalar field, or of each scalar in a field that is a list or a map of them.
fn scalar<'d>(definitions: &'d mut Definitions, at: &str) -> &'d mut Map<String, Value> {
    let mut schema = field(definitions, at);
    for inner in ["items", "additionalProperties"] {
        if schema.get(inner).is_some() {
            schema = &mut schema[inner];
        }
    }
    schema
        .as_object_mut()
        .unwrap_or_else(|| panic!("{at} has no schema to add to"))
}

/// Adds the keywords of `rule` to a schema.
fn extend(schema: &mut Map<String, Value>, rule: Value) {
    match rule {
        Value::Object(rule) => schema.extend(rule),
        _ => unreachable!("rules are mappings"),
    }
}
