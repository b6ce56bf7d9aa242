//! Pairs of manifests, and what is said of them.
//!
//! Each folder below `tests/diff` is a pair and is called for the class of its gravest change:
//! `restart_args` is to be a `restart`. What is shown of it, as text, as Markdown and as JSON,
//! stands in `shown.txt` beside it; `KUBEFUNCS_ACCEPT=1` writes that file.

#![allow(
    clippy::disallowed_methods,
    clippy::unwrap_used,
    reason = "tests read files, and fail by panicking"
)]

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use kubefunctl::diff::{
    Class, Diff, Options, Section, Set, diff, json, markdown, read, text, unified,
};

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/diff")
}

/// The names of the pairs.
fn pairs() -> Vec<String> {
    let entries = std::fs::read_dir(folder()).unwrap();
    let mut names: Vec<_> = entries
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    names.sort();
    names
}

fn set(name: &str, file: &str) -> Set {
    let bytes = std::fs::read(folder().join(name).join(file)).unwrap();
    let mut set = Set::default();
    read(file, bytes, &mut set).unwrap_or_else(|error| panic!("{name}: {error}"));
    set
}

fn compare(name: &str) -> Diff {
    diff(&set(name, "old.yaml"), &set(name, "new.yaml"))
}

/// The class that a pair is called for.
fn class(name: &str) -> Class {
    let named = |class: &&Class| name.starts_with(&format!("{}_", class.name().replace('-', "_")));
    let class = Class::ALL.iter().find(named);
    *class.unwrap_or_else(|| panic!("{name} is called for no class"))
}

fn sections(diff: Diff) -> Vec<Section> {
    let title = String::new();
    vec![Section { title, diff }]
}

#[test]
fn what_is_shown_of_each_pair() {
    let accept = std::env::var_os("KUBEFUNCS_ACCEPT").is_some();
    let mut wrong = Vec::new();
    for name in pairs() {
        let sections = sections(compare(&name));
        let shown = format!(
            "{}\n=== markdown\n{}\n=== json\n{}",
            text(&sections, Options::default()),
            markdown(&sections, Options::default()),
            json(&sections)
        );
        let place = folder().join(&name).join("shown.txt");
        if accept {
            std::fs::write(&place, &shown).unwrap();
        }
        let known = std::fs::read_to_string(&place).unwrap_or_default();
        if known != shown {
            wrong.push(format!("{name}:\n{shown}"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn each_pair_is_of_the_class_it_is_called_for() {
    let mut wrong = Vec::new();
    let mut count: BTreeMap<Class, usize> = BTreeMap::new();
    for name in pairs() {
        let diff = compare(&name);
        let worst = diff.classes().worst();
        *count.entry(class(&name)).or_default() += 1;
        if worst != class(&name) || diff.is_empty() != (worst == Class::Noop) {
            wrong.push(format!("{name} is {worst}"));
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
    assert!(count.values().sum::<usize>() >= 80, "{count:?}");
    for class in Class::ALL {
        assert!(
            count.get(&class).is_some_and(|count| *count >= 4),
            "{class}: {count:?}"
        );
    }
}

#[test]
fn backwards_the_same_paths_differ() {
    for name in pairs() {
        let (old, new) = (set(&name, "old.yaml"), set(&name, "new.yaml"));
        let there = paths(&diff(&old, &new), false);
        let back = paths(&diff(&new, &old), true);
        assert_eq!(there, back, "{name}");
    }
}

/// All that differs, as text; `swapped` exchanges old and new.
fn paths(diff: &Diff, swapped: bool) -> Vec<String> {
    let mut all = Vec::new();
    for object in &diff.objects {
        all.push(format!(
            "{} {}",
            object.identity,
            object.old.is_some() && object.new.is_some()
        ));
        for change in &object.changes {
            let (old, new) = match swapped {
                true => (&change.new, &change.old),
                false => (&change.old, &change.new),
            };
            all.push(format!(
                "{} {} {old:?} {new:?}",
                object.identity,
                change.pointer()
            ));
        }
    }
    all.sort();
    all
}

#[test]
fn nothing_of_a_secret_is_shown() {
    let sections = sections(compare("security_secret_value"));
    let options = Options {
        context: Some(99),
        colour: false,
    };
    let all = [
        text(&sections, options),
        markdown(&sections, options),
        json(&sections),
        unified(&sections, options),
        kubefunctl::diff::github(&sections),
    ];
    for shown in all {
        assert!(shown.contains("password"), "{shown}");
        for secret in ["aHVudGVy", "hunter", "c2hvcA", "YQ=="] {
            assert!(!shown.contains(secret), "{shown}");
        }
    }
}

#[test]
fn what_means_the_same_is_no_change_of_a_whole_object_either() {
    let shown = unified(
        &sections(compare("restart_beside_quantities")),
        Options::default(),
    );
    let lines = shown.lines().filter(|line| line.starts_with(['-', '+']));
    // The first two name the object.
    let lines: Vec<_> = lines.skip(2).collect();
    assert_eq!(
        lines,
        ["-        image: acme/web:1", "+        image: acme/web:2"],
        "{shown}"
    );
}
