//! Keys of one mapping: duplicates, and merge keys (<https://yaml.org/type/merge.html>).

use std::collections::BTreeSet;

use super::fault::{SyntaxFault, SyntaxFaultKind};
use super::node::{Entry, Node, NodeValue};
use super::scalar::ScalarStyle;

/// Up to this many keys, comparing all with all is faster than sorting.
const FEW: usize = 12;

/// Reports duplicate keys and puts what is merged in the place of its `<<`.
///
/// A key that is written out wins over a merged one wherever it stands; among merged ones the
/// first wins.
pub(super) fn settle(entries: Vec<Entry>, report: &mut dyn FnMut(SyntaxFault)) -> Vec<Entry> {
    duplicates(&entries, report);
    if entries.iter().any(is_merge) {
        merge(entries, report)
    } else {
        entries
    }
}

fn is_merge(entry: &Entry) -> bool {
    entry.key == "<<" && entry.key_style == ScalarStyle::Plain
}

fn duplicates(entries: &[Entry], report: &mut dyn FnMut(SyntaxFault)) {
    let mut fault = |first: &Entry, again: &Entry| {
        report(SyntaxFault {
            span: again.key_span,
            kind: SyntaxFaultKind::DuplicateKey {
                key: again.key.clone(),
                first: first.key_span,
            },
        });
    };
    if entries.len() <= FEW {
        for (at, again) in entries.iter().enumerate() {
            if let Some(first) = entries[..at].iter().find(|entry| entry.key == again.key) {
                fault(first, again);
            }
        }
        return;
    }
    let mut order: Vec<&Entry> = entries.iter().collect();
    // Stable: entries of one key stay in the order they are written.
    order.sort_by(|a, b| a.key.cmp(&b.key));
    for same in order.chunk_by(|a, b| a.key == b.key) {
        for again in &same[1..] {
            fault(same[0], again);
        }
    }
}

fn merge(entries: Vec<Entry>, report: &mut dyn FnMut(SyntaxFault)) -> Vec<Entry> {
    let written = entries.iter().filter(|entry| !is_merge(entry));
    let mut known: BTreeSet<String> = written.map(|entry| entry.key.clone()).collect();
    let mut merged = Vec::with_capacity(entries.len());
    for entry in entries {
        if !is_merge(&entry) {
            merged.push(entry);
            continue;
        }
        for mapping in mappings(entry.value, report) {
            merged.extend(
                mapping
                    .into_iter()
                    .filter(|entry| known.insert(entry.key.clone())),
            );
        }
    }
    merged.shrink_to_fit();
    merged
}

fn mappings(value: Node, report: &mut dyn FnMut(SyntaxFault)) -> Vec<Vec<Entry>> {
    let mut bad = |span| {
        let kind = SyntaxFaultKind::BadMergeKey;
        report(SyntaxFault { span, kind });
    };
    let mut found = Vec::new();
    match value.value {
        NodeValue::Map(entries) => found.push(entries),
        NodeValue::List(items) => {
            for item in items {
                match item.value {
                    NodeValue::Map(entries) => found.push(entries),
                    _ => bad(item.span),
                }
            }
        }
        NodeValue::Scalar(_) => bad(value.span),
    }
    found
}
