//! The steps of a plan against a directory in memory that stops at every point there is.

use std::collections::BTreeMap;
use std::path::PathBuf;

use proptest::prelude::*;

use super::inventory::{self, Inventory, hash};
use super::plan::{Allow, Entry, Existing, KUSTOMIZATION, Step, plan};

type Files = BTreeMap<String, String>;

/// All that a run may do.
const ALL: Allow = Allow {
    removals: true,
    edited: false,
};

/// A set of objects as files, with the list of them. Contents differ by `seed` for some.
fn wanted(numbers: &[u8], seed: u8) -> Files {
    let mut files = Files::new();
    let mut list = String::new();
    for number in numbers {
        let name = format!("object-{number}.yaml");
        list.push_str(&format!("{name}\n"));
        let content = if number % 2 == 0 { seed } else { 0 };
        files.insert(name, format!("object {number} {content}\n"));
    }
    files.insert(KUSTOMIZATION.to_owned(), list);
    files
}

fn look(disk: &Files, wanted: &Files) -> Existing {
    let inventory = disk.get(inventory::NAME).cloned();
    let (old, _) = Inventory::parse(inventory.as_deref().unwrap_or_default());
    let names = old.names().map(str::to_owned).chain(wanted.keys().cloned());
    let entry = |name: &String| match disk.get(name) {
        None => Entry::Absent,
        Some(text) => Entry::File {
            hash: hash(text.as_bytes()),
            same: wanted.get(name) == Some(text),
        },
    };
    Existing {
        entries: names.map(|name| (name.clone(), entry(&name))).collect(),
        inventory,
        place: PathBuf::new(),
    }
}

/// A run that stops after so many steps; whether it came to its end.
fn run(disk: &mut Files, wanted: &Files, stop: usize) -> bool {
    let (steps, _) = plan(&look(disk, wanted), wanted, ALL).expect("nothing is refused");
    let end = steps.len();
    for step in steps.into_iter().take(stop) {
        match step {
            Step::Write(name, text) => disk.insert(name, text),
            Step::Remove(name) => disk.remove(&name),
        };
        consistent(disk);
    }
    stop >= end
}

/// Nothing that `kustomization.yaml` names is missing.
fn consistent(disk: &Files) {
    for name in disk
        .get(KUSTOMIZATION)
        .into_iter()
        .flat_map(|list| list.lines())
    {
        assert!(
            disk.contains_key(name),
            "{name} is missing: {:?}",
            disk.keys()
        );
    }
}

/// It holds what is wanted, its inventory says so, and nothing else but what was foreign.
fn converged(disk: &Files, wanted: &Files, foreign: &Files) {
    let mut expected = wanted.clone();
    let mut inventory = Inventory::default();
    for (name, text) in wanted {
        inventory.add(name, hash(text.as_bytes()));
    }
    expected.insert(inventory::NAME.to_owned(), inventory.text());
    expected.extend(foreign.clone());
    assert_eq!(*disk, expected);
    let (steps, warnings) = plan(&look(disk, wanted), wanted, Allow::default()).unwrap();
    assert!(steps.is_empty() && warnings.is_empty(), "{steps:?}");
}

#[test]
fn every_stop_leaves_a_whole_directory_and_the_next_run_mends_it() {
    let foreign = Files::from([("notes.txt".to_owned(), "mine".to_owned())]);
    let sets = [
        wanted(&[], 1),
        wanted(&[1, 2, 3, 4, 5, 6], 1),
        wanted(&[1, 2, 3, 4, 5, 6], 2),
        wanted(&[2, 4, 6, 8, 10, 12], 3),
        wanted(&[13], 1),
    ];
    let mut stops = 0;
    for before in &sets {
        for first in &sets {
            for stop in 0.. {
                let mut disk = foreign.clone();
                assert!(run(&mut disk, before, usize::MAX));
                let done = run(&mut disk, first, stop);
                // The next run wants the same, or something else again.
                for second in [first, &sets[3]] {
                    let mut disk = disk.clone();
                    assert!(run(&mut disk, second, usize::MAX));
                    converged(&disk, second, &foreign);
                    stops += 1;
                }
                if done {
                    break;
                }
            }
        }
    }
    assert!(stops >= 200, "{stops}");
}

