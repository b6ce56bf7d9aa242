//! Values and changes in a few words.

use serde_json::Value;

use super::escape::visible;
use super::lines::{self, Line};
use crate::diff::{Change, ChangeKind, Classes, Direction, How, ObjectDiff};

/// The longest value on one line, in characters.
const LONGEST: usize = 120;
/// What is shown of a longer one before the place where it differs.
const BEFORE: usize = 30;
/// Lines shown of a text that differs.
const MOST_LINES: usize = 12;

/// A line beneath a change.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Detail {
    /// `+`, `-`, a blank, or `…` for what is left out.
    pub(super) mark: char,
    pub(super) text: String,
}

/// A change in words: what follows its path, and lines beneath it.
#[derive(Clone, Debug, Default)]
pub(super) struct Words {
    pub(super) old: Option<String>,
    pub(super) new: Option<String>,
    pub(super) remark: Option<String>,
    pub(super) lines: Vec<Detail>,
}

/// The mark of a change at the beginning of its line.
pub(super) fn mark(how: How) -> char {
    match how {
        How::Added => '+',
        How::Removed => '-',
        How::Changed => '~',
        How::Moved => '>',
    }
}

/// What happened to an object, where it was not changed.
pub(super) fn kind(object: &ObjectDiff) -> &'static str {
    match object.kind {
        ChangeKind::Added => " (new)",
        ChangeKind::Removed => " (removed)",
        ChangeKind::Changed => "",
    }
}

/// `restart, security`, the gravest last; and the direction.
pub(super) fn classes(classes: Classes, direction: Option<Direction>) -> String {
    let mut words: Vec<&str> = classes.iter().map(|class| class.name()).collect();
    words.extend(match direction {
        Some(Direction::Weaker) => Some("weaker"),
        Some(Direction::Stronger) => Some("stronger"),
        None => None,
    });
    words.join(", ")
}

/// The words of a change. `context` lines stand around those of a text that differ.
pub(super) fn words(change: &Change, context: usize) -> Words {
    let remark = |text: &str| Words {
        remark: Some(text.to_owned()),
        ..Words::default()
    };
    if change.hidden {
        return remark("changed (a Secret's values are not shown)");
    }
    match (change.how, &change.old, &change.new) {
        (How::Moved, Some(old), Some(new)) => moved(old, new),
        (_, Some(Value::String(old)), Some(Value::String(new)))
            if old.contains('\n') || new.contains('\n') =>
        {
            text(old, new, context, ["line differs", "lines differ"])
        }
        (_, Some(Value::Array(old)), Some(Value::Array(new))) => list(old, new, context),
        (_, Some(old), Some(new)) => {
            let (old, new) = pair(&plain(old), &plain(new));
            Words {
                old: Some(old),
                new: Some(new),
                ..Words::default()
            }
        }
        (_, old, new) => Words {
            old: old.as_ref().map(|value| cut(&plain(value))),
            new: new.as_ref().map(|value| cut(&plain(value))),
            ..Words::default()
        },
    }
}

/// A value on one line: text as it is where it could not be taken for something else.
pub(super) fn plain(value: &Value) -> String {
    match value {
        Value::String(text) => {
            let words = ["", "null", "true", "false"];
            let other = words.contains(&text.as_str())
                || text.parse::<f64>().is_ok()
                || text.starts_with(['"', '{', '[', ' '])
                || text.ends_with(' ')
                || text.contains(" → ")
                || text.chars().any(char::is_control);
            if other {
                visible(&Value::from(text.as_str()).to_string())
            } else {
                visible(text)
            }
        }
        value => visible(&value.to_string()),
    }
}

/// Both values, shortened to where they differ.
fn pair(old: &str, new: &str) -> (String, String) {
    let long = |text: &str| text.chars().nth(LONGEST).is_some();
    if !long(old) && !long(new) {
        return (old.to_owned(), new.to_owned());
    }
    let same = old
        .chars()
        .zip(new.chars())
        .take_while(|(a, b)| a == b)
        .count();
    let from = same.saturating_sub(BEFORE);
    let window = |text: &str| {
        let rest: String = text.chars().skip(from).collect();
        let start = if from > 0 { "…" } else { "" };
        format!("{start}{}", cut(&rest))
    };
    (window(old), window(new))
}

fn cut(text: &str) -> String {
    match text.char_indices().nth(LONGEST) {
        Some((at, _)) => format!("{}… ({} bytes)", &text[..at], text.len()),
        None => text.to_owned(),
    }
}

/// `nouns` name one and several of its lines.
fn text(old: &str, new: &str, context: usize, nouns: [&str; 2]) -> Words {
    let mut words = Words::default();
    match lines::differing(old, new, context) {
        Ok(lines) => {
            let count = lines.iter().filter(|line| line.differs()).count();
            let noun = if count == 1 { nouns[0] } else { nouns[1] };
            words.remark = Some(format!("{count} {noun}"));
            words.lines = shown(lines);
        }
        Err(too_large) => words.remark = Some(too_large.to_string()),
    }
    words
}

fn shown(lines: Vec<Line>) -> Vec<Detail> {
    let rest = lines.len().saturating_sub(MOST_LINES);
    let mut details: Vec<Detail> = lines
        .into_iter()
        .take(MOST_LINES)
        .map(|line| Detail {
            mark: line.mark,
            text: cut(&visible(&line.text)),
        })
        .collect();
    if rest > 0 {
        details.push(Detail {
            mark: '…',
            text: format!("{rest} more, see --format unified"),
        });
    }
    details
}

/// A list that is one value: its entries are what its lines are to a text.
fn list(old: &[Value], new: &[Value], context: usize) -> Words {
    let lines = |items: &[Value]| {
        items
            .iter()
            .map(|item| plain(item) + "\n")
            .collect::<String>()
    };
    let nouns = ["entry differs", "entries differ"];
    text(&lines(old), &lines(new), context, nouns)
}

/// What stands elsewhere than before; a list of mappings is only said to be in another order.
fn moved(old: &Value, new: &Value) -> Words {
    let names = |value: &Value| {
        let items = value.as_array()?.iter();
        let name = |item: &Value| {
            let text = item.as_str().map(visible)?;
            Some(
                text.strip_prefix("name=")
                    .map_or(text.clone(), str::to_owned),
            )
        };
        let names: Option<Vec<_>> = items.map(name).collect();
        names.map(|names| cut(&names.join(", ")))
    };
    let moved = "the same entries in another order".to_owned();
    match (names(old), names(new)) {
        (Some(old), Some(new)) => Words {
            old: Some(old),
            new: Some(new),
            remark: Some("moved".to_owned()),
            ..Words::default()
        },
        _ => Words {
            remark: Some(moved),
            ..Words::default()
        },
    }
}
