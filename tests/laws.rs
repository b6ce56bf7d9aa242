//! Laws of the tree: which module may know which, how long a file may be, what the compiler may
//! depend on.

#![allow(
    clippy::disallowed_methods,
    clippy::disallowed_types,
    clippy::unwrap_used,
    reason = "tests read files and clocks, and fail by panicking"
)]

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

/// A module of `src/`, and the modules of `src/` it may name. Data flows one way.
const MAY_IMPORT: [(&str, &[&str]); 17] = [
    ("source", &[]),
    ("diag", &["source"]),
    ("schema", &["source", "diag"]),
    ("templates", &["source", "diag", "schema"]),
    ("resolve", &["source", "diag", "schema", "templates"]),
    ("plan", &["source", "diag", "resolve"]),
    ("render", &["diag", "plan"]),
    (
        "manifest",
        &["source", "diag", "schema", "templates", "plan"],
    ),
    ("diff", &["source", "manifest", "parallel"]),
    ("graph", &["resolve"]),
    ("local", &["resolve", "plan"]),
    ("import", &["source", "schema"]),
    (
        "cli",
        &[
            "source",
            "diag",
            "diff",
            "schema",
            "plan",
            "manifest",
            "render",
            "graph",
            "import",
            "templates",
            "Compiled",
            "File",
            "Options",
            "compile",
            "check",
        ],
    ),
    (
        "check",
        &[
            "source", "diag", "schema", "Compiled", "File", "Options", "compile",
        ],
    ),
    (
        "lib",
        &[
            "source", "diag", "schema", "resolve", "plan", "render", "manifest",
        ],
    ),
    ("main", &[]),
    ("parallel", &[]),
];

/// The longest file, in lines.
const LONGEST: usize = 400;

/// Crates outside that only one place may name.
const ONLY_IN: [(&str, &str); 7] = [
    ("granit_parser", "src/source/yaml.rs"),
    ("jsonschema", "src/schema/fault/"),
    ("minijinja", "src/render/engine.rs"),
    ("annotate_snippets", "src/diag/human.rs"),
    ("serde_yaml", "src/manifest/parse.rs"),
    ("clap", "src/cli/"),
    ("similar", "src/diff/show/lines.rs"),
];

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

/// The Rust files below `folder`, with their paths from the root.
fn rust_files(folder: &str) -> Vec<(String, String)> {
    walkdir::WalkDir::new(root().join(folder))
        .sort_by_file_name()
        .into_iter()
        .map(|entry| entry.unwrap())
        .filter(|entry| {
            entry
                .path()
                .extension()
                .is_some_and(|ending| ending == "rs")
        })
        .map(|entry| {
            let path = entry
                .path()
                .strip_prefix(root())
                .unwrap()
                .to_str()
                .unwrap()
                .to_owned();
            (path, std::fs::read_to_string(entry.path()).unwrap())
        })
        .collect()
}

/// What follows `crate::` in the code of a file.
fn named(text: &str) -> BTreeSet<&str> {
    let code = text
        .lines()
        .filter(|line| !line.trim_start().starts_with("//"));
    code.flat_map(|line| {
        line.match_indices("crate::")
            .map(move |(at, _)| &line[at + 7..])
    })
    .map(|rest| {
        rest.split(|c: char| !c.is_alphanumeric() && c != '_')
            .next()
            .unwrap_or("")
    })
    .filter(|name| !name.is_empty())
    .collect()
}

#[test]
fn modules_know_only_those_before_them() {
    for (path, text) in rust_files("src") {
        let inner = path.strip_prefix("src/").unwrap();
        let module = inner.split(['/', '.']).next().unwrap();
        let row = MAY_IMPORT.iter().find(|(name, _)| *name == module);
        let (_, allowed) = row.unwrap_or_else(|| panic!("{path} is in no module of the table"));
        for name in named(&text).into_iter().filter(|name| *name != module) {
            assert!(allowed.contains(&name), "{path} names crate::{name}");
        }
    }
}

#[test]
fn each_crate_outside_has_one_place() {
    for (path, text) in rust_files("src") {
        if path.contains("/tests") {
            continue;
        }
        for (outside, place) in ONLY_IN {
            let names_it = text.contains(&format!("{outside}::"));
            assert!(
                !names_it || path.starts_with(place),
                "{path} names {outside}"
            );
        }
    }
}

#[test]
fn files_are_short() {
    for folder in ["src", "tests", "runtime"] {
        for (path, text) in rust_files(folder) {
            let lines = text.lines().count();
            let generated = text.contains("@generated");
            assert!(
                lines <= LONGEST || generated,
                "{path} has {lines} lines, {LONGEST} at most"
            );
        }
    }
}

