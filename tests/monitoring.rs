//! Rules and dashboards speak of the metrics of one table, by their names and labels, and
//! `docs/metrics.md` is that table. The exporter's tests hold the processes to the page.

#![allow(
    clippy::disallowed_methods,
    clippy::unwrap_used,
    reason = "a test reads files, and may fail by panicking"
)]

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::path::Path;

use kubefunctl::plan::metrics::{self, FAMILIES, Family, Metric};
use kubefunctl::{File, Options, compile};

/// Labels that Prometheus adds by itself.
const ADDED: [&str; 3] = ["namespace", "pod", "le"];

/// Where the page's text ends and the tables begin.
const MARK: &str = "<!-- made by tests/monitoring.rs -->\n";

fn path(of: &str) -> std::path::PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(of)
}

fn rendered(name: &str) -> String {
    let bytes = std::fs::read(path(name)).unwrap();
    let name = name.to_owned();
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
        let labels = labels.filter(|label| !label.is_empty());
        found.push((name.to_owned(), labels.map(str::to_owned).collect()));
    }
    found
}

#[test]
fn every_metric_and_label_is_one_of_the_table() {
    let files = [
        "tests/cases/monitoring.yaml",
        "charts/monitoring/functions.yaml",
    ];
    let text: String = files.into_iter().map(rendered).collect();
    let text = text.replace("\\\"", "\"");
    let found = selectors(&text);
    let names: BTreeSet<_> = found.iter().map(|(name, _)| name.as_str()).collect();
    assert!(names.len() > 14, "{names:?}");
    for (name, labels) in &found {
        let name = name.strip_suffix("_bucket").unwrap_or(name);
        let metric = metrics::find(name);
        let metric = metric.unwrap_or_else(|| panic!("{name} is not in the table"));
        for label in labels {
            let known = metric.labels.contains(&label.as_str()) || ADDED.contains(&label.as_str());
            assert!(known, "{name} has no label {label}");
        }
    }
}

#[test]
fn every_alert_is_on_the_page() {
    let page = std::fs::read_to_string(path("docs/metrics.md")).unwrap();
    let text = rendered("tests/promtool/functions.yaml");
    let alerts = text
        .lines()
        .filter_map(|line| line.trim().split_once("alert: "));
    let alerts: Vec<_> = alerts.map(|(_, name)| name).collect();
    assert!(alerts.len() > 10, "{alerts:?}");
    for name in alerts {
        assert!(
            page.contains(&format!("\n| {name} |")),
            "{name} is not in docs/metrics.md"
        );
    }
}

fn all() -> impl Iterator<Item = &'static Metric> {
    FAMILIES.iter().flat_map(|family| family.metrics)
}

#[test]
fn names_say_what_they_count() {
    let mut seen = BTreeSet::new();
    for metric in all() {
        assert!(seen.insert(metric.name), "{} stands twice", metric.name);
        assert!(metric.help.ends_with('.'), "{}", metric.name);
        let plain = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_';
        assert!(metric.name.bytes().all(plain), "{}", metric.name);
    }
}

fn table(family: &Family, out: &mut String) {
    let processes = family.processes.join(", ");
    let _ = write!(out, "\n## {}\n\nFrom: {processes}.\n\n", family.title);
    out.push_str("| Metric | Type | Labels | Unit | Meaning |\n|---|---|---|---|---|\n");
    for metric in family.metrics {
        let labels: Vec<_> = metric
            .labels
            .iter()
            .map(|label| format!("`{label}`"))
            .collect();
        let _ = writeln!(
            out,
            "| `{}` | {} | {} | {} | {} |",
            metric.name,
            metric.kind.name(),
            labels.join(", "),
            metric.unit(),
            metric.help,
        );
    }
}

#[test]
fn the_page_has_the_table() {
    let path = path("docs/metrics.md");
    let kept = std::fs::read_to_string(&path).unwrap();
    let (text, _) = kept.split_once(MARK).expect("the mark of the tables");
    let mut made = format!("{text}{MARK}");
    FAMILIES.iter().for_each(|family| table(family, &mut made));
    if std::env::var_os("KUBEFUNCS_ACCEPT").is_some() {
        std::fs::write(&path, &made).unwrap();
    }
    assert!(
        std::fs::read_to_string(&path).unwrap() == made,
        "docs/metrics.md is stale: run `KUBEFUNCS_ACCEPT=1 cargo test --test monitoring`"
    );
}
