//! `environments`: what differs in one of them, merged over the rest of the document.

mod forms;
mod merge;
mod place;

pub(super) use merge::{REMOVED, merge, sweep};
pub(super) use place::Place;

use std::collections::BTreeSet;

use super::fault::suggest;
use crate::diag::codes::variation::{
    ALMOST_KNOWN, ENVIRONMENT_OPEN, UNKNOWN_ENVIRONMENT, UNKNOWN_FUNCTION,
};
use crate::diag::{Diagnostic, Report, SHOWN};
use crate::source::{Entry, Node, NodeValue, Span};

/// Where they are written.
const KEY: &str = "environments";

/// What makes an entry a function of its own rather than a change of one: it says what runs, or
/// what it is fed.
const MAKES_NEW: [&str; 4] = ["image", "command", "args", "topic"];

/// The environments of a document, by name.
pub(super) fn environments(tree: &Node) -> &[Entry] {
    tree.get(KEY).and_then(Node::as_map).unwrap_or_default()
}

/// The same, to be changed.
pub(super) fn environments_mut(tree: &mut Node) -> &mut [Entry] {
    let NodeValue::Map(entries) = &mut tree.value else {
        return &mut [];
    };
    match entries.iter_mut().find(|entry| entry.key == KEY) {
        Some(Entry {
            value:
                Node {
                    value: NodeValue::Map(environments),
                    ..
                },
            ..
        }) => environments,
        _ => &mut [],
    }
}

/// Reports an environment that is asked for and not there. A document without environments is the
/// same in all of them; among several documents one has to have it.
pub(super) fn choose(trees: &[Node], chosen: Option<&str>, report: &mut Report) {
    let Some(chosen) = chosen else {
        let open = trees.iter().filter(|tree| !environments(tree).is_empty());
        for entry in open.filter_map(|tree| tree.entry(KEY)) {
            report.push(
                Diagnostic::at(&ENVIRONMENT_OPEN, entry.key_span, "none of these is chosen").help(
                    format!("to choose one: `--env {}`", names(&entry.value).join("|")),
                ),
            );
        }
        return;
    };
    let mut found = false;
    for entry in trees.iter().filter_map(|tree| tree.entry(KEY)) {
        let names = names(&entry.value);
        found = true;
        if !names.contains(&chosen) {
            report.push(unknown(chosen, &names, Some(entry.key_span)));
        }
    }
    if !found {
        report.push(unknown(chosen, &[], None));
    }
}

fn names(environments: &Node) -> Vec<&str> {
    let entries = environments.as_map().unwrap_or_default();
    entries.iter().map(|entry| entry.key.as_str()).collect()
}

fn unknown(chosen: &str, names: &[&str], span: Option<Span>) -> Diagnostic {
    let message = format!("there is no environment `{}`", chosen.escape_debug());
    let diagnostic = match span {
        Some(span) => Diagnostic::at(&UNKNOWN_ENVIRONMENT, span, message),
        None => Diagnostic::global(&UNKNOWN_ENVIRONMENT, message),
    };
    match suggest(chosen, names.iter().copied()) {
        Some(near) => diagnostic.help(format!("did you mean `--env {near}`?")),
        None if names.is_empty() => diagnostic.help("no file has `environments`"),
        None => diagnostic.help(format!("there are: {}", names.join(", "))),
    }
}

/// Reports every entry for a function that is not there, in all environments.
pub(super) fn check(tree: &Node, report: &mut Report) {
    let known: BTreeSet<&str> = functions(tree).iter().filter_map(name).collect();
    let mut told = 0;
    for environment in environments(tree) {
        for function in functions(&environment.value) {
            let Some(called) = function.get("name").filter(|_| name(function).is_some()) else {
                continue;
            };
            let called_name = name(function).unwrap_or_default();
            if known.contains(called_name) {
                continue;
            }
            // Beyond what is shown nobody reads a suggestion, and each costs a look at all names.
            told += 1;
            let near = (told <= SHOWN).then(|| suggest(called_name, known.iter().copied()));
            let near = near.flatten();
            let new = MAKES_NEW.iter().any(|key| function.get(key).is_some());
            let code = match (new, near) {
                (true, None) => continue,
                (true, Some(_)) => &ALMOST_KNOWN,
                (false, _) => &UNKNOWN_FUNCTION,
            };
            let message = format!("no function is called `{called_name}` outside of environments");
            let diagnostic = Diagnostic::at(code, called.span, message);
            report.push(match near {
                Some(near) => diagnostic.help(format!("did you mean `{near}`?")),
                None => diagnostic.help("a new function has an `image` or a `topic` of its own"),
            });
        }
    }
}

fn functions(tree: &Node) -> &[Node] {
    let functions = tree.get("functions").and_then(Node::as_list);
    functions.unwrap_or_default()
}

fn name(function: &Node) -> Option<&str> {
    Some(function.get("name")?.as_scalar()?.text.as_str())
}

/// Merges the chosen environment, if there is one, over the rest of the document, and takes
/// `environments` away. Says whether anything was merged.
pub(super) fn apply(tree: &mut Node, chosen: Option<&str>) -> bool {
    let NodeValue::Map(entries) = &mut tree.value else {
        return false;
    };
    let Some(at) = entries.iter().position(|entry| entry.key == KEY) else {
        return false;
    };
    let environments = entries.remove(at).value;
    let Some(over) = chosen.and_then(|name| environments.get(name)) else {
        return false;
    };
    if over.is_null() {
        return false;
    }
    let span = tree.span;
    merge(Place::Document, tree, over);
    tree.span = span;
    true
}