/// No network, no clock, no cluster in what the compiler is built of.
#[test]
fn the_compiler_depends_on_no_network() {
    let cargo = std::env::var("CARGO").unwrap_or_else(|_| "cargo".to_owned());
    let args = [
        "tree",
        "--package",
        "kubefunctl",
        "--edges",
        "normal,build",
        "--prefix",
        "none",
    ];
    let output = std::process::Command::new(cargo)
        .args(args)
        .arg("--offline")
        .current_dir(root())
        .output()
        .unwrap();
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    let tree = String::from_utf8(output.stdout).unwrap();
    let names: BTreeSet<_> = tree
        .lines()
        .filter_map(|line| line.split(' ').next())
        .collect();
    assert!(
        names.contains("kubefunctl") && names.contains("minijinja"),
        "{tree}"
    );
    for banned in [
        "tokio",
        "hyper",
        "reqwest",
        "rustls",
        "mio",
        "socket2",
        "k8s-openapi",
        "kube",
        "kubefuncs",
    ] {
        assert!(!names.contains(banned), "the compiler depends on {banned}");
    }
}

/// Every template's name ends as the engine expects, and every kind has one.
#[test]
fn every_kind_has_a_template() {
    for kind in kubefunctl::plan::KINDS {
        let path = Path::new("templates").join(kind.template);
        assert!(root().join(&path).is_file(), "{path:?}");
        let bundle = kubefunctl::schema::kinds::bundle(kubefunctl::schema::kinds::OLDEST).unwrap();
        assert!(
            bundle.kind(kind.api_version, kind.kind).is_some(),
            "{} has no schema",
            kind.kind
        );
    }
}

/// A folder of `runtime/`, and the crates of ours that what it ships may use. One way up, and the
/// two halves meet in `dev` alone. What only tests use is not held to it.
const RUNTIME_MAY_USE: [(&str, &[&str]); 14] = [
    ("proto", &[]),
    ("messages", &[]),
    ("nsq", &["kubefuncs-nsq-proto"]),
    ("client", &["kubefuncs-messages", "kubefuncs-nsq"]),
    ("broker", &["kubefuncs-nsq-proto"]),
    ("gateway", &["kubefuncs"]),
    ("exporter", &["kubefuncs"]),
    ("example", &["kubefuncs"]),
    ("cli", &["kubefuncs", "kubefuncs-nsq"]),
    (
        "dev",
        &[
            "kubefunctl",
            "kubefuncs",
            "kubefuncs-broker",
            "kubefuncs-gateway",
        ],
    ),
    ("testkit", &[]),
    // Made of tests.
    ("bench", RUNTIME),
    // What it knows of the protocol it knows by itself: shared code would share its mistakes. Only
    // compression, which is of the bytes below it, is not written twice.
    (
        "conformance",
        &[
            "kubefuncs-broker",
            "kubefuncs-nsq-proto",
            "kubefuncs-testkit",
        ],
    ),
    ("e2e", RUNTIME),
];

/// All crates of the runtime that are libraries.
const RUNTIME: &[&str] = &[
    "kubefuncs",
    "kubefuncs-broker",
    "kubefuncs-messages",
    "kubefuncs-nsq",
    "kubefuncs-nsq-proto",
    "kubefuncs-testkit",
];

#[test]
fn crates_of_the_runtime_know_only_those_below_them() {
    let folders = std::fs::read_dir(root().join("runtime")).unwrap();
    let folders = folders.map(|entry| entry.unwrap().path());
    for folder in folders.filter(|folder| folder.join("Cargo.toml").is_file()) {
        let name = folder.file_name().unwrap().to_str().unwrap();
        let row = RUNTIME_MAY_USE.iter().find(|(folder, _)| *folder == name);
        let (_, allowed) = row.unwrap_or_else(|| panic!("runtime/{name} is not in the table"));
        let manifest = std::fs::read_to_string(folder.join("Cargo.toml")).unwrap();
        let sections = manifest.split("\n[").skip(1);
        for section in sections {
            let (head, lines) = section.split_once(']').unwrap();
            let used = lines
                .lines()
                .map(|line| line.split(['.', ' ', '=']).next().unwrap_or_default())
                .filter(|used| used.starts_with("kubefunc"));
            for used in used {
                assert!(
                    used != "kubefunctl" || name == "dev",
                    "runtime/{name} uses the compiler"
                );
                assert!(
                    head == "dev-dependencies" || allowed.contains(&used),
                    "runtime/{name} may not use {used}"
                );
            }
        }
    }
}
