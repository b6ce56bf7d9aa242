//! Workflow commands, which GitHub shows at the lines they name.

use std::fmt::Write as _;

use super::Section;
use super::escape::{command_data, command_property, visible};
use super::text::{counts, heading};
use super::words::{kind, mark};
use crate::diff::{Class, ObjectDiff};

/// GitHub shows a few only; more would bury the log.
const MOST: usize = 50;
/// Paths named in one.
const MOST_PATHS: usize = 10;

/// The diffs as annotations.
#[must_use]
pub fn github(sections: &[Section]) -> String {
    let mut out = String::new();
    let objects = || {
        sections.iter().flat_map(|section| {
            let objects = section.diff.objects.iter();
            objects.map(move |object| (heading(section), object))
        })
    };
    for (title, object) in objects().take(MOST) {
        annotation(&title, object, &mut out);
    }
    if let Some(rest) = objects().count().checked_sub(MOST).filter(|rest| *rest > 0) {
        let _ = writeln!(out, "::notice::… and {rest} more objects differ");
    }
    for section in sections.iter().filter(|section| !section.diff.is_empty()) {
        // What begins with two colons would be a command.
        let _ = writeln!(
            out,
            "kubefunctl: {}{}",
            heading(section),
            counts(&section.diff).0
        );
    }
    out
}

fn annotation(title: &str, object: &ObjectDiff, out: &mut String) {
    let class = object.classes.worst();
    let level = match class {
        Class::Replace | Class::Delete | Class::DataLoss => "error",
        Class::Routing | Class::Security => "warning",
        _ => "notice",
    };
    let title = format!("{title}{class}: {}{}", object.identity, kind(object));
    let mut properties = format!("title={}", command_property(&title));
    if let Some(place) = &object.place {
        let file = command_property(&place.file);
        properties = format!("file={file},line={},{properties}", place.line);
    }
    let mut message = visible(&object.reason);
    for note in &object.notes {
        let command = note.command.as_deref().map(visible).unwrap_or_default();
        let _ = write!(message, "\n{} {command}", note.text);
    }
    for change in object.changes.iter().take(MOST_PATHS) {
        let _ = write!(
            message,
            "\n{} {}",
            mark(change.how),
            visible(&change.pointer())
        );
    }
    if let Some(rest) = object
        .changes
        .len()
        .checked_sub(MOST_PATHS)
        .filter(|rest| *rest > 0)
    {
        let _ = write!(message, "\n… and {rest} more");
    }
    let _ = writeln!(out, "::{level} {properties}::{}", command_data(&message));
}
