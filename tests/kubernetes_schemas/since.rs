//! Which version brought a field, for the fields that the oldest supported version lacks.
//!
//! `k8s-openapi` describes one version a build, so the older versions' lists come from a program
//! of its own: `tools/schemas/run.sh` writes them and the bundle anew.

use std::collections::BTreeMap;

use serde_json::json;

use crate::rules::Definitions;

/// The fields that each older version lacks, as `definition.field`.
const ABSENT: &str = include_str!("../../tools/schemas/absent.json");

/// Adds to each definition with such fields an `x-since` of field and version.
pub(crate) fn apply(definitions: &mut Definitions) {
    for (at, minor) in brought() {
        let (name, field) = at.rsplit_once('.').unwrap();
        let stale = "absent.json is stale: run tools/schemas/run.sh";
        let schema = definitions.get_mut(name).expect(stale);
        assert!(
            schema["properties"].get(field).is_some(),
            "there is no {at}: {stale}"
        );
        schema["x-since"][field] = json!(format!("1.{minor}"));
    }
}

/// Fields and the minor version that brought them: the one after the last that lacks it.
fn brought() -> BTreeMap<String, u32> {
    let mut brought = BTreeMap::new();
    for (minor, fields) in absent() {
        brought.extend(fields.into_iter().map(|field| (field, minor + 1)));
    }
    brought
}

/// The lists by minor version, oldest first.
fn absent() -> BTreeMap<u32, Vec<String>> {
    let lists: BTreeMap<String, Vec<String>> = serde_json::from_str(ABSENT).unwrap();
    let minor = |version: String| version.strip_prefix("1.").unwrap().parse().unwrap();
    lists
        .into_iter()
        .map(|(version, fields)| (minor(version), fields))
        .collect()
}

mod tests {
    use kubefunctl::schema::fault::FaultKind;
    use kubefunctl::schema::kinds;
    use serde_json::json;

    #[test]
    fn there_is_a_list_for_each_older_version() {
        let minors: Vec<u32> = super::absent().into_keys().collect();
        assert_eq!(minors, (kinds::OLDEST..kinds::NEWEST).collect::<Vec<_>>());
    }

    #[test]
    fn a_field_is_unknown_before_its_version_and_known_from_it_on() {
        let env = json!([{
            "name": "A",
            "valueFrom": {"fileKeyRef": {"key": "A", "path": "env", "volumeName": "config"}},
        }]);
        let faults = |minor| {
            kinds::bundle(minor)
                .unwrap()
                .part("Container.env")
                .unwrap()
                .faults(&env)
        };
        let [fault] = &faults(33)[..] else {
            panic!("{:?}", faults(33))
        };
        let (key, since) = ("fileKeyRef".to_owned(), "1.34".to_owned());
        assert_eq!(fault.kind, FaultKind::TooNew { key, since });
        assert_eq!(fault.pointer.to_string(), "/0/valueFrom");
        for minor in 34..=kinds::NEWEST {
            assert_eq!(faults(minor), []);
        }
    }

    #[test]
    fn what_a_version_lacks_is_not_offered_as_a_choice() {
        let empty = json!([{"name": "A", "valueFrom": {}}]);
        for (minor, choices) in [(33, 4), (34, 5)] {
            let part = kinds::bundle(minor).unwrap().part("Container.env").unwrap();
            let faults = part.faults(&empty);
            let FaultKind::MissingOneOf { keys } = &faults[0].kind else {
                panic!("{faults:?}")
            };
            assert_eq!(keys.len(), choices);
        }
    }

    #[test]
    fn versions_outside_the_window_have_no_schemas() {
        assert!(kinds::bundle(kinds::OLDEST - 1).is_none());
        assert!(kinds::bundle(kinds::NEWEST + 1).is_none());
        assert!(kinds::bundle(0).is_none());
    }
}
