//! Secrets by the look of the lines: in files that cannot be read, and in texts within values.

use std::ops::Range;

use super::Secret;
use super::name::is_secret_name;

/// `password = …` and `password: …` wherever they stand at the beginning of a line, such as in a
/// configuration file that is a value; and what stands between user and host of a URL.
pub(super) fn assignments(text: &str) -> Vec<Secret> {
    let mut found = Vec::new();
    for range in lines(text) {
        let line = &text[range.clone()];
        let content = line.trim_start();
        let start = range.start + line.len() - content.len();
        if let Some((name, rest)) = content.split_once('=')
            && is_name(name.trim_end())
            && is_secret_name(name)
        {
            found.extend(value(text, start + content.len() - rest.len()..range.end));
        }
        found.extend(passwords(line, range.start));
    }
    found
}

/// What follows a secret name in a file that cannot be read: the rest of its line, and the lines
/// below that are indented further.
pub(super) fn of_broken(text: &str) -> Vec<Secret> {
    let mut found = Vec::new();
    let mut below: Option<usize> = None;
    let mut named = false;
    for range in lines(text) {
        let line = &text[range.clone()];
        let content = line.trim_start();
        let indent = line.len() - content.len();
        if content.is_empty() {
            continue;
        }
        if below.is_some_and(|above| indent > above) {
            found.extend(value(text, range.start + indent..range.end));
            continue;
        }
        below = None;
        // Every `name:` of the line, since a flow mapping holds several.
        let colons = content.match_indices(':');
        for (at, _) in colons {
            let name = content[..at].trim_end_matches(['"', '\'']);
            let from = name
                .rfind(|c: char| !(c.is_alphanumeric() || "_-.".contains(c)))
                .map_or(0, |before| before + char_length(name, before));
            let name = &name[from..];
            let rest = range.start + indent + at + 1..range.end;
            if is_secret_name(name) || (named && name == "value") {
                found.extend(value(text, rest.clone()));
                found.extend(first(text, rest));
                below = Some(indent);
                break;
            }
            if name == "name" {
                let word = text[rest].trim_start().split([',', '}', ' ']).next();
                named = is_secret_name(word.unwrap_or_default());
            }
        }
    }
    found
}

fn char_length(text: &str, at: usize) -> usize {
    text[at..].chars().next().map_or(1, char::len_utf8)
}

/// The passwords of URLs such as `amqp://user:password@host`.
fn passwords(line: &str, offset: usize) -> Vec<Secret> {
    let mut found = Vec::new();
    for (at, _) in line.match_indices("://") {
        let rest = &line[at + 3..];
        let end = rest
            .find(|c: char| c.is_whitespace() || "/?#\"'<>".contains(c))
            .unwrap_or(rest.len());
        let authority = &rest[..end];
        if let Some(host) = authority.rfind('@')
            && let Some(colon) = authority[..host].find(':')
            && colon + 1 < host
        {
            let start = at + 3 + colon + 1;
            found.push(Secret {
                range: offset + start..offset + at + 3 + host,
                text: authority[colon + 1..host].to_owned(),
            });
        }
    }
    found
}

fn is_name(text: &str) -> bool {
    !text.is_empty()
        && text
            .chars()
            .all(|c| c.is_alphanumeric() || "_-.\"'".contains(c))
}

/// What of a range is neither blank nor quotes around it.
fn value(text: &str, range: Range<usize>) -> Option<Secret> {
    let rest = &text[range.clone()];
    let content = rest.trim_start();
    let start = range.start + rest.len() - content.len();
    let content = content.trim_end();
    let bare = content.trim_matches(['"', '\'', '}', ',']);
    (!content.is_empty()).then(|| Secret {
        range: start..start + content.len(),
        text: bare.to_owned(),
    })
}

/// The same place, and of its text what stands before a comma or bracket.
fn first(text: &str, range: Range<usize>) -> Option<Secret> {
    let whole = value(text, range)?;
    let end = whole.text.find([',', '}', ']'])?;
    let text = whole.text[..end]
        .trim()
        .trim_matches(['"', '\''])
        .to_owned();
    Some(Secret { text, ..whole })
}

/// The lines of a text without their breaks.
fn lines(text: &str) -> impl Iterator<Item = Range<usize>> {
    let mut start = 0;
    text.split('\n').map(move |line| {
        let range = start..start + line.trim_end_matches('\r').len();
        start += line.len() + 1;
        range
    })
}
