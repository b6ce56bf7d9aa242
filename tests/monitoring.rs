//! Rules and dashboards speak of the metrics of one table, by their names and labels.

#![allow(
    clippy::disallowed_methods,
    clippy::unwrap_used,
    reason = "a test reads files, and may fail by panicking"
)]

use std::collections::BTreeSet;
use std::path::Path;

use kubefunctl::plan::metrics;
use kubefunctl::{File, Options, compile};

/// Labels that Prometheus adds by itself.
const ADDED: [&str; 2] = ["namespace", "pod"];

fn rendered() -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/cases/monitoring.yaml");
    let name = "monitoring.yaml".to_owned();
    let bytes = std::fs::read(path).unwrap();
    let compiled = compile(vec![File { name, bytes }], &Options::default());
    compiled.yaml().unwrap()
}

/// Every selector in a text, `name{labels}`: the name, and the names of the labels.
fn selectors(text: &str) -> Vec<(String, Vec<String>)> {
    let word = |c: char| c.is_ascii_alphanumeric() || c == '_';
    let mut found = Vec::new();
    for (at, _) in text.match_indices('{') {
        let name = text[..at].rsplit(|c| !word(c)).next().unwrap();
        if !name.starts_with("kubefuncs_") && !name.starts_with("nsq_") {
            continue;
        }
        let inside = text[at + 1..].split('}').next().unwrap();
        let labels = inside
            .split(',')
            .map(|pair| pair.split(['=', '!']).next().unwrap());
        found.push((name.to_owned(), labels.map(str::to_owned).collect()));
    }
    found
}

#[test]
fn every_metric_and_label_is_one_of_the_table() {
    let text = rendered().replace("\\\"", "\"");
    let found = selectors(&text);
    let names: BTreeSet<_> = found.iter().map(|(name, _)| name.as_str()).collect();
    assert!(names.len() > 7, "{names:?}");
    for (name, labels) in &found {
        let name = name.strip_suffix("_bucket").unwrap_or(name);
        let metric = metrics::ALL.iter().find(|metric| metric.name == name);
        let metric = metric.unwrap_or_else(|| panic!("{name} is not in the table"));
        for label in labels {
            let known = metric.labels.contains(&label.as_str()) || ADDED.contains(&label.as_str());
            assert!(known, "{name} has no label {label}");
        }
    }
}

#[test]
fn names_say_what_they_count() {
    let mut seen = BTreeSet::new();
    for metric in metrics::ALL {
        assert!(seen.insert(metric.name), "{} stands twice", metric.name);
        assert!(!metric.help.is_empty());
        let plain = |b: u8| b.is_ascii_lowercase() || b == b'_';
        assert!(metric.name.bytes().all(plain), "{}", metric.name);
    }
}
