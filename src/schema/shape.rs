//! The document against its JSON schema, each fault at its place.

mod types;

use std::sync::OnceLock;

use super::fault::{self, Checker, Fault, FaultKind, Segment, Type};
use crate::diag::codes::shape::{
    BAD_FORMAT, BAD_SHAPE, MISSING_KEY, NOT_ONE_OF, NOT_UNIQUE, OUT_OF_RANGE, UNKNOWN_KEY,
};
use crate::diag::{Diagnostic, Report};
use crate::source::{self, Node, Span};

/// Words that people bring from elsewhere, and where their meaning lives here.
const SYNONYMS: [(&str, &str); 9] = [
    ("cmd", "command"),
    ("entrypoint", "command"),
    ("environment", "env"),
    ("healthz", "health"),
    ("maxReplicas", "scaling.max"),
    ("minReplicas", "scaling.min"),
    ("replicas", "scaling.min"),
    ("release", "app"),
    ("queue", "topic"),
];

/// Reports every place where the tree breaks the schema, and returns them.
pub(super) fn check(tree: &Node, report: &mut Report) -> Vec<Fault> {
    if let Err(error) = checker(tree) {
        let message = format!("the schema of functions.yaml is broken: {error}");
        report.push(Diagnostic::at(&BAD_SHAPE, tree.span, message));
    }
    let faults = faults(tree);
    faults
        .iter()
        .map(|fault| diagnostic(fault, tree))
        .for_each(|d| report.push(d));
    faults
}

/// Every place where the tree breaks the schema.
pub(super) fn faults(tree: &Node) -> Vec<Fault> {
    let checker = checker(tree).as_ref().ok();
    checker.map_or_else(Vec::new, |checker| checker.faults(&tree.to_json()))
}

/// The schema, compiled. That of environments is as large as all the rest: a document without any
/// does not wait for it.
fn checker(tree: &Node) -> &'static Result<Checker, String> {
    let environments = tree.get("environments").is_some();
    static WHOLE: OnceLock<Result<Checker, String>> = OnceLock::new();
    static WITHOUT: OnceLock<Result<Checker, String>> = OnceLock::new();
    let cell = if environments { &WHOLE } else { &WITHOUT };
    cell.get_or_init(|| {
        let schema = serde_json::from_str(super::FUNCTIONS_SCHEMA);
        let mut schema: serde_json::Value = schema.map_err(|error| error.to_string())?;
        super::editor::without_hints(&mut schema);
        if !environments {
            schema["properties"]["environments"] = serde_json::json!({});
        }
        Checker::new(schema).map_err(|error| error.to_string())
    })
}

