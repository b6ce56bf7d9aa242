//! What differs about one object.

use serde_json::Value;

use super::compare::{Found, How, arrange, compare, respell};
use super::impact::{self, Class, Classes, Direction};
use super::normalise::{Surroundings, normalised};
use super::set::{Entry, Identity, Place};
use crate::manifest::{Scope, Step, Steps};

/// What became of an object.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum ChangeKind {
    /// It is new.
    Added,
    /// It is gone.
    Removed,
    /// It is another one.
    Changed,
}

/// Something to know, or to do, beside the change itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Advice {
    /// A sentence.
    pub text: String,
    /// A line for a shell that does it.
    pub command: Option<String>,
}

/// What differs about an object.
#[derive(Clone, Debug)]
pub struct ObjectDiff {
    /// Which object it is.
    pub identity: Identity,
    /// What became of it.
    pub kind: ChangeKind,
    /// The classes of all its changes; the gravest is its headline.
    pub classes: Classes,
    /// Why it is of that class, in half a sentence.
    pub reason: String,
    /// What is to be known or done.
    pub notes: Vec<Advice>,
    /// The fields that differ, by path; none where the whole object is new or gone.
    pub changes: Vec<Change>,
    /// The object before, as far as it says something; nothing of a Secret's values is in it.
    pub old: Option<Value>,
    /// The object after.
    pub new: Option<Value>,
    /// Where the object is written: after, or before where it is gone.
    pub place: Option<Place>,
}

/// A field that differs.
#[derive(Clone, Debug)]
pub struct Change {
    /// Where it is.
    pub path: Vec<Step>,
    /// How it differs.
    pub how: How,
    /// Its value before; none where it had none, or where nobody may see it.
    pub old: Option<Value>,
    /// Its value after.
    pub new: Option<Value>,
    /// Whether the values are those of a Secret, and left out.
    pub hidden: bool,
    /// Its classes.
    pub classes: Classes,
    /// Why it is of the gravest of them.
    pub reason: &'static str,
    /// Whether more or less is held back than before, where that is a question of security.
    pub direction: Option<Direction>,
}

impl Change {
    /// The path as text.
    #[must_use]
    pub fn pointer(&self) -> String {
        Steps(&self.path).to_string()
    }
}

/// What stands for a Secret's value.
pub(super) const HIDDEN: &str = "(hidden)";

pub(super) fn scope(identity: &Identity, objects: &[&Value]) -> Scope {
    let containers = |object: &&Value| object.pointer("/spec/template/spec/containers").is_some();
    let has_containers = objects.iter().any(containers);
    Scope::new(&identity.group, &identity.kind, has_containers)
}

pub(super) fn added(identity: &Identity, entry: &Entry) -> ObjectDiff {
    let scope = scope(identity, &[&entry.value]);
    let (classes, reason) = impact::added(&scope, &entry.value);
    whole(identity, entry, ChangeKind::Added, &scope, classes, reason)
}

pub(super) fn removed(identity: &Identity, entry: &Entry) -> ObjectDiff {
    let scope = scope(identity, &[&entry.value]);
    let (classes, reason) = impact::removed(&scope);
    whole(
        identity,
        entry,
        ChangeKind::Removed,
        &scope,
        classes,
        reason,
    )
}

fn whole(
    identity: &Identity,
    entry: &Entry,
    kind: ChangeKind,
    scope: &Scope,
    classes: Classes,
    reason: String,
) -> ObjectDiff {
    let mut value = normalised(scope, Surroundings { autoscaled: true }, &entry.value);
    hide(scope, &mut value);
    let notes = impact::notes(identity, kind, classes, &entry.value, false);
    let (old, new) = match kind {
        ChangeKind::Removed => (Some(value), None),
        _ => (None, Some(value)),
    };
    ObjectDiff {
        identity: identity.clone(),
        kind,
        classes,
        reason,
        notes,
        changes: Vec::new(),
        old,
        new,
        place: entry.place.clone(),
    }
}

