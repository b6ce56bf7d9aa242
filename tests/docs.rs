//! Pages of the documentation that are made from the code.

#![allow(
    clippy::disallowed_methods,
    clippy::unwrap_used,
    reason = "tests read files, and fail by panicking"
)]

use std::fmt::Write as _;
use std::path::Path;

use kubefunctl::diag::{Code, codes};

/// The families of codes, by the digits that begin them.
const FAMILIES: [(&str, &str); 6] = [
    ("KF00", "The file cannot be read as one document"),
    (
        "KF01",
        "The document does not have the form of a functions.yaml",
    ),
    ("KF02", "It is well formed, but cannot mean what it says"),
    (
        "KF03",
        "An object that was rendered is not one Kubernetes would take",
    ),
    ("KF04", "How functions run, are reached and reach others"),
    (
        "KF05",
        "What varies: environments, patches, templates and versions of Kubernetes",
    ),
];

fn page() -> String {
    let mut out = String::from(
        "# Codes\n\nEvery finding of `kubefunctl check`, as `kubefunctl explain CODE` has it. Each \
         example is run by a test: the wrong one has the finding, the right one renders.\n\n\
         | Code | | |\n|---|---|---|\n",
    );
    for code in codes::all() {
        let (id, severity) = (code.id, code.severity.name());
        let _ = writeln!(
            out,
            "| [{id}](#{}) | {severity} | {} |",
            id.to_lowercase(),
            code.title
        );
    }
    let mut family = "";
    for code in codes::all() {
        let (digits, title) = FAMILIES
            .iter()
            .find(|(digits, _)| code.id.starts_with(digits))
            .unwrap_or_else(|| panic!("{} is of no family", code.id));
        if *digits != family {
            let _ = write!(out, "\n## {title}\n");
        }
        family = digits;
        section(code, &mut out);
    }
    out
}

fn section(code: &Code, out: &mut String) {
    let severity = code.severity.name();
    let _ = write!(
        out,
        "\n### {}\n\n**{}** ({severity}). {}\n",
        code.id, code.title, code.explanation
    );
    for (title, example) in [("Wrong", code.wrong), ("Right", code.right)] {
        if !example.is_empty() {
            let _ = write!(out, "\n{title}:\n\n```yaml\n{example}```\n");
        }
    }
}

#[test]
fn the_page_of_codes_is_fresh() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/codes.md");
    let made = page();
    if std::env::var_os("KUBEFUNCS_ACCEPT").is_some() {
        std::fs::write(&path, &made).unwrap();
    }
    let kept = std::fs::read_to_string(&path).unwrap_or_default();
    assert!(
        kept == made,
        "{} is stale: run `KUBEFUNCS_ACCEPT=1 cargo test --test docs`",
        path.display()
    );
}
