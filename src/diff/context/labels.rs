//! Labels of pods that something selects by.

use std::collections::BTreeSet;

use serde_json::{Map, Value};

use super::selectors::{Role, Selectors};
use crate::diff::impact::{Class, Classes, Direction};
use crate::diff::object::scope;
use crate::diff::set::{Identity, Set};
use crate::diff::{Advice, Change, Diff, ObjectDiff};
use crate::manifest::Scope;

/// What it means for pods to be selected, or not to be any longer.
struct Effect {
    class: Class,
    direction: Option<Direction>,
    reason: &'static str,
    /// What the selecting object does from now on.
    note: &'static str,
}

#[rustfmt::skip] // One row a line.
const fn effect(role: Role, selected: bool) -> Effect {
    use Direction::{Stronger, Weaker};
    let (class, direction, reason, note) = match (role, selected) {
        (Role::Leads, true) => (Class::Routing, None, "its pods get the requests of a Service", "leads requests to its pods now"),
        (Role::Leads, false) => (Class::Routing, None, "a Service no longer leads to its pods", "no longer leads requests to its pods"),
        (Role::Restricts, true) => (Class::Routing, Some(Stronger), "a policy restricts its pods", "restricts its pods now"),
        (Role::Restricts, false) => (Class::Security, Some(Weaker), "a policy no longer restricts its pods", "no longer restricts its pods"),
        (Role::Admits, true) => (Class::Security, Some(Weaker), "a policy lets its pods through", "lets its pods through now"),
        (Role::Admits, false) => (Class::Routing, Some(Stronger), "a policy no longer lets its pods through", "no longer lets its pods through"),
        (Role::Keeps, true) => (Class::Scale, None, "a budget keeps its pods", "keeps its pods now"),
        (Role::Keeps, false) => (Class::Scale, None, "a budget no longer keeps its pods", "no longer keeps its pods"),
    };
    Effect { class, direction, reason, note }
}

/// Where labels of pods change: also where the template has metadata on one side only.
const LABELS: [&str; 2] = ["PT/metadata", "PT/metadata/labels/**"];

fn is_label(scope: &Scope, change: &Change) -> bool {
    let mut patterns = LABELS.iter();
    patterns.any(|pattern| scope.fits(pattern, &change.path))
}

/// Finds workloads whose pods are selected otherwise because of their labels.
pub(super) fn apply(diff: &mut Diff, old: &Set, new: &Set) {
    let relabelled = |object: &&mut ObjectDiff| {
        let (Some(before), Some(after)) = (&object.old, &object.new) else {
            return false;
        };
        let scope = scope(&object.identity, &[before, after]);
        let mut changes = object.changes.iter();
        changes.any(|change| is_label(&scope, change))
    };
    let mut objects = diff.objects.iter_mut().filter(relabelled).peekable();
    if objects.peek().is_none() {
        return;
    }
    let sides = [Selectors::of(old), Selectors::of(new)];
    let mut work = 0;
    for object in objects {
        let (Some(before), Some(after)) = (&object.old, &object.new) else {
            continue;
        };
        let scope = scope(&object.identity, &[before, after]);
        let namespace = object.identity.namespace.as_str();
        let mut selected = |side: &Selectors, object: &Value| -> BTreeSet<(Role, Identity)> {
            let none = Map::new();
            let labels = labels(&scope, object).unwrap_or(&none);
            let (found, looked_at) = side.of_pod(namespace, labels);
            work += looked_at;
            let found = found.into_iter();
            found.map(|(role, by)| (role, by.clone())).collect()
        };
        let (then, now) = (selected(&sides[0], before), selected(&sides[1], after));
        // A selector that is new or gone is a change of its own object.
        let stays = |side: &Set, by: &Identity| side.objects().contains_key(by);
        let lost = then.difference(&now).filter(|(_, by)| stays(new, by));
        let gained = now.difference(&then).filter(|(_, by)| stays(old, by));
        let effects: Vec<_> = lost
            .map(|(role, by)| (effect(*role, false), by))
            .chain(gained.map(|(role, by)| (effect(*role, true), by)))
            .collect();
        for (effect, by) in effects {
            weigh(object, &scope, &effect);
            let text = format!("{by} {}", effect.note);
            object.notes.push(Advice {
                text,
                command: None,
            });
        }
    }
    diff.work += work;
}

/// The labels of the pods that an object makes.
fn labels<'a>(scope: &Scope, object: &'a Value) -> Option<&'a Map<String, Value>> {
    let mut place = scope.template?.iter();
    let template = place.try_fold(object, |value, key| value.get(key))?;
    template.get("metadata")?.get("labels")?.as_object()
}

/// Gives the changed labels, and their object, one class more.
fn weigh(object: &mut ObjectDiff, scope: &Scope, effect: &Effect) {
    let labels = object.changes.iter_mut();
    for change in labels.filter(|change| is_label(scope, change)) {
        if effect.class > change.classes.worst() {
            change.reason = effect.reason;
        }
        change.classes = change.classes.with(effect.class);
        change.direction = match (change.direction, effect.direction) {
            (Some(Direction::Weaker), _) | (_, None) => change.direction,
            (_, direction) => direction,
        };
    }
    if effect.class > object.classes.worst() {
        object.reason = effect.reason.to_owned();
    }
    object.classes = object.classes.and(Classes::default().with(effect.class));
}
