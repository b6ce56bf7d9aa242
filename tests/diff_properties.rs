//! What holds for all manifests: nothing differs from itself, however it is written; backwards,
//! the same fields differ; the work grows as the input does; nothing hostile gets through.

#![allow(
    clippy::disallowed_methods,
    clippy::unwrap_used,
    reason = "tests fail by panicking"
)]

#[path = "diff_properties/generate.rs"]
mod generate;
#[path = "diff_properties/hostile.rs"]
mod hostile;
#[path = "diff_properties/size.rs"]
mod size;

use generate::objects;
use kubefunctl::diff::{
    Class, Diff, Options, Section, Set, diff, github, json, markdown, read, text, unified,
};
use proptest::collection::vec;
use proptest::prelude::*;
use serde_json::{Value, json};

fn set(objects: &[Value]) -> Set {
    let mut set = Set::default();
    for object in objects {
        set.add(object.clone(), None).unwrap();
    }
    set
}

/// Text, unified, Markdown, JSON, annotations.
fn all_formats(diff: Diff) -> Vec<String> {
    let sections = [Section {
        title: String::new(),
        diff,
    }];
    let options = Options::default();
    vec![
        text(&sections, options),
        unified(&sections, options),
        markdown(&sections, options),
        json(&sections),
        github(&sections),
    ]
}

/// Lists in the order of the objects' meaning turned round where that means nothing.
fn shuffled(objects: &[Value]) -> Vec<Value> {
    let mut all: Vec<Value> = objects.iter().rev().cloned().collect();
    for object in &mut all {
        let kind = object["kind"].as_str().unwrap().to_owned();
        let turn = |value: Option<&mut Value>| {
            if let Some(Value::Array(items)) = value {
                items.reverse();
            }
        };
        match kind.as_str() {
            "Service" => turn(object.pointer_mut("/spec/ports")),
            "Role" => {
                for rule in object["rules"].as_array_mut().unwrap() {
                    turn(rule.get_mut("verbs"));
                    turn(rule.get_mut("resources"));
                }
                turn(object.pointer_mut("/rules"));
            }
            _ => {}
        }
    }
    all
}

fn said(diff: &Diff, swapped: bool) -> Vec<String> {
    let mut all = Vec::new();
    for object in &diff.objects {
        let (old, new) = (object.old.is_some(), object.new.is_some());
        let sides = if swapped { (new, old) } else { (old, new) };
        all.push(format!("{} {sides:?}", object.identity));
        for change in &object.changes {
            let (old, new) = (&change.old, &change.new);
            let sides = if swapped { (new, old) } else { (old, new) };
            all.push(format!(
                "{} {} {sides:?}",
                object.identity,
                change.pointer()
            ));
        }
    }
    all.sort();
    all
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(200) })]

    #[test]
    fn nothing_differs_from_itself(objects in objects()) {
        prop_assert!(diff(&set(&objects), &set(&objects)).is_empty());
        let turned = shuffled(&objects);
        let found = diff(&set(&objects), &set(&turned));
        prop_assert!(found.is_empty(), "{:?}", said(&found, false));
        // Written out and read again, it is still the same.
        let json = json!({"apiVersion": "v1", "kind": "List", "items": turned}).to_string();
        let mut read_again = Set::default();
        read("list.json", json.into_bytes(), &mut read_again).unwrap();
        let found = diff(&set(&objects), &read_again);
        prop_assert!(found.is_empty(), "{:?}", said(&found, false));
    }

    #[test]
    fn backwards_the_same_fields_differ(old in objects(), new in objects()) {
        let (old, new) = (set(&old), set(&new));
        prop_assert_eq!(said(&diff(&old, &new), false), said(&diff(&new, &old), true));
    }

    #[test]
    fn what_differs_is_found_and_shown(old in objects(), new in objects()) {
        let found = diff(&set(&old), &set(&new));
        let counted = found.objects.len() + found.same;
        let names = |objects: &[Value]| -> std::collections::BTreeSet<String> {
            objects.iter().map(|o| format!("{} {}", o["kind"], o["metadata"]["name"])).collect()
        };
        prop_assert_eq!(counted, names(&old).union(&names(&new)).count());
        for object in &found.objects {
            prop_assert!(object.classes.worst() > Class::Noop && !object.reason.is_empty());
        }
        all_formats(found);
    }

    #[test]
    fn any_bytes_are_read_or_refused(bytes in vec(any::<u8>(), 0..200), text in "[ -~\n]{0,200}") {
        for bytes in [bytes, text.into_bytes()] {
            let _ = read("x", bytes, &mut Set::default());
        }
    }
}
