//! Random values: whatever comes in, the answer is a list of faults that keeps its promises.

use kubefunctl::schema::fault::{EXCERPT, Fault, FaultKind};
use kubefunctl::schema::kinds;
use proptest::prelude::*;
use serde_json::Value;

use crate::shapes::{kind_of, objects};

/// Any JSON, with words that the schemas know among its keys and texts.
fn json() -> impl Strategy<Value = Value> {
    let text = prop_oneof![
        any::<String>(),
        prop::sample::select(vec![
            "Always", "128Mi", "128 MB", "25%", "TCP", "http", "a/b", "", "~1"
        ])
        .prop_map(str::to_owned),
        "[0-9.]{1,4} ?[kKmMgGiIbB]{0,3}",
    ];
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<u64>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        text.clone().prop_map(Value::from),
    ];
    leaf.prop_recursive(4, 32, 4, move |inner| {
        let key = prop_oneof![
            text.clone(),
            prop::sample::select(vec![
                "name", "spec", "metadata", "labels", "exec", "port", "0"
            ])
            .prop_map(str::to_owned),
        ];
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
            prop::collection::btree_map(key, inner, 0..4)
                .prop_map(|map| Value::Object(map.into_iter().collect())),
        ]
    })
}

/// Every place in a value.
fn places(value: &Value, at: &str, all: &mut Vec<String>) {
    all.push(at.to_owned());
    match value {
        Value::Object(map) => map.iter().for_each(|(key, value)| {
            let key = key.replace('~', "~0").replace('/', "~1");
            places(value, &format!("{at}/{key}"), all);
        }),
        Value::Array(items) => items
            .iter()
            .enumerate()
            .for_each(|(index, value)| places(value, &format!("{at}/{index}"), all)),
        _ => {}
    }
}

/// What holds for any faults of any value.
fn check(value: &Value, faults: &[Fault]) {
    assert!(faults.is_sorted(), "{faults:?}");
    for pair in faults.windows(2) {
        assert_ne!(pair[0], pair[1]);
    }
    for fault in faults {
        assert!(
            fault.pointer.find(value).is_some(),
            "{fault:?} is nowhere in {value}"
        );
        assert!(
            !matches!(fault.kind, FaultKind::Other { .. }),
            "{fault:?} says nothing"
        );
        if let FaultKind::Pattern { value, .. } | FaultKind::Quantity { value, .. } = &fault.kind {
            assert!(
                value
                    .as_ref()
                    .is_none_or(|text| text.chars().count() <= EXCERPT)
            );
        }
    }
}

proptest! {
    #[test]
    fn any_value_gets_faults_that_are_sorted_and_placed(value in json(), minor in kinds::OLDEST..=kinds::NEWEST) {
        for kind in kinds::bundle(minor).unwrap().kinds() {
            let faults = kind.faults(&value);
            prop_assert!(!faults.is_empty());
            check(&value, &faults);
        }
    }

    #[test]
    fn any_value_anywhere_in_a_valid_object_does_too(
        object in prop::sample::select(objects()),
        place in any::<prop::sample::Index>(),
        value in json(),
    ) {
        let mut all = Vec::new();
        places(&object, "", &mut all);
        let (api_version, kind) = kind_of(&object);
        let kind = kinds::lookup(api_version, kind).unwrap();
        let mut changed = object.clone();
        *changed.pointer_mut(&all[place.index(all.len())]).unwrap() = value;
        check(&changed, &kind.faults(&changed));
    }
}
