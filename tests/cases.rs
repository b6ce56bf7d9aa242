//! Whole-program cases: every file in `tests/cases` and what comes of it.
//!
//! A file is rendered with the flags of its `# flags:` line, if it has one. What is kept is all
//! that a user would see: the findings, then the manifests. Files called `err_…` must not render,
//! the others must.

#![allow(
    clippy::disallowed_methods,
    clippy::disallowed_types,
    clippy::unwrap_used,
    reason = "tests read files and clocks, and fail by panicking"
)]

use std::path::Path;

use kubefunctl::diag::{Style, render_human};
use kubefunctl::{Compiled, File, Options, compile};

#[test]
fn cases() {
    insta::glob!("cases/*.yaml", |path| {
        let name = path.file_name().and_then(|name| name.to_str()).unwrap();
        let compiled = run(path, name);
        assert_eq!(
            compiled.objects.is_none(),
            name.starts_with("err_"),
            "whether it renders: {}",
            findings(&compiled)
        );
        let seen = format!(
            "{}{}",
            findings(&compiled),
            compiled.yaml().unwrap_or_default()
        );
        insta::with_settings!({omit_expression => true, prepend_module_to_snapshot => false}, {
            insta::assert_snapshot!(seen);
        });
    });
}

fn run(path: &Path, name: &str) -> Compiled {
    let bytes = std::fs::read(path).unwrap();
    let options = options(&String::from_utf8_lossy(&bytes));
    compile(
        vec![File {
            name: name.to_owned(),
            bytes,
        }],
        &options,
    )
}

fn findings(compiled: &Compiled) -> String {
    render_human(&compiled.report, &compiled.sources, Style::Plain)
}

/// The settings of a line such as `# flags: --release demo --image acme/x:1`.
fn options(text: &str) -> Options {
    let mut options = Options::default();
    let line = text
        .lines()
        .find_map(|line| line.strip_prefix("# flags:"))
        .unwrap_or_default();
    let words: Vec<_> = line.split_whitespace().collect();
    for pair in words.chunks(2) {
        let value = pair[1].to_owned();
        match (pair[0], value.split_once('=')) {
            ("--advice", _) => options.advice = value == "yes",
            ("--env", _) => options.env = Some(value),
            ("--release", _) => options.release = Some(value),
            ("--namespace", _) => options.namespace = Some(value),
            ("--image", Some((name, image))) => {
                options.images.insert(name.to_owned(), image.to_owned());
            }
            ("--image", None) => options.image = Some(value),
            (flag, _) => panic!("no such flag in a case: {flag}"),
        }
    }
    options
}
