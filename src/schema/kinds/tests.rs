use serde_json::{Value, json};

use super::text::Text;
use super::{NEWEST, OLDEST, bundle, lookup, validate_definition};
use crate::schema::fault::describe;

/// Both bundles read as a whole.
fn whole() -> Value {
    let mut whole: Value = serde_json::from_str(Text::WHOLE).unwrap();
    let custom: Value = serde_json::from_str(Text::CUSTOM).unwrap();
    let kinds = custom["kinds"].as_array().unwrap().clone();
    let all = whole["kinds"].as_array_mut().unwrap();
    all.extend(kinds);
    all.sort_by_key(|kind| (kind["apiVersion"].to_string(), kind["kind"].to_string()));
    let definitions = custom["definitions"].as_object().unwrap().clone();
    let all = whole["definitions"].as_object_mut().unwrap();
    let count = all.len() + definitions.len();
    all.extend(definitions);
    assert_eq!(
        all.len(),
        count,
        "a definition of ours has the name of one of Kubernetes'"
    );
    whole
}

#[test]
fn reading_by_lines_is_reading_the_json() {
    let (whole, text) = (whole(), Text::embedded());
    assert_eq!(whole["kubernetes"], format!("1.{NEWEST}"));
    let kinds: Vec<Value> = text
        .kinds
        .iter()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    assert_eq!(whole["kinds"], Value::from(kinds));
    let definitions: serde_json::Map<String, Value> = text
        .definitions
        .iter()
        .map(|(name, line)| ((*name).to_owned(), serde_json::from_str(line).unwrap()))
        .collect();
    assert_eq!(whole["definitions"], Value::from(definitions));
}

#[test]
fn every_kind_definition_and_field_of_every_version_compiles() {
    for minor in OLDEST..=NEWEST {
        let bundle = bundle(minor).unwrap();
        assert_eq!(bundle.minor(), minor);
        for kind in bundle.kinds() {
            assert_ne!(kind.faults(&json!({})), [], "{kind:?}");
            assert!(kind.schema()["$defs"].is_object(), "{kind:?}");
        }
        for (name, schema) in whole()["definitions"].as_object().unwrap() {
            assert!(bundle.part(name).is_some(), "{name}");
            for field in schema["properties"]
                .as_object()
                .into_iter()
                .flatten()
                .map(|(f, _)| f)
            {
                let newer = schema["x-since"].get(field).is_some();
                assert!(
                    bundle.part(&format!("{name}.{field}")).is_some() || newer,
                    "{name}.{field}"
                );
            }
        }
    }
}

/// Every text that the keyword has anywhere in the definitions.
fn texts_of(keyword: &str) -> Vec<String> {
    fn collect(schema: &Value, keyword: &str, found: &mut Vec<String>) {
        match schema {
            Value::Object(map) => {
                found.extend(map.get(keyword).and_then(Value::as_str).map(str::to_owned));
                map.values()
                    .for_each(|value| collect(value, keyword, found));
            }
            Value::Array(items) => items
                .iter()
                .for_each(|value| collect(value, keyword, found)),
            _ => {}
        }
    }
    let mut found = Vec::new();
    collect(&whole()["definitions"], keyword, &mut found);
    assert!(!found.is_empty());
    found
}

#[test]
fn every_reference_leads_to_a_definition() {
    let whole = whole();
    for reference in texts_of("$ref") {
        let name = reference.strip_prefix("#/$defs/").unwrap();
        assert!(
            whole["definitions"][name].is_object(),
            "{reference} leads nowhere"
        );
    }
}

#[test]
fn every_form_of_text_has_words() {
    for format in texts_of("format") {
        assert!(describe(&format).is_some(), "{format} has no words");
    }
}

#[test]
fn kinds_are_found_by_version_and_name_only() {
    assert!(lookup("apps/v1", "Deployment").unwrap().is_namespaced());
    assert!(!lookup("v1", "Namespace").unwrap().is_namespaced());
    for (api_version, kind) in [("v1", "Deployment"), ("apps/v1", "deployment"), ("", "")] {
        assert!(lookup(api_version, kind).is_none());
    }
}

#[test]
fn parts_are_found_by_full_name_short_name_and_field() {
    let resources = json!({"requests": {"cpu": "1", "memory": "1GB"}});
    for name in [
        "io.k8s.api.core.v1.ResourceRequirements",
        "ResourceRequirements",
        "Container.resources",
    ] {
        let faults = validate_definition(name, &resources).unwrap();
        let [fault] = &faults[..] else {
            panic!("{faults:?}")
        };
        assert_eq!(fault.pointer.to_string(), "/requests/memory");
    }
    assert_eq!(
        validate_definition("PodSpec.tolerations", &json!([{"operator": "Exists"}])),
        Some(vec![])
    );
    for name in [
        "Requirements",
        "Container.nothing",
        "nothing",
        "",
        ".",
        "Container.",
    ] {
        assert!(validate_definition(name, &json!({})).is_none(), "{name}");
    }
}