proptest! {
    #[test]
    fn any_runs_stopped_anywhere_converge(
        runs in prop::collection::vec((prop::collection::btree_set(0_u8..12, 0..8), 0_u8..4, 0_usize..20), 1..6),
    ) {
        let mut disk = Files::new();
        for (numbers, seed, stop) in &runs {
            let numbers: Vec<u8> = numbers.iter().copied().collect();
            run(&mut disk, &wanted(&numbers, *seed), *stop);
        }
        let last = wanted(&[1, 2, 3], 9);
        run(&mut disk, &last, usize::MAX);
        converged(&disk, &last, &Files::new());
    }
}

#[test]
fn what_was_edited_by_hand_stops_all() {
    let set = wanted(&[1, 2, 3], 1);
    let mut disk = Files::new();
    run(&mut disk, &set, usize::MAX);
    for (name, next) in [
        ("object-2.yaml", wanted(&[1, 2, 3], 2)),
        ("object-2.yaml", wanted(&[1, 3], 1)),
        (KUSTOMIZATION, wanted(&[1, 2, 3, 4], 1)),
    ] {
        let mut edited = disk.clone();
        edited.insert(name.to_owned(), "by hand\n".to_owned());
        let refused = plan(&look(&edited, &next), &next, ALL).unwrap_err();
        assert!(
            refused.0[0].starts_with(name) && refused.0[0].contains("by hand"),
            "{refused:?}"
        );
        let all = Allow {
            removals: true,
            edited: true,
        };
        let (steps, _) = plan(&look(&edited, &next), &next, all).unwrap();
        assert!(!steps.is_empty());
    }
    // Line endings are no edit.
    let mut checkout = disk.clone();
    checkout.insert(
        "object-2.yaml".to_owned(),
        disk["object-2.yaml"].replace('\n', "\r\n"),
    );
    let next = wanted(&[1, 2, 3], 2);
    assert!(run(&mut checkout, &next, usize::MAX));
    converged(&checkout, &next, &Files::new());
}

#[test]
fn what_is_not_ours_is_never_touched() {
    let set = wanted(&[1, 2], 1);
    let mut disk = Files::from([("object-2.yaml".to_owned(), "mine\n".to_owned())]);
    for allow in [
        ALL,
        Allow {
            removals: true,
            edited: true,
        },
    ] {
        let refused = plan(&look(&disk, &set), &set, allow).unwrap_err();
        assert!(refused.0[0].contains("is not ours"), "{refused:?}");
    }
    // The same content is as good as ours.
    disk.insert("object-2.yaml".to_owned(), set["object-2.yaml"].clone());
    assert!(run(&mut disk, &set, usize::MAX));
    converged(&disk, &set, &Files::new());
    // A link in place of a file of ours: in the way, or no longer ours.
    let mut existing = look(&disk, &set);
    existing
        .entries
        .insert("object-2.yaml".to_owned(), Entry::Other);
    assert!(plan(&existing, &set, ALL).unwrap_err().0[0].contains("link"));
    let (steps, warnings) = plan(&existing, &wanted(&[1], 1), ALL).unwrap();
    assert!(warnings[0].contains("left alone"), "{warnings:?}");
    assert!(!steps.contains(&Step::Remove("object-2.yaml".to_owned())));
}

#[test]
fn dropping_much_has_to_be_meant() {
    let mut disk = Files::new();
    run(&mut disk, &wanted(&[1, 2, 3, 4, 5], 1), usize::MAX);
    let four = wanted(&[1, 2, 3, 4], 1);
    assert!(plan(&look(&disk, &four), &four, Allow::default()).is_ok());
    let three = wanted(&[1, 2, 3], 1);
    let refused = plan(&look(&disk, &three), &three, Allow::default()).unwrap_err();
    assert!(refused.0[0].contains("2 of 5"), "{refused:?}");
    assert!(refused.0.iter().any(|line| line.contains("object-4.yaml")));
}