/// The finding for one fault, at its place in the tree.
pub(super) fn diagnostic(fault: &Fault, tree: &Node) -> Diagnostic {
    let path: Vec<source::Segment> = fault.pointer.segments().iter().map(step).collect();
    let (place, _) = tree.nearest(&path);
    let node = place.node;
    let key_or_value = place.span();
    let name = match fault.pointer.segments().last() {
        Some(Segment::Key(key)) => format!("`{key}`"),
        Some(Segment::Index(index)) => format!("entry {}", index + 1),
        None => "the document".to_owned(),
    };
    match &fault.kind {
        FaultKind::UnknownKey { key, .. } if path.is_empty() && is_of_function(key) => {
            let message = format!("`{key}` is not known here");
            Diagnostic::at(&UNKNOWN_KEY, key_span(node, key), message)
                .label("a field of functions")
                .help("write it in a function, or under `defaults` for all of them")
        }
        FaultKind::UnknownKey { key, known } => unknown_key(node, key, known),
        FaultKind::TooNew { key, since } => Diagnostic::at(
            &UNKNOWN_KEY,
            key_span(node, key),
            format!("`{key}` is too new"),
        )
        .label(format!("Kubernetes has it since {since}"))
        .help(format!(
            "if all your clusters have it: `kubeVersion: \"{since}\"`"
        )),
        FaultKind::MissingKey { key } => {
            Diagnostic::at(&MISSING_KEY, key_or_value, format!("`{key}` is missing"))
                .label(format!("has no `{key}`"))
        }
        FaultKind::MissingOneOf { keys } => {
            let keys = quoted(keys);
            Diagnostic::at(
                &MISSING_KEY,
                key_or_value,
                format!("one of {keys} is missing"),
            )
        }
        FaultKind::Exclusive { keys } => {
            let place = keys.last().map_or(key_or_value, |key| key_span(node, key));
            let diagnostic = Diagnostic::at(
                &BAD_SHAPE,
                place,
                format!("only one of {} is possible", quoted(keys)),
            );
            let others = keys.split_last().map_or(&[][..], |(_, others)| others);
            others.iter().fold(diagnostic, |diagnostic, key| {
                diagnostic.related(key_span(node, key), "beside this")
            })
        }
        FaultKind::BadKey { key, why } => {
            let key = key.as_deref().unwrap_or_default();
            Diagnostic::at(&BAD_FORMAT, key_span(node, key), "this name is not valid")
                .label(expectation(why))
        }
        FaultKind::WrongType { expected, found } => {
            let under = match fault.pointer.segments() {
                [.., Segment::Key(key)] => types::Under::Key(key),
                [.., Segment::Key(key), Segment::Index(_)] => types::Under::ListAt(key),
                _ => types::Under::Nothing,
            };
            types::wrong_type(node, (&name, under), expected, *found)
        }
        FaultKind::NotAllowed { value, allowed } => {
            let near = value
                .as_deref()
                .and_then(|value| fault::suggest(value, allowed.iter().map(String::as_str)));
            let diagnostic =
                Diagnostic::at(&NOT_ONE_OF, node.span, format!("{name} cannot be this"))
                    .label(format!("expected {}", quoted(allowed)));
            match near {
                Some(near) => diagnostic.help(format!("did you mean `{near}`?")),
                None => diagnostic,
            }
        }
        FaultKind::TooSmall { .. }
        | FaultKind::TooBig { .. }
        | FaultKind::NotMultiple { .. }
        | FaultKind::TooShort { .. }
        | FaultKind::TooLong { .. } => {
            Diagnostic::at(&OUT_OF_RANGE, node.span, format!("{name} is out of range"))
                .label(expectation(&fault.kind))
        }
        FaultKind::Quantity { suggestion, .. } => {
            let diagnostic =
                Diagnostic::at(&BAD_FORMAT, node.span, format!("{name} is not a quantity"))
                    .label(expectation(&fault.kind));
            match suggestion {
                Some(meant) => diagnostic.help(format!("did you mean `{meant}`?")),
                None => diagnostic,
            }
        }
        FaultKind::Pattern { .. } => Diagnostic::at(
            &BAD_FORMAT,
            node.span,
            format!("{name} does not have the right form"),
        )
        .label(expectation(&fault.kind)),
        FaultKind::NotUnique => {
            Diagnostic::at(&NOT_UNIQUE, node.span, format!("{name} has an entry twice"))
        }
        FaultKind::Duplicate { keys, value, first } => {
            let list = path
                .split_last()
                .map(|(_, parent)| tree.nearest(parent).0.node);
            let twin = list
                .and_then(Node::as_list)
                .and_then(|items| items.get(*first))
                .map(|item| item.span);
            let what = value
                .as_deref()
                .map_or_else(|| keys.join(", "), |v| format!("`{v}`"));
            let diagnostic = Diagnostic::at(&NOT_UNIQUE, node.span, format!("{what} stands twice"));
            match twin {
                Some(span) => diagnostic.related(span, "first here"),
                None => diagnostic,
            }
        }
        _ => Diagnostic::at(
            &BAD_SHAPE,
            node.span,
            format!("{name} is not accepted here"),
        ),
    }
}

