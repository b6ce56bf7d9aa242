//! One tree over another: what both have is merged, and what the upper one says wins.

use std::collections::BTreeMap;

use super::forms;
use super::place::Place;
use crate::schema::order;
use crate::source::{Entry, Node, NodeValue};

/// What an entry of a named list says to be gone, as in a Kubernetes patch.
pub(in crate::schema) const REMOVED: (&str, &str) = ("$patch", "delete");

/// Merges `over` into `base`.
///
/// Mappings merge key by key, lists with named entries entry by entry (`Place::entries`); what
/// else `over` has replaces what is there. Two forms of one thing are made one first. A null, and
/// an entry with `$patch: delete`, stay as they are, so that what is merged under this later is
/// hidden too; [`sweep`] takes them away in the end.
///
/// What `over` says keeps its place in the text; an entry that both have keeps that of `base`, as
/// its name does.
pub(in crate::schema) fn merge(place: Place, base: &mut Node, over: &Node) {
    if let Some((lower, upper)) = forms::unified(place, base, over) {
        *base = lower;
        return merge(place, base, &upper);
    }
    match (&mut base.value, &over.value) {
        (NodeValue::Map(entries), NodeValue::Map(upper)) => {
            base.span = over.span;
            mapping(place, entries, upper);
        }
        (NodeValue::List(items), NodeValue::List(upper)) if place.entries().is_some() => {
            base.span = over.span;
            list(place, items, upper);
        }
        _ => *base = over.clone(),
    }
}

fn mapping(place: Place, base: &mut Vec<Entry>, over: &[Entry]) {
    let said = |entry: &Entry| place.excludes(&entry.key) && !entry.value.is_null();
    if over.iter().any(said) {
        alone(place, base, over);
    }
    let known: BTreeMap<String, usize> = base
        .iter()
        .enumerate()
        .map(|(index, entry)| (entry.key.clone(), index))
        .collect();
    for entry in over {
        match known.get(&entry.key) {
            Some(&index) => {
                let lower = &mut base[index];
                lower.key_span = entry.key_span;
                merge(place.child(&entry.key), &mut lower.value, &entry.value);
            }
            None => base.push(entry.clone()),
        }
    }
}

/// Of keys that exclude each other, those that are said now.
fn alone(place: Place, base: &mut Vec<Entry>, over: &[Entry]) {
    base.retain(|old| !place.excludes(&old.key) || over.iter().any(|new| new.key == old.key));
}

fn list(place: Place, base: &mut Vec<Node>, over: &[Node]) {
    let Some((keys, entry)) = place.entries() else {
        return;
    };
    let mut known: BTreeMap<Vec<String>, usize> = BTreeMap::new();
    for (index, item) in base.iter().enumerate() {
        if let Some(name) = name(item, keys) {
            known.entry(name).or_insert(index);
        }
    }
    for item in over {
        match name(item, keys).and_then(|name| known.get(&name).copied()) {
            Some(index) if is_removed(item) => base[index] = item.clone(),
            Some(index) => {
                let lower = &mut base[index];
                let (span, called) = (lower.span, lower.entry(plain(keys[0])).cloned());
                merge(entry, lower, item);
                lower.span = span;
                if let (NodeValue::Map(entries), Some(called)) = (&mut lower.value, called) {
                    let at = entries.iter_mut().find(|entry| entry.key == called.key);
                    at.into_iter().for_each(|entry| *entry = called.clone());
                }
            }
            None => base.push(item.clone()),
        }
    }
    if place == Place::Env {
        reorder(base);
    }
}

/// What an entry is told from the others by; none where it lacks that.
pub(super) fn name(item: &Node, keys: &[&str]) -> Option<Vec<String>> {
    let part = |key: &&str| {
        let (key, absent) = match key.split_once('=') {
            Some((key, absent)) => (key, Some(absent)),
            None => (*key, None),
        };
        match item.get(key) {
            Some(value) => value.as_scalar().map(|scalar| scalar.text.clone()),
            None => absent.map(ToOwned::to_owned),
        }
    };
    keys.iter().map(part).collect()
}

fn plain(key: &str) -> &str {
    key.split_once('=').map_or(key, |(key, _)| key)
}

fn is_removed(item: &Node) -> bool {
    let said = item.get(REMOVED.0).and_then(Node::as_scalar);
    said.is_some_and(|scalar| scalar.text == REMOVED.1)
}

/// Two lists in a row may refer to what now stands behind: then, and only then, it moves forward.
fn reorder(items: &mut Vec<Node>) {
    let text = |item: &'_ Node, key| {
        item.get(key)
            .and_then(Node::as_scalar)
            .map(|s| s.text.clone())
    };
    let vars: Vec<(String, String)> = items
        .iter()
        .map(|item| {
            let text = |key| text(item, key).unwrap_or_default();
            (text("name"), text("value"))
        })
        .collect();
    let vars: Vec<_> = vars.iter().map(|(n, v)| (n.as_str(), v.as_str())).collect();
    let (ordered, stuck) = order::by_references(&vars);
    if stuck.is_empty() {
        let mut slots: Vec<Option<Node>> = items.drain(..).map(Some).collect();
        items.extend(ordered.into_iter().filter_map(|index| slots[index].take()));
    }
}

/// Takes away what has been removed: entries that say so and, with `nulls`, keys that are null.
/// A patch says so of objects, and keeps it.
pub(in crate::schema) fn sweep(node: &mut Node, nulls: bool) {
    match &mut node.value {
        NodeValue::Scalar(_) => {}
        NodeValue::List(items) => {
            items.retain(|item| !is_removed(item));
            items.iter_mut().for_each(|item| sweep(item, nulls));
        }
        NodeValue::Map(entries) => {
            if nulls {
                entries.retain(|entry| !entry.value.is_null());
            }
            let others = entries.iter_mut().filter(|entry| entry.key != "patches");
            others.for_each(|entry| sweep(&mut entry.value, nulls));
        }
    }
}
