//! The table of failures and numbered tests names only tests that exist, and leaves no number out.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use kubefuncs_testkit::workspace_dir;

/// A row: its number, and its tests as paths below `runtime/` and names of functions.
struct Row {
    number: u32,
    tests: Vec<(String, String)>,
}

/// The rows of the table below a heading.
fn rows(text: &str, heading: &str) -> Vec<Row> {
    let section = text
        .split("\n## ")
        .find(|section| section.starts_with(heading));
    let section = section.unwrap_or_else(|| panic!("no section {heading}"));
    let rows = section.lines().filter_map(|line| {
        let cells: Vec<_> = line.strip_prefix("| ")?.split('|').map(str::trim).collect();
        let number = cells.first()?.parse().ok()?;
        let named = cells
            .last()
            .filter(|cell| !cell.is_empty())
            .or(cells.iter().rev().nth(1))?;
        let tests = named.split('`').filter_map(|part| part.split_once("::"));
        Some(Row {
            number,
            tests: tests
                .map(|(file, name)| (file.to_owned(), name.to_owned()))
                .collect(),
        })
    });
    rows.collect()
}

/// Whether a file below `runtime/` has a test of that name.
fn exists(file: &str, name: &str) -> bool {
    let text = fs::read_to_string(workspace_dir().join("runtime").join(file)).unwrap_or_default();
    let Some(at) = text.find(&format!("fn {name}(")) else {
        return false;
    };
    // Its attributes stand between it and the end of what is before it.
    let before = text[..at].rsplit("\n}").next().unwrap_or_default();
    ["test]", "test(", "proptest!"]
        .iter()
        .any(|mark| before.contains(mark))
        || text.contains("proptest!")
}

#[test]
fn every_number_has_a_test_that_exists() {
    let table = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/README.md");
    let text = fs::read_to_string(table).unwrap();
    for (heading, last) in [("Numbered tests", 53), ("Failures", 33)] {
        let rows = rows(&text, heading);
        let numbers: BTreeSet<u32> = rows.iter().map(|row| row.number).collect();
        assert_eq!(numbers, (1..=last).collect(), "{heading}");
        assert_eq!(rows.len(), numbers.len(), "{heading}: each number once");
        for row in rows {
            assert!(!row.tests.is_empty(), "{heading} {}: no test", row.number);
            for (file, name) in row.tests {
                assert!(
                    exists(&file, &name),
                    "{heading} {}: no {file}::{name}",
                    row.number
                );
            }
        }
    }
}
