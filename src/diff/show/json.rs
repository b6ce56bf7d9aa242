//! For machines: `schemas/diff.schema.json` describes it.

use serde_json::{Map, Value, json};

use super::Section;
use crate::diff::{Advice, Change, ChangeKind, Class, Direction, How, ObjectDiff};

/// The version of the shape; a change that breaks readers raises it.
const VERSION: u32 = 1;

/// The diffs as JSON, with a line break at its end.
#[must_use]
pub fn json(sections: &[Section]) -> String {
    let document = json!({
        "version": VERSION,
        "comparisons": sections.iter().map(section).collect::<Vec<_>>(),
    });
    serde_json::to_string_pretty(&document).unwrap_or_default() + "\n"
}

fn section(section: &Section) -> Value {
    let diff = &section.diff;
    let mut by_class = Map::new();
    for class in Class::ALL.into_iter().rev() {
        let count = diff.objects.iter();
        let count = count
            .filter(|object| object.classes.worst() == class)
            .count();
        if count > 0 {
            by_class.insert(class.name().to_owned(), count.into());
        }
    }
    let count = |kind| {
        diff.objects
            .iter()
            .filter(|object| object.kind == kind)
            .count()
    };
    json!({
        "title": section.title,
        "summary": {
            "added": count(ChangeKind::Added),
            "removed": count(ChangeKind::Removed),
            "changed": count(ChangeKind::Changed),
            "same": diff.same,
            "rewritten": diff.rewritten,
            "classes": by_class,
        },
        "objects": diff.objects.iter().map(object).collect::<Vec<_>>(),
    })
}

fn object(object: &ObjectDiff) -> Value {
    let mut out = json!({
        "group": object.identity.group,
        "kind": object.identity.kind,
        "namespace": object.identity.namespace,
        "name": object.identity.name,
        "change": kind(object.kind),
        "class": object.classes.worst().name(),
        "classes": names(object.classes.iter()),
        "reason": object.reason,
        "notes": object.notes.iter().map(note).collect::<Vec<_>>(),
        "changes": object.changes.iter().map(change).collect::<Vec<_>>(),
    });
    if let Some(place) = &object.place {
        out["place"] = json!({"file": place.file, "line": place.line});
    }
    out
}

fn note(note: &Advice) -> Value {
    match &note.command {
        Some(command) => json!({"text": note.text, "command": command}),
        None => json!({"text": note.text}),
    }
}

fn change(change: &Change) -> Value {
    let mut out = json!({
        "path": change.pointer(),
        "change": how(change.how),
        "class": change.classes.worst().name(),
        "classes": names(change.classes.iter()),
        "reason": change.reason,
    });
    if let Some(direction) = change.direction {
        out["direction"] = match direction {
            Direction::Weaker => "weaker",
            Direction::Stronger => "stronger",
        }
        .into();
    }
    if change.hidden {
        out["hidden"] = true.into();
    }
    for (key, value) in [("old", &change.old), ("new", &change.new)] {
        if let Some(value) = value {
            out[key] = value.clone();
        }
    }
    out
}

fn names(classes: impl Iterator<Item = Class>) -> Vec<&'static str> {
    classes.map(Class::name).collect()
}

fn kind(kind: ChangeKind) -> &'static str {
    match kind {
        ChangeKind::Added => "added",
        ChangeKind::Removed => "removed",
        ChangeKind::Changed => "changed",
    }
}

fn how(how: How) -> &'static str {
    match how {
        How::Added => "added",
        How::Removed => "removed",
        How::Changed => "changed",
        How::Moved => "moved",
    }
}
