//! The registry of codes cannot lie: each wrong example has its finding, each right one renders.

#![allow(
    clippy::disallowed_methods,
    clippy::disallowed_types,
    clippy::unwrap_used,
    reason = "tests read files and clocks, and fail by panicking"
)]

use kubefunctl::diag::{Code, codes};
use kubefunctl::{Compiled, File, Options, compile};

/// Codes whose finding no text can show, and the test that shows it instead.
const SHOWN_ELSEWHERE: [(&str, &str); 11] = [
    (
        "KF0006",
        "tests/cli/streams.rs: an alias bomb, deep nesting",
    ),
    ("KF0007", "tests/cli/streams.rs: bytes that are not UTF-8"),
    ("KF0108", "tests/cases: a rule that no schema states"),
    ("KF0301", "a template of ours that fails is a fault of ours"),
    ("KF0302", "a template of ours that fails is a fault of ours"),
    (
        "KF0303",
        "tests/cases: what only the schema of the object finds",
    ),
    ("KF0304", "every kind that is rendered has a schema"),
    ("KF0407", "tests/several_files.rs: two gateways"),
    ("KF0471", "tests/cases: advice"),
    ("KF0501", "tests/cases: a flag chooses the environment"),
    ("KF0552", "tests/templates.rs: a template of a directory"),
];

fn run(text: &str) -> Compiled {
    let file = File {
        name: "functions.yaml".to_owned(),
        bytes: text.as_bytes().to_vec(),
    };
    compile(vec![file], &Options::default())
}

fn has(compiled: &Compiled, code: &Code) -> bool {
    compiled
        .report
        .diagnostics()
        .iter()
        .any(|diagnostic| diagnostic.code.id == code.id)
}

#[test]
fn the_wrong_example_has_the_finding() {
    for code in codes::all().filter(|code| !code.wrong.is_empty()) {
        let compiled = run(code.wrong);
        assert!(
            has(&compiled, code),
            "{}: {:?}",
            code.id,
            compiled.report.diagnostics()
        );
    }
}

#[test]
fn the_right_example_renders_without_it() {
    for code in codes::all().filter(|code| !code.right.is_empty()) {
        let compiled = run(code.right);
        assert!(!has(&compiled, code), "{}", code.id);
        assert!(
            compiled.objects.is_some(),
            "{}: {:?}",
            code.id,
            compiled.report.diagnostics()
        );
    }
}

#[test]
fn codes_without_example_are_accounted_for() {
    let without: Vec<_> = codes::all()
        .filter(|code| code.wrong.is_empty())
        .map(|code| code.id)
        .collect();
    let named: Vec<_> = SHOWN_ELSEWHERE.iter().map(|(id, _)| *id).collect();
    assert_eq!(without, named);
}
