//! Objects as they should be, of every bundled kind: nothing is wrong with any of them.

use std::collections::BTreeSet;
use std::sync::OnceLock;

use kubefunctl::schema::kinds;
use serde::Deserialize;
use serde_json::Value;

const FILES: [&str; 2] = [
    include_str!("valid/functions.yaml"),
    include_str!("valid/more.yaml"),
];

/// All valid objects, in file order.
pub(crate) fn objects() -> &'static [Value] {
    static OBJECTS: OnceLock<Vec<Value>> = OnceLock::new();
    OBJECTS.get_or_init(|| {
        let documents = FILES
            .into_iter()
            .flat_map(serde_yaml::Deserializer::from_str);
        documents
            .map(|document| Value::deserialize(document).unwrap())
            .collect()
    })
}

/// The API version and kind of an object.
pub(crate) fn kind_of(object: &Value) -> (&str, &str) {
    (
        object["apiVersion"].as_str().unwrap(),
        object["kind"].as_str().unwrap(),
    )
}

#[test]
fn valid_objects_have_no_faults_in_any_version() {
    for minor in kinds::OLDEST..=kinds::NEWEST {
        let bundle = kinds::bundle(minor).unwrap();
        for object in objects() {
            let (api_version, kind) = kind_of(object);
            let faults = bundle.kind(api_version, kind).unwrap().faults(object);
            assert_eq!(
                faults,
                [],
                "{kind} {} in 1.{minor}",
                object["metadata"]["name"]
            );
        }
    }
}

#[test]
fn every_kind_has_a_valid_object() {
    let covered: BTreeSet<_> = objects().iter().map(kind_of).collect();
    let (kinds, _) = crate::collect::collect();
    let generated = kinds.iter().map(|kind| (kind.api_version, kind.kind));
    assert_eq!(covered, generated.collect());
}

#[test]
fn a_whole_schema_says_the_same_as_one_taken_to_pieces() {
    for object in objects() {
        let (api_version, kind) = kind_of(object);
        let schema = kinds::lookup(api_version, kind).unwrap().schema();
        let whole = kubefunctl::schema::fault::Checker::new(schema).unwrap();
        assert_eq!(whole.faults(object), []);
        let mut broken = object.clone();
        broken["metadata"]["labels"] = Value::from(1);
        broken["spec"] = Value::from("text");
        let lazy = kinds::lookup(api_version, kind).unwrap();
        assert_eq!(whole.faults(&broken), lazy.faults(&broken), "{kind}");
    }
}
