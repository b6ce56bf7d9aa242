//! What most likely has to be repaired where the text is no YAML: lines, keys, lists, brackets.
//!
//! The parser knows where it could not go on; the mistake is often a line or more before that.

use super::fault::SyntaxFaultKind;
use super::lines::{Line, line};
use super::quote;
use super::trouble::{Clues, Finding, NEAR, Trouble, broken, on_characters};

/// The place to repair, and how.
pub(super) fn explain(clues: &Clues<'_>, trouble: Trouble) -> Finding {
    let (range, kind) = find(clues, trouble);
    (on_characters(clues.text, range), kind)
}

fn find(clues: &Clues<'_>, trouble: Trouble) -> Finding {
    use Trouble as T;
    if trouble == T::TooDeep {
        let limit = clues.depth;
        return (clues.at..clues.at + 1, SyntaxFaultKind::TooDeep { limit });
    }
    if let Some(finding) = conflict_marker(clues) {
        return finding;
    }
    if let (Some(bracket), false) = (clues.open_bracket, quote::explains(&trouble)) {
        return in_brackets(clues, bracket, &trouble);
    }
    if let Some(finding) = tab(clues, &trouble).or_else(|| template(clues)) {
        return finding;
    }
    let here = line(clues.text, clues.at).content();
    match trouble {
        T::NoColon => no_colon(clues),
        T::StrayColon => stray_colon(clues),
        T::NotAKey => not_a_key(clues),
        T::NotAnItem => broken(
            here,
            "a key stands among the items of a list",
            Some("indent it like the keys it belongs to, or begin it with `- `"),
        ),
        T::StrayItem => broken(
            clues.at..clues.at + 1,
            "a list cannot begin on the line of its key",
            Some("put every item on a line of its own, or quote the value"),
        ),
        T::AfterDocument if here.start == clues.at => broken(
            here,
            "this line is indented less than the first one",
            Some("begin all keys of the file in the same column"),
        ),
        other => quote::explain(clues, other),
    }
}

fn in_brackets(clues: &Clues<'_>, bracket: usize, trouble: &Trouble) -> Finding {
    let open = clues.text[bracket..].chars().next().unwrap_or('[');
    let close = if open == '{' { '}' } else { ']' };
    if *trouble == Trouble::OpenBracket || clues.at <= bracket {
        return quote::explain(clues, Trouble::OpenBracket);
    }
    let here = line(clues.text, clues.at);
    match here.previous(clues.text) {
        Some(above) if above.content().end > bracket => {
            let near = on_characters(clues.text, clues.at..clues.at + NEAR);
            let closed = clues.text[near].contains(close);
            let end = above.content().end;
            if closed && !clues.text[..end].ends_with([',', '[', '{']) {
                let message = format!("expected `,` or `{close}` at the end of this line");
                return broken(end..end, message, None);
            }
            broken(
                bracket..bracket + 1,
                format!("`{open}` is not closed"),
                None,
            )
        }
        _ => {
            let message = format!("expected `,` or `{close}`");
            broken(clues.at..clues.at + 1, message, None)
        }
    }
}

/// A tab in the indentation of the line, or of one of the next few for a scalar that reaches there.
fn tab(clues: &Clues<'_>, trouble: &Trouble) -> Option<Finding> {
    let lines = if *trouble == Trouble::Tab { 3 } else { 1 };
    let mut place = line(clues.text, clues.at);
    for _ in 0..lines {
        if let Some(tab) = clues.text[place.indentation()].find('\t') {
            let tab = place.start + tab;
            return Some((tab..tab + 1, SyntaxFaultKind::TabIndent));
        }
        place = place.next(clues.text)?;
    }
    None
}

/// A Helm or Jinja template that nobody rendered.
fn template(clues: &Clues<'_>) -> Option<Finding> {
    let content = line(clues.text, clues.at).content();
    let mark = ["{{", "{%"]
        .iter()
        .find_map(|mark| clues.text[content.clone()].find(mark))?;
    let start = content.start + mark;
    Some(broken(
        start..start + 2,
        "this looks like the syntax of a template, which is no YAML",
        Some("render the template first, or put the whole value in quotes"),
    ))
}

fn no_colon(clues: &Clues<'_>) -> Finding {
    let place = line(clues.text, clues.at);
    missing_space(clues.text, &place).unwrap_or_else(|| {
        broken(
            place.content(),
            "expected `key: value`, found text without a colon",
            Some("if it continues the value above, indent it more deeply"),
        )
    })
}

fn stray_colon(clues: &Clues<'_>) -> Finding {
    let place = line(clues.text, clues.at);
    let here = clues.at..clues.at + 1;
    if clues.text[place.start..clues.at].contains(": ") {
        return broken(
            here,
            "a second `: ` on one line",
            Some("put the value in quotes if the colon is part of it"),
        );
    }
    let Some(above) = place.previous(clues.text) else {
        return broken(here, "a colon is not allowed here", None);
    };
    if let Some(finding) = missing_space(clues.text, &above) {
        return finding;
    }
    if clues.text[above.content()].contains(": ") && above.indent() < place.indent() {
        return broken(
            place.content(),
            "this line is indented more deeply than the key above, which has a value already",
            Some("indent it like the key above, or give that key no value of its own"),
        );
    }
    broken(
        above.content(),
        "expected `key: value`, found text without a colon",
        Some("end a key with a colon, and put text that looks like a key in quotes"),
    )
}

fn not_a_key(clues: &Clues<'_>) -> Finding {
    let place = line(clues.text, clues.at);
    let content = &clues.text[place.content()];
    if let Some(above) = place.previous(clues.text)
        && let Some(finding) = missing_space(clues.text, &above)
    {
        return finding;
    }
    if content.starts_with("- ") || content == "-" {
        return broken(
            place.content(),
            "a list item stands among the keys of a mapping",
            Some("indent all items of a list alike, and put the list under its key"),
        );
    }
    if clues.at > place.content().start {
        return broken(
            clues.at..place.content().end,
            "text follows the end of the value",
            Some("put all of the value in quotes"),
        );
    }
    broken(
        place.content(),
        "this line does not line up with any line above",
        Some("indent the keys of one mapping alike"),
    )
}

/// `key:value` alone on a line: all of it is text to YAML.
fn missing_space(text: &str, place: &Line) -> Option<Finding> {
    let content = &text[place.content()];
    let pair = content.trim_start_matches("- ");
    let (key, value) = pair.split_once(':')?;
    let named = !key.is_empty() && !key.starts_with(['"', '\'']) && !key.contains([' ', '#']);
    let joined =
        !value.is_empty() && !value.starts_with([' ', '\t', ':']) && !value.starts_with("//");
    if !named || !joined || value.contains(": ") || value.ends_with(':') {
        return None;
    }
    let at = place.content().end - pair.len() + key.len();
    Some(broken(
        at..at + 1,
        "a space is missing after the colon",
        Some("write `key: value`"),
    ))
}

/// What git leaves in a file it could not merge. The parser stops within it or soon after.
fn conflict_marker(clues: &Clues<'_>) -> Option<Finding> {
    let window = on_characters(clues.text, clues.at.saturating_sub(NEAR)..clues.at + NEAR);
    let near = &clues.text[window.clone()];
    let start = if window.start == 0 && near.starts_with("<<<<<<< ") {
        0
    } else {
        window.start + near.find("\n<<<<<<< ")? + 1
    };
    near.contains("\n=======").then(|| {
        broken(
            start..start + 7,
            "a merge conflict is left in the file",
            Some("choose one side and remove the markers"),
        )
    })
}
