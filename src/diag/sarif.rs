//! Findings as SARIF 2.1.0, the form in which code-scanning services take them
//! (<https://docs.oasis-open.org/sarif/sarif/v2.1.0/>).

use serde_json::{Value, json};

use super::excerpt::Excerpt;
use super::mask::Mask;
use super::place::Place;
use super::{Code, Diagnostic, Label, Report, SHOWN};
use crate::source::{Sources, Span};

const SCHEMA: &str = "https://json.schemastore.org/sarif-2.1.0.json";

/// The report as one SARIF log with a line break at its end. Only the rules that were broken are
/// described.
#[must_use]
pub fn render_sarif(report: &Report, sources: &Sources) -> String {
    let mask = Mask::new(report, sources);
    let all = report.diagnostics();
    let shown = &all[..all.len().min(SHOWN)];
    let mut rules: Vec<&'static Code> = shown.iter().map(|diagnostic| diagnostic.code).collect();
    rules.sort_by_key(|code| code.id);
    rules.dedup();
    let results: Vec<Value> = shown
        .iter()
        .map(|diagnostic| result(diagnostic, &rules, sources, &mask))
        .collect();
    let hidden = all.len().saturating_sub(SHOWN);
    let mut invocation = json!({"executionSuccessful": true});
    if hidden > 0 {
        let text = format!("{hidden} more findings are not shown");
        invocation["toolExecutionNotifications"] =
            json!([{"level": "note", "message": {"text": text}}]);
    }
    let log = json!({
        "$schema": SCHEMA,
        "version": "2.1.0",
        "runs": [{
            "tool": {"driver": {
                "name": "kubefunctl",
                "semanticVersion": env!("CARGO_PKG_VERSION"),
                "rules": rules.iter().map(|code| rule(code)).collect::<Vec<_>>(),
            }},
            "columnKind": "unicodeCodePoints",
            "invocations": [invocation],
            "results": results,
        }],
    });
    serde_json::to_string_pretty(&log).unwrap_or_default() + "\n"
}

fn rule(code: &Code) -> Value {
    json!({
        "id": code.id,
        "shortDescription": {"text": code.title},
        "fullDescription": {"text": code.explanation},
        "defaultConfiguration": {"level": code.severity.name()},
    })
}

fn result(
    diagnostic: &Diagnostic,
    rules: &[&'static Code],
    sources: &Sources,
    mask: &Mask<'_>,
) -> Value {
    let words = |text: &str| mask.words(diagnostic, text).into_owned();
    let mut text = words(&diagnostic.message);
    for help in &diagnostic.help {
        text.push_str("\nhelp: ");
        text.push_str(&words(help));
    }
    let location = |label: &Label| {
        let mut location = physical(label.span, sources, mask);
        if !label.text.is_empty() {
            location["message"] = json!({"text": words(&label.text)});
        }
        location
    };
    // A service refuses a result without a place: what is about the whole is at its beginning.
    let whole = || {
        let first = sources.iter().next();
        first.map(|(file, _)| physical(Span::new(file, 0, 0), sources, mask))
    };
    let primary = diagnostic.primary.as_ref().map(location).or_else(whole);
    let mut result = json!({
        "ruleId": diagnostic.code.id,
        "ruleIndex": rules.iter().position(|code| code.id == diagnostic.code.id),
        "level": diagnostic.code.severity.name(),
        "message": {"text": text},
        "locations": primary.into_iter().collect::<Vec<_>>(),
    });
    let related = diagnostic.related.iter().enumerate().map(|(index, label)| {
        let mut location = location(label);
        location["id"] = json!(index);
        location
    });
    let related: Vec<Value> = related.collect();
    if !related.is_empty() {
        result["relatedLocations"] = related.into();
    }
    result
}

fn physical(span: Span, sources: &Sources, mask: &Mask<'_>) -> Value {
    let place = Place::of(span, sources);
    let (start_line, start_column) = place.start;
    let (end_line, end_column) = place.visible_end();
    json!({"physicalLocation": {
        "artifactLocation": {"uri": uri(place.file)},
        "region": {
            "startLine": start_line,
            "startColumn": start_column,
            "endLine": end_line,
            "endColumn": end_column,
            "snippet": {"text": Excerpt::new(span, sources, mask).text},
        },
    }})
}

/// A path as a URI reference (RFC 3986): relative as it is, absolute with a scheme.
fn uri(path: &str) -> String {
    let path = path.replace('\\', "/");
    let mut out = String::new();
    if path.starts_with('/') {
        out.push_str("file://");
    }
    for byte in path.trim_start_matches("./").bytes() {
        match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' | b'/' => {
                out.push(char::from(byte));
            }
            other => out.push_str(&format!("%{other:02X}")),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::uri;

    #[test]
    fn paths_become_references() {
        assert_eq!(uri("./a/functions.yaml"), "a/functions.yaml");
        assert_eq!(uri("/srv/a b.yaml"), "file:///srv/a%20b.yaml");
        assert_eq!(uri("<stdin>"), "%3Cstdin%3E");
        assert_eq!(uri("a:b%ü.yaml"), "a%3Ab%25%C3%BC.yaml");
    }
}
