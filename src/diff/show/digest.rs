//! What many objects share is said once.

use std::collections::BTreeMap;

use super::fold::{Folded, fold};
use crate::diff::{Change, ChangeKind, Diff, ObjectDiff};
use crate::manifest::{Step, Steps};

/// So many objects make a change worth saying once.
const MANY: usize = 3;
/// Longer values are not looked at for that.
const LONGEST: usize = 500;

/// A diff in the order it is told.
#[derive(Debug, Default)]
pub(super) struct Digest<'a> {
    /// Changes that many objects share.
    pub(super) shared: Vec<Shared<'a>>,
    /// All objects.
    pub(super) objects: Vec<Told<'a>>,
}

/// An object, and what is to be said of it alone.
#[derive(Debug)]
pub(super) struct Told<'a> {
    /// The object.
    pub(super) object: &'a ObjectDiff,
    /// Those of its changes that few share.
    pub(super) rest: Vec<&'a Change>,
    /// Those that are many, as numbers.
    pub(super) folded: Vec<Folded>,
}

/// A change of many objects.
#[derive(Debug)]
pub(super) struct Shared<'a> {
    /// The path; entries of lists that differ between the objects are `[*]`.
    pub(super) pointer: String,
    /// One of the changes.
    pub(super) change: &'a Change,
    /// How many objects share it.
    pub(super) count: usize,
}

/// Sorts a diff into what is shared and what is not.
pub(super) fn digest(diff: &Diff) -> Digest<'_> {
    let mut groups: BTreeMap<String, (Shared<'_>, usize)> = BTreeMap::new();
    for (at, object) in diff.objects.iter().enumerate() {
        for change in &object.changes {
            let Some(key) = key(change) else { continue };
            let pointer = change.pointer();
            let fresh = Shared {
                pointer: pointer.clone(),
                change,
                count: 0,
            };
            let (shared, last) = groups.entry(key).or_insert((fresh, usize::MAX));
            if shared.pointer != pointer {
                shared.pointer = pattern(&change.path);
            }
            if *last != at {
                shared.count += 1;
            }
            *last = at;
        }
    }
    groups.retain(|_, (shared, _)| shared.count >= MANY);
    let few = |change: &&Change| key(change).is_none_or(|key| !groups.contains_key(&key));
    let objects = diff.objects.iter();
    let objects = objects
        .map(|object| {
            let mut rest = object.changes.iter().filter(few).collect();
            let folded = fold(object, &mut rest);
            Told {
                object,
                rest,
                folded,
            }
        })
        .collect();
    let mut shared: Vec<_> = groups.into_values().map(|(shared, _)| shared).collect();
    shared.sort_by(|a, b| {
        let rank = |shared: &Shared<'_>| (shared.change.classes.worst(), shared.count);
        (rank(b), &a.pointer).cmp(&(rank(a), &b.pointer))
    });
    Digest { shared, objects }
}

impl Told<'_> {
    /// Whether there are no details.
    pub(super) fn is_brief(&self) -> bool {
        self.rest.is_empty() && self.folded.is_empty() && self.object.notes.is_empty()
    }

    /// Whether there is nothing left to say of the object but its name.
    pub(super) fn is_told(&self) -> bool {
        self.object.kind == ChangeKind::Changed && self.is_brief()
    }
}

/// What is the same just where two changes are; none for what is too long to compare.
fn key(change: &Change) -> Option<String> {
    let value = |value: &Option<serde_json::Value>| match value {
        Some(serde_json::Value::String(text)) if text.len() > LONGEST => None,
        Some(value) => Some(value.to_string()).filter(|text| text.len() <= LONGEST),
        None => Some("-".to_owned()),
    };
    let (old, new) = (value(&change.old)?, value(&change.new)?);
    let path = pattern(&change.path);
    let (how, hidden) = (change.how, change.hidden);
    (!hidden).then(|| format!("{path} {how:?} {:?} {old} {new}", change.classes))
}

fn pattern(path: &[Step]) -> String {
    let general = |step: &Step| match step {
        Step::Key(key) => Step::Key(key.clone()),
        Step::Item(_) => Step::Item("*".to_owned()),
    };
    let path: Vec<_> = path.iter().map(general).collect();
    Steps(&path).to_string()
}
