//! What a finding means.

use std::fmt::Write as _;

use crate::diag::{Code, codes};

/// Wide enough for a paragraph, narrow enough for half a screen.
const WIDTH: usize = 80;

/// One line a code.
pub(super) fn list() -> String {
    let mut out = String::new();
    for code in codes::all() {
        let _ = writeln!(
            out,
            "{}  {:<7}  {}",
            code.id,
            code.severity.name(),
            code.title
        );
    }
    out
}

/// All there is to say of a code.
pub(super) fn text(code: &Code) -> String {
    let mut out = format!("{} ({}): {}\n\n", code.id, code.severity.name(), code.title);
    out.push_str(&wrapped(code.explanation, ""));
    for (title, example) in [("Wrong", code.wrong), ("Right", code.right)] {
        if !example.is_empty() {
            let _ = write!(out, "\n{title}:\n\n");
            for line in example.lines() {
                let _ = writeln!(out, "    {line}");
            }
        }
    }
    out
}

/// A text in lines of bounded width, each after `indent`.
pub(super) fn wrapped(text: &str, indent: &str) -> String {
    let mut out = String::new();
    let mut line = String::new();
    for word in text.split_whitespace() {
        let full = indent.len() + line.chars().count() + 1 + word.chars().count() > WIDTH;
        if full && !line.is_empty() {
            let _ = writeln!(out, "{indent}{line}");
            line.clear();
        }
        if !line.is_empty() {
            line.push(' ');
        }
        line.push_str(word);
    }
    if !line.is_empty() {
        let _ = writeln!(out, "{indent}{line}");
    }
    out
}
