//! The only writer of YAML: one value has one form, byte for byte.
//!
//! Block style throughout, indented by two, the items of a list as deep as its key; keys in a
//! fixed order; every string that any reader could take for something else in double quotes; no
//! line is ever folded. Nothing here depends on the order in which a map keeps its keys.

use serde_json::{Map, Value};

use super::scalar::{Form, is_escaped, push_number, push_quoted, push_string};

#[cfg(test)]
mod tests;

/// YAML readers look for the colon of a key on one line only so far; longer keys are marked.
const LONGEST_PLAIN_KEY: usize = 1_000;

/// Appends the canonical form of one document, which ends with a line break.
///
/// At the top `apiVersion`, `kind` and `metadata` come first, in every mapping `name` and
/// `namespace`; the other keys follow in the order of their bytes.
pub fn emit(value: &Value, out: &mut String) {
    match value {
        Value::Object(map) if !map.is_empty() => mapping(map, 0, true, false, out),
        Value::Array(items) if !items.is_empty() => list(items, 0, false, out),
        // A block at the top would have no key to be indented from.
        Value::String(text) => {
            push_string(text, out);
            out.push('\n');
        }
        scalar => nested(scalar, 0, out),
    }
}

/// Appends a stream: the header as comment lines, then each document, emitted already, after a
/// `---` line, so that streams put one after the other are a stream.
///
/// A header without text leaves no trace.
pub fn emit_stream<'a>(
    documents: impl IntoIterator<Item = &'a str>,
    header: &str,
    out: &mut String,
) {
    comment(header, out);
    for document in documents {
        out.push_str("---\n");
        out.push_str(document);
    }
}

/// Appends a key as it stands before its colon, in quotes where it needs them.
pub(crate) fn emit_key(key: &str, out: &mut String) {
    push_string(key, out);
}

/// Appends a text as comment lines. Whatever it holds, nothing of it leaves the comment.
pub(super) fn comment(text: &str, out: &mut String) {
    let ends_line = |c| {
        matches!(
            c,
            '\n' | '\r' | '\u{B}' | '\u{C}' | '\u{85}' | '\u{2028}' | '\u{2029}'
        )
    };
    if text.is_empty() {
        return;
    }
    for line in text.split(ends_line) {
        out.push('#');
        let line = line.trim_end();
        if !line.is_empty() {
            out.push(' ');
            let shown = |c| if is_escaped(c) { '\u{FFFD}' } else { c };
            out.extend(line.chars().map(shown));
        }
        out.push('\n');
    }
}

/// A mapping. `inline` says that its first line was begun already, by a list item for instance.
fn mapping(map: &Map<String, Value>, depth: usize, top: bool, inline: bool, out: &mut String) {
    let mut entries: Vec<(u8, &String, &Value)> = map
        .iter()
        .map(|(key, value)| (rank(key, top), key, value))
        .collect();
    entries.sort_unstable_by(|a, b| (a.0, a.1).cmp(&(b.0, b.1)));
    for (at, (_, key, value)) in entries.into_iter().enumerate() {
        if at > 0 || !inline {
            indent(depth, out);
        }
        let start = out.len();
        emit_key(key, out);
        if out.len() - start > LONGEST_PLAIN_KEY {
            out.insert_str(start, "? ");
            out.push('\n');
            indent(depth, out);
            out.push_str(": ");
            item(value, depth, out);
            continue;
        }
        out.push(':');
        match value {
            Value::Object(map) if !map.is_empty() => {
                out.push('\n');
                mapping(map, depth + 1, false, false, out);
            }
            Value::Array(items) if !items.is_empty() => {
                out.push('\n');
                list(items, depth, false, out);
            }
            scalar => {
                out.push(' ');
                nested(scalar, depth, out);
            }
        }
    }
}

/// Where a key stands among the others: the smaller, the earlier.
fn rank(key: &str, top: bool) -> u8 {
    match key {
        "apiVersion" if top => 0,
        "kind" if top => 1,
        "metadata" if top => 2,
        "name" => 3,
        "namespace" => 4,
        _ => 5,
    }
}

fn list(items: &[Value], depth: usize, inline: bool, out: &mut String) {
    for (at, value) in items.iter().enumerate() {
        if at > 0 || !inline {
            indent(depth, out);
        }
        out.push_str("- ");
        item(value, depth, out);
    }
}

/// A value after a two-character mark on the same line.
fn item(value: &Value, depth: usize, out: &mut String) {
    match value {
        Value::Object(map) if !map.is_empty() => mapping(map, depth + 1, false, true, out),
        Value::Array(items) if !items.is_empty() => list(items, depth + 1, true, out),
        scalar => nested(scalar, depth, out),
    }
}

/// A scalar or an empty collection, to the end of the line; the lines of a block are one level
/// deeper.
fn nested(value: &Value, depth: usize, out: &mut String) {
    match value {
        Value::Null => out.push_str("null"),
        Value::Bool(value) => out.push_str(if *value { "true" } else { "false" }),
        Value::Number(number) => push_number(number, out),
        Value::String(text) => match Form::of(text) {
            Form::Plain => out.push_str(text),
            Form::Quoted => push_quoted(text, out),
            Form::Block { clip } => return lines(text, clip, depth + 1, out),
        },
        Value::Array(_) => out.push_str("[]"),
        Value::Object(_) => out.push_str("{}"),
    }
    out.push('\n');
}

fn lines(text: &str, clip: bool, depth: usize, out: &mut String) {
    out.push_str(if clip { "|\n" } else { "|-\n" });
    for line in text.strip_suffix('\n').unwrap_or(text).split('\n') {
        if !line.is_empty() {
            indent(depth, out);
            out.push_str(line);
        }
        out.push('\n');
    }
}

fn indent(depth: usize, out: &mut String) {
    const BLANKS: &str = "                                                                ";
    let mut left = 2 * depth;
    while left > 0 {
        let some = left.min(BLANKS.len());
        out.push_str(&BLANKS[..some]);
        left -= some;
    }
}
