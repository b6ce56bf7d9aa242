//! For a comment on a pull request: a table that is always whole, and details that fit.
//!
//! A comment holds 65,536 characters. Where the details of all objects would be more, the later
//! ones, which are the lighter ones, are told in a line each, and where that is too much, counted.

use std::fmt::Write as _;

use super::digest::{Digest, Told, digest};
use super::escape::{fence, html, markdown_code, visible};
use super::text::counts;
use super::words::{Words, classes, kind, mark, words};
use super::{Options, Section};
use crate::diff::{Change, ObjectDiff};

/// The most bytes: fewer than the characters of a comment, since a heading may be put before it.
const MOST: usize = 65_000;
/// The most bytes of one object, so that one alone does not push all others out.
const MOST_OF_ONE: usize = 20_000;
/// For the line that counts what is left out.
const RESERVE: usize = 200;

/// The diffs as Markdown of GitHub's and GitLab's kind.
#[must_use]
pub fn markdown(sections: &[Section], options: Options) -> String {
    let mut out = String::new();
    for section in sections {
        let title = match section.title.as_str() {
            "" => String::new(),
            title => html(title) + ": ",
        };
        let _ = writeln!(out, "**{title}{}**\n", counts(&section.diff).0);
    }
    table(sections, &mut out);
    let context = options.context.unwrap_or(0);
    let mut objects = Vec::new();
    for section in sections {
        let digest = digest(&section.diff);
        let shared = self::shared(&digest, context);
        let place = match section.title.as_str() {
            "" => String::new(),
            title => format!("{title}: "),
        };
        if !shared.is_empty() {
            objects.push((
                format!("- {}changes of many objects\n", html(&place)),
                Some(shared),
            ));
        }
        let parts = digest.objects.iter();
        objects.extend(parts.map(|told| (brief(&place, told.object), full(&place, told, context))));
    }
    let left = MOST.saturating_sub(out.len() + RESERVE);
    let details = fitted(&objects, left);
    out.push_str(&details);
    out
}

/// How many objects of each class there are, in each section.
fn table(sections: &[Section], out: &mut String) {
    if sections.iter().all(|section| section.diff.is_empty()) {
        return;
    }
    let several = sections.len() > 1;
    out.push_str(match several {
        true => "| Environment | Impact | Objects | What it means |\n|---|---|---:|---|\n",
        false => "| Impact | Objects | What it means |\n|---|---:|---|\n",
    });
    for section in sections {
        for (class, count) in counts(&section.diff).1 {
            if several {
                let _ = write!(out, "| {} ", html(&section.title));
            }
            let _ = writeln!(out, "| **{class}** | {count} | {} |", class.meaning());
        }
    }
    out.push('\n');
}

/// As many details as fit; for the others a line, for the rest a number.
fn fitted(objects: &[(String, Option<String>)], left: usize) -> String {
    let mut left = left;
    let mut named = 0;
    for (brief, _) in objects {
        match left.checked_sub(brief.len()) {
            Some(rest) => left = rest,
            None => break,
        }
        named += 1;
    }
    let mut out = String::new();
    let mut short = 0;
    for (brief, full) in &objects[..named] {
        let more = full
            .as_ref()
            .map(|full| full.len().saturating_sub(brief.len()));
        match (full, more) {
            (Some(full), Some(more)) if full.len() <= MOST_OF_ONE && more <= left => {
                left -= more;
                out.push_str(full);
            }
            (full, _) => {
                short += usize::from(full.is_some());
                out.push_str(brief);
            }
        }
    }
    if short > 0 {
        let _ = writeln!(
            out,
            "\n{short} objects are told without details, which do not fit here."
        );
    }
    if let Some(rest) = objects.len().checked_sub(named).filter(|rest| *rest > 0) {
        let _ = writeln!(out, "\n… and {rest} more objects, which do not fit here.");
    }
    out
}

fn shared(digest: &Digest<'_>, context: usize) -> String {
    let mut body = String::new();
    for shared in &digest.shared {
        let head = format!("{} (in {} objects)", shared.pointer, shared.count);
        change(&head, shared.change, context, &mut body);
    }
    if body.is_empty() {
        return String::new();
    }
    details("The same in many objects", &body)
}

/// An object in a line of its own.
fn brief(place: &str, object: &ObjectDiff) -> String {
    format!(
        "- {}**{}** {}{}: {}\n",
        html(place),
        object.classes.worst(),
        markdown_code(&object.identity.to_string()),
        kind(object),
        object.reason,
    )
}

/// An object with all that is to be said of it; none where that is no more than its line.
fn full(place: &str, told: &Told<'_>, context: usize) -> Option<String> {
    let object = told.object;
    if told.is_brief() {
        return None;
    }
    let mut body = String::new();
    for note in &object.notes {
        let command = note.command.as_deref().map(visible).unwrap_or_default();
        let _ = writeln!(body, "# {} {command}", note.text);
    }
    for one in &told.rest {
        change(&one.pointer(), one, context, &mut body);
    }
    for folded in &told.folded {
        let _ = writeln!(body, "# ~ {folded}");
    }
    let summary = format!(
        "{}<b>{}</b> <code>{}</code>{}: {}",
        html(place),
        object.classes.worst(),
        html(&object.identity.to_string()),
        kind(object),
        object.reason,
    );
    Some(details(&summary, &body))
}

fn details(summary: &str, body: &str) -> String {
    let fence = fence(body);
    format!("<details><summary>{summary}</summary>\n\n{fence}diff\n{body}{fence}\n\n</details>\n")
}

/// A change as lines of a diff: first where, then what was, then what is.
fn change(pointer: &str, change: &Change, context: usize, out: &mut String) {
    let Words {
        old,
        new,
        remark,
        lines,
    } = words(change, context);
    let remark = remark
        .map(|remark| format!(": {remark}"))
        .unwrap_or_default();
    let _ = writeln!(
        out,
        "# {} {}{remark}  [{}]",
        mark(change.how),
        visible(pointer),
        classes(change.classes, change.direction),
    );
    if let Some(old) = old {
        let _ = writeln!(out, "- {old}");
    }
    if let Some(new) = new {
        let _ = writeln!(out, "+ {new}");
    }
    for line in lines {
        let _ = writeln!(out, "{} {}", line.mark, line.text);
    }
}