/// What differs about an object that both sides have, and how many values were looked at.
pub(super) fn changed(
    identity: &Identity,
    before: &Entry,
    after: &Entry,
    around: Surroundings,
) -> (Option<ObjectDiff>, usize) {
    let scope = scope(identity, &[&before.value, &after.value]);
    let mut old = normalised(&scope, around, &before.value);
    let mut new = normalised(&scope, around, &after.value);
    let findings = compare(&scope, &old, &new);
    if findings.found.is_empty() {
        return (None, findings.work);
    }
    let found = findings.found.into_iter();
    let mut changes: Vec<_> = found.map(|found| change(&scope, &old, found)).collect();
    changes.sort_by(|a, b| (&a.path, a.how).cmp(&(&b.path, b.how)));
    let classes = changes
        .iter()
        .fold(Classes::default(), |all, change| all.and(change.classes));
    let worst = classes.worst();
    let reason = changes
        .iter()
        .find(|change| change.classes.worst() == worst)
        .map_or("", |change| change.reason);
    let scaled = classes.has(Class::Scale);
    let notes = impact::notes(identity, ChangeKind::Changed, classes, &new, scaled);
    hide_both(&scope, &mut old, &mut new);
    arrange(&scope, &mut Vec::new(), &mut old);
    arrange(&scope, &mut Vec::new(), &mut new);
    respell(&scope, &mut Vec::new(), &old, &mut new);
    let object = ObjectDiff {
        identity: identity.clone(),
        kind: ChangeKind::Changed,
        classes,
        reason: reason.to_owned(),
        notes,
        changes,
        old: Some(old),
        new: Some(new),
        place: after.place.clone(),
    };
    (Some(object), findings.work)
}

fn change(scope: &Scope, object: &Value, found: Found) -> Change {
    let weight = impact::weigh(scope, object, &found);
    let hidden = is_secret(scope, &found.path);
    let shown = |value: Option<Value>| value.filter(|_| !hidden);
    Change {
        path: found.path,
        how: found.how,
        old: shown(found.old),
        new: shown(found.new),
        hidden,
        classes: weight.classes,
        reason: weight.reason,
        direction: weight.direction,
    }
}

/// Whether a path leads to what a Secret keeps: its annotations may repeat it.
fn is_secret(scope: &Scope, path: &[Step]) -> bool {
    let keeps = ["/data/**", "/stringData/**", "/metadata/annotations/**"];
    scope.is("Secret") && keeps.iter().any(|pattern| scope.fits(pattern, path))
}

/// Where a Secret keeps what nobody may see.
const KEPT: [&str; 3] = ["/data", "/stringData", "/metadata/annotations"];

/// Takes out of a Secret what nobody may see.
fn hide(scope: &Scope, object: &mut Value) {
    if !scope.is("Secret") {
        return;
    }
    for pointer in KEPT {
        match object.pointer_mut(pointer) {
            Some(Value::Object(map)) => map.values_mut().for_each(|value| *value = HIDDEN.into()),
            Some(value) => *value = HIDDEN.into(),
            None => {}
        }
    }
}

/// Takes it out of both forms of a Secret; what differs is still told apart.
fn hide_both(scope: &Scope, old: &mut Value, new: &mut Value) {
    if !scope.is("Secret") {
        return;
    }
    let mut differ = Vec::new();
    for pointer in KEPT {
        if let (Some(Value::Object(before)), Some(Value::Object(after))) =
            (old.pointer(pointer), new.pointer(pointer))
        {
            let keys = before.iter();
            let keys = keys.filter(|(key, value)| after.get(*key).is_some_and(|to| to != *value));
            differ.extend(keys.map(|(key, _)| (pointer, key.clone())));
        }
    }
    hide(scope, old);
    hide(scope, new);
    for (pointer, key) in differ {
        for (object, word) in [(&mut *old, "before"), (&mut *new, "after")] {
            if let Some(value) = object
                .pointer_mut(pointer)
                .and_then(|map| map.get_mut(&key))
            {
                *value = format!("({word}: hidden)").into();
            }
        }
    }
}
