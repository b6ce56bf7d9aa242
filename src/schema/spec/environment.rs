//! The schema of an environment: a functions.yaml of which everything may be left out, and
//! removed.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

use crate::schema::overlay::REMOVED;

/// Where a schema keeps what it refers to.
const DEFINITIONS: &str = "definitions";
/// How it refers to it.
const REFERENCE: &str = "#/definitions/";
/// What the names of the partial definitions end in.
const PARTIAL: &str = "InEnvironment";
/// The one key that stays required: it says which entry of a list is meant.
const NAME: &str = "name";
/// Entries of a list that an environment can take away, and how; entries in Kubernetes' own form
/// can be taken away, too, but have no definition here.
const REMOVABLE: &str = "EnvEntry";
/// What no environment can change.
const FIXED: [&str; 2] = ["environments", "kubefunctl"];

/// Adds the definition `Environment`, made from the rest of the schema, and what it refers to.
pub(in crate::schema) fn add(schema: &mut Value) {
    let Some(definitions) = schema.get(DEFINITIONS).and_then(Value::as_object) else {
        return;
    };
    let mut whole = json!({"type": "object", "properties": schema["properties"]});
    whole["additionalProperties"] = json!(false);
    whole["description"] = json!("What differs in this environment. A null removes a field.");
    if let Some(properties) = whole["properties"].as_object_mut() {
        FIXED.iter().for_each(|key| drop(properties.remove(*key)));
    }
    let changing = changing(definitions);
    let mut made: BTreeMap<String, Value> = BTreeMap::new();
    for name in &changing {
        let mut partial = definitions[name].clone();
        loosen(&mut partial, &changing);
        if name == REMOVABLE {
            let (key, word) = REMOVED;
            partial["properties"][key] = json!({
                "description": "Takes the variable away.",
                "enum": [word],
            });
        }
        made.insert(format!("{name}{PARTIAL}"), partial);
    }
    loosen(&mut whole, &changing);
    made.insert("Environment".to_owned(), whole);
    if let Some(definitions) = schema[DEFINITIONS].as_object_mut() {
        definitions.extend(made);
    }
}

/// The definitions that are not partial already: they require something, have values that cannot
/// be null, or refer to such a one.
fn changing(definitions: &Map<String, Value>) -> Vec<String> {
    let mut changing = vec![REMOVABLE.to_owned()];
    loop {
        let before = changing.len();
        for (name, schema) in definitions {
            let mut loose = schema.clone();
            loosen(&mut loose, &changing);
            if loose != *schema && !changing.contains(name) {
                changing.push(name.clone());
            }
        }
        if changing.len() == before {
            return changing;
        }
    }
}

/// Makes a schema partial, down to its depths.
fn loosen(schema: &mut Value, changing: &[String]) {
    let Value::Object(map) = schema else { return };
    if let Some(Value::Array(required)) = map.get_mut("required") {
        required.retain(|key| key == NAME);
        if required.is_empty() {
            map.remove("required");
        }
    }
    if let Some(Value::String(reference)) = map.get_mut("$ref") {
        let name = reference.strip_prefix(REFERENCE).unwrap_or_default();
        if changing.iter().any(|one| one == name) {
            reference.push_str(PARTIAL);
        }
    }
    let required = map.get("required").cloned().unwrap_or_default();
    if let Some(Value::Object(properties)) = map.get_mut("properties") {
        for (key, value) in properties {
            loosen(value, changing);
            if required != json!([key]) {
                nullable(value);
            }
        }
    }
    if let Some(values @ Value::Object(_)) = map.get_mut("additionalProperties") {
        loosen(values, changing);
        nullable(values);
    }
    if let Some(items) = map.get_mut("items") {
        loosen(items, changing);
    }
    if let Some(Value::Array(branches)) = map.get_mut("anyOf") {
        branches
            .iter_mut()
            .for_each(|branch| loosen(branch, changing));
    }
}

/// Lets a schema take null.
fn nullable(schema: &mut Value) {
    let nothing = json!("null");
    match schema {
        Value::Object(map) if map.contains_key("$ref") => {
            let inner = Value::Object(std::mem::take(map));
            *schema = json!({"anyOf": [inner, {"type": nothing}]});
        }
        Value::Object(map) => {
            if let Some(Value::Array(branches)) = map.get_mut("anyOf") {
                if !branches.iter().any(|branch| branch["type"] == nothing) {
                    branches.push(json!({"type": nothing}));
                }
                return;
            }
            match map.get_mut("type") {
                Some(Value::Array(types)) if !types.contains(&nothing) => types.push(nothing),
                Some(one @ Value::String(_)) if *one != nothing => *one = json!([one, nothing]),
                _ => {}
            }
            if let Some(Value::Array(words)) = map.get_mut("enum")
                && !words.contains(&Value::Null)
            {
                words.push(Value::Null);
            }
        }
        _ => {}
    }
}