/// What a fault wanted, as the words at an underline, or alone where there is no input to show.
#[must_use]
pub fn expectation(kind: &FaultKind) -> String {
    match kind {
        FaultKind::UnknownKey { key, .. } => format!("`{key}` is not known"),
        FaultKind::TooNew { key, since } => format!("`{key}` needs Kubernetes {since}"),
        FaultKind::MissingKey { key } => format!("`{key}` is missing"),
        FaultKind::MissingOneOf { keys } => format!("one of {} is missing", quoted(keys)),
        FaultKind::Exclusive { keys } => format!("only one of {} is possible", quoted(keys)),
        FaultKind::WrongType { expected, found } => {
            format!("expected {}, found {found}", types::types(expected))
        }
        FaultKind::NotAllowed { allowed, .. } => format!("expected {}", quoted(allowed)),
        FaultKind::TooSmall {
            limit,
            exclusive: false,
        } => format!("has to be {limit} at least"),
        FaultKind::TooSmall {
            limit,
            exclusive: true,
        } => format!("has to be above {limit}"),
        FaultKind::TooBig {
            limit,
            exclusive: false,
        } => format!("may be {limit} at most"),
        FaultKind::TooBig {
            limit,
            exclusive: true,
        } => format!("has to be below {limit}"),
        FaultKind::NotMultiple { of } => format!("has to be a multiple of {of}"),
        FaultKind::TooShort { limit, of } => format!("{limit} {} at least", counted(*of)),
        FaultKind::TooLong { limit, of } => format!("{limit} {} at most", counted(*of)),
        FaultKind::Quantity { .. } => "expected a quantity such as 128Mi or 100m".to_owned(),
        FaultKind::Pattern {
            format, pattern, ..
        } => match format.as_deref().and_then(fault::describe) {
            Some(words) => format!("expected {words}"),
            None => format!("has to match `{pattern}`"),
        },
        FaultKind::NotUnique => "has an entry twice".to_owned(),
        FaultKind::Duplicate { keys, value, .. } => {
            let value = value.as_deref().unwrap_or("an entry");
            format!("two entries with the same {}: {value}", keys.join(" and "))
        }
        FaultKind::BadKey { key, why } => {
            format!(
                "the key `{}`: {}",
                key.as_deref().unwrap_or("…"),
                expectation(why)
            )
        }
        _ => "is not accepted".to_owned(),
    }
}

fn unknown_key(node: &Node, key: &str, known: &[String]) -> Diagnostic {
    let diagnostic = Diagnostic::at(
        &UNKNOWN_KEY,
        key_span(node, key),
        format!("`{key}` is not known here"),
    );
    match meant(key, known) {
        Some(near) => diagnostic.help(format!("did you mean `{near}`?")),
        None => diagnostic.help(format!("known here: {}", known.join(", "))),
    }
}

/// What somebody who writes `key` probably means, of the keys that are known.
pub(super) fn meant<'a>(key: &str, known: &'a [String]) -> Option<&'a str> {
    let synonym = SYNONYMS.iter().find(|(word, meant)| {
        let first = meant.split('.').next().unwrap_or(meant);
        word.eq_ignore_ascii_case(key) && known.iter().any(|known| known == first)
    });
    synonym
        .map(|(_, meant)| *meant)
        .or_else(|| fault::suggest(key, known.iter().map(String::as_str)))
}

/// Whether a function has such a key.
fn is_of_function(key: &str) -> bool {
    let schema: serde_json::Value =
        serde_json::from_str(super::FUNCTIONS_SCHEMA).unwrap_or_default();
    let function = &schema["definitions"]["Function"]["properties"];
    function.get(key).is_some()
}

fn key_span(node: &Node, key: &str) -> Span {
    node.entry(key).map_or(node.span, |entry| entry.key_span)
}

fn counted(of: Type) -> &'static str {
    match of {
        Type::List => "entries",
        Type::Mapping => "keys",
        _ => "characters",
    }
}

fn quoted(words: &[String]) -> String {
    let quoted: Vec<_> = words.iter().map(|word| format!("`{word}`")).collect();
    quoted.join(", ")
}

fn step(segment: &Segment) -> source::Segment {
    match segment {
        Segment::Index(index) => source::Segment::Index(*index),
        Segment::Key(key) => source::Segment::Key(key.clone()),
    }
}
