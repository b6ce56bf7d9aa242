//! Prometheus' text format 0.0.4, read strictly.

use std::collections::{BTreeMap, BTreeSet};

/// The labels of a series.
pub(crate) type Labels = BTreeMap<String, String>;

/// A metric with all its series.
#[derive(Debug, Default)]
pub(crate) struct Family {
    /// `counter`, `gauge` or `histogram`.
    pub(crate) kind: String,
    /// Of a histogram those of its `_count`.
    pub(crate) series: Vec<(Labels, f64)>,
}

/// All metrics of a page, by name.
pub(crate) type Page = BTreeMap<String, Family>;

/// Reads a page.
///
/// # Panics
/// Where it is not what the format asks for: a series without its type, twice, or with an odd name
/// or number.
pub(crate) fn read(text: &str) -> Page {
    assert!(text.ends_with('\n'), "the last line has no end");
    let mut page = Page::new();
    let mut seen = BTreeSet::new();
    let mut current = String::new();
    for line in text.lines() {
        if let Some(rest) = line.strip_prefix("# TYPE ") {
            let (name, kind) = rest.split_once(' ').unwrap();
            assert!(["counter", "gauge", "histogram"].contains(&kind), "{line}");
            let family = Family {
                kind: kind.to_owned(),
                ..Family::default()
            };
            assert!(
                page.insert(name.to_owned(), family).is_none(),
                "twice: {line}"
            );
            current = name.to_owned();
        } else if line.starts_with("# HELP ") {
            assert!(line.split(' ').count() > 3, "no help: {line}");
        } else {
            let (name, labels, value) = sample(line);
            assert!(seen.insert((name.clone(), labels.clone())), "twice: {line}");
            let family = page
                .get_mut(&current)
                .unwrap_or_else(|| panic!("no type: {line}"));
            let part = name.strip_prefix(current.as_str());
            let part = part.unwrap_or_else(|| panic!("outside of its family: {line}"));
            match (family.kind.as_str(), part) {
                ("histogram", "_bucket") => assert!(labels.contains_key("le"), "{line}"),
                ("histogram", "_sum") => {}
                ("histogram", "_count") | ("counter" | "gauge", "") => {
                    assert!(
                        value.is_finite() && (family.kind == "gauge" || value >= 0.0),
                        "{line}"
                    );
                    family.series.push((labels, value));
                }
                _ => panic!("not of a {}: {line}", family.kind),
            }
        }
    }
    for (name, family) in &page {
        assert!(!family.series.is_empty(), "{name} has no series");
    }
    page
}

/// `name{label="value",…} number`
fn sample(line: &str) -> (String, Labels, f64) {
    let end = line
        .find(['{', ' '])
        .unwrap_or_else(|| panic!("no sample: {line}"));
    let name = &line[..end];
    let plain = |c: char| c.is_ascii_alphanumeric() || c == '_' || c == ':';
    assert!(
        name.starts_with(|c: char| !c.is_ascii_digit()) && name.chars().all(plain),
        "{line}"
    );
    let (labels, rest) = match line[end..].strip_prefix('{') {
        Some(inside) => labels(inside),
        None => (Labels::new(), &line[end..]),
    };
    let value = rest
        .strip_prefix(' ')
        .unwrap_or_else(|| panic!("no value: {line}"));
    let value = value
        .parse()
        .unwrap_or_else(|_| panic!("no number: {line}"));
    (name.to_owned(), labels, value)
}

fn labels(mut rest: &str) -> (Labels, &str) {
    let mut labels = Labels::new();
    loop {
        let (name, quoted) = rest
            .split_once("=\"")
            .unwrap_or_else(|| panic!("no label: {rest}"));
        assert!(
            name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_'),
            "{name}"
        );
        let (mut value, mut chars) = (String::new(), quoted.char_indices());
        let end = loop {
            match chars.next().unwrap() {
                (at, '"') => break at,
                (_, '\\') => value.push(match chars.next().unwrap().1 {
                    'n' => '\n',
                    escaped @ ('\\' | '"') => escaped,
                    other => panic!("escaped {other}"),
                }),
                (_, plain) => value.push(plain),
            }
        };
        assert!(
            labels.insert(name.to_owned(), value).is_none(),
            "{name} twice"
        );
        rest = &quoted[end + 1..];
        match rest.strip_prefix(',') {
            Some(more) => rest = more,
            None => return (labels, rest.strip_prefix('}').unwrap()),
        }
    }
}

/// Labels of a few pairs.
pub(crate) fn of(pairs: &[(&str, &str)]) -> Labels {
    let pairs = pairs
        .iter()
        .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
    pairs.collect()
}

/// The value of the one series that has all these labels.
pub(crate) fn value(page: &Page, name: &str, wanted: &[(&str, &str)]) -> Option<f64> {
    let series = &page.get(name)?.series;
    let has = |labels: &Labels| {
        of(wanted)
            .iter()
            .all(|(name, value)| labels.get(name) == Some(value))
    };
    let mut found = series.iter().filter(|(labels, _)| has(labels));
    let (first, None) = (found.next()?, found.next()) else {
        panic!("{name}{wanted:?} is more than one series");
    };
    Some(first.1)
}

#[test]
fn the_reader_takes_what_is_right_and_nothing_else() {
    let page = read("# HELP a is a\n# TYPE a gauge\na{x=\"1\\\"\\n\",y=\"\"} -2\na 3e9\n");
    assert_eq!(value(&page, "a", &[("x", "1\"\n")]), Some(-2.0));
    let odd = [
        "a 1\n",
        "# TYPE a gauge\na 1\na 1\n",
        "# TYPE a gauge\na x\n",
        "# TYPE a gauge\n",
        "# TYPE a counter\na -1\n",
        "# TYPE a gauge\na{x=1} 1\n",
        "# TYPE a gauge\nb 1\n",
        "# TYPE a gauge\na 1",
    ];
    for text in odd {
        assert!(std::panic::catch_unwind(|| read(text)).is_err(), "{text}");
    }
}
