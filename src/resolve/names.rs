//! Names: what Kubernetes and NSQ take for one.

use super::plain;
use crate::diag::codes::meaning::BAD_NAME;
use crate::diag::{Diagnostic, Report};
use crate::source::Span;

/// The longest DNS label.
pub(super) const LABEL_MAX: usize = 63;

/// The longest `<app>-<name>`: with more, a Deployment's pods do not keep the whole name (a pod's
/// name is that of its ReplicaSet, cut at 58 characters, and five more; the ReplicaSet adds 11).
pub(super) const OBJECT_MAX: usize = 46;

/// The longest topic or channel, in bytes.
pub(super) const TOPIC_MAX: usize = 64;

/// Whether NSQ takes `text` for the name of a topic or channel.
#[must_use]
pub fn is_topic(text: &str) -> bool {
    let stem = text.strip_suffix("#ephemeral").unwrap_or(text);
    !stem.is_empty()
        && text.len() <= TOPIC_MAX
        && stem
            .bytes()
            .all(|b| b.is_ascii_alphanumeric() || b".-_".contains(&b))
}

/// A name that becomes the beginning or the whole of an object's name: a DNS label that starts
/// with a letter.
fn fault(text: &str, max: usize) -> Option<String> {
    let edge = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit();
    if text.is_empty() {
        Some("it is empty".to_owned())
    } else if text.len() > max {
        Some(format!(
            "it has {} characters, {max} at most are allowed",
            text.len()
        ))
    } else if let Some(bad) = text.chars().find(|c| !edge(*c) && *c != '-') {
        Some(format!("`{}` is not allowed in it", bad.escape_debug()))
    } else if !text.starts_with(|c: char| c.is_ascii_lowercase()) {
        Some("it has to begin with a letter".to_owned())
    } else if !text.ends_with(edge) {
        Some("it has to end with a letter or digit".to_owned())
    } else {
        None
    }
}

/// Checks a name written in the file.
pub(super) fn label(
    what: &str,
    text: &str,
    span: Span,
    max: usize,
    report: &mut Report,
) -> Option<String> {
    let Some(why) = fault(text, max) else {
        return Some(text.to_owned());
    };
    let mut diagnostic = Diagnostic::at(&BAD_NAME, span, format!("{what} is not valid")).label(why);
    if let Some(near) = mended(text, max) {
        diagnostic = diagnostic.help(format!("`{near}` would be valid"));
    }
    report.push(diagnostic);
    None
}

/// Checks a namespace, which may begin with a digit.
pub(super) fn namespace(text: &str, span: Span, report: &mut Report) -> Option<String> {
    let digits = text.trim_start_matches(|c: char| c.is_ascii_digit());
    if digits.len() < text.len() && (digits.is_empty() || fault(&format!("a{text}"), 64).is_none())
    {
        return Some(text.to_owned());
    }
    label("a namespace", text, span, LABEL_MAX, report)
}

/// Checks a name given on the command line.
pub(super) fn option(flag: &str, text: &str, max: usize, report: &mut Report) -> Option<String> {
    let Some(why) = fault(text, max) else {
        return Some(text.to_owned());
    };
    let message = format!("the value of {flag} is not valid: {why}");
    report.push(Diagnostic::global(&BAD_NAME, message));
    None
}

/// Checks `<app>-<name>`.
pub(super) fn object(app: &str, name: &str, span: Span, report: &mut Report) -> String {
    let object = format!("{app}-{name}");
    if object.len() > OBJECT_MAX {
        report.push(
            Diagnostic::at(&BAD_NAME, span, format!("`{object}` is too long a name"))
                .label(format!("{} characters, {OBJECT_MAX} at most", object.len()))
                .help("shorten the function's name or the application's"),
        );
    }
    object
}

/// Checks the name of an object that is not ours, such as a Secret: labels with dots between.
pub(super) fn subdomain(what: &str, text: &str, span: Span, report: &mut Report) -> bool {
    let word = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit();
    let label = |part: &str| {
        part.bytes().next().is_some_and(word)
            && part.bytes().next_back().is_some_and(word)
            && part.bytes().all(|b| word(b) || b == b'-')
    };
    let good = text.len() <= 253 && text.split('.').all(label);
    if !good {
        report.push(
            Diagnostic::at(&BAD_NAME, span, format!("{what} cannot have this name"))
                .label("lower-case letters, digits, `-` and `.`, a letter or digit at both ends"),
        );
    }
    good
}

/// Checks a topic or channel; warns of one that is a topic by chance, such as `no`.
pub(super) fn topic(what: &str, text: &str, span: Span, report: &mut Report) -> Option<String> {
    if is_topic(text) {
        plain::ambiguous(text, span, report);
        return Some(text.to_owned());
    }
    let why = if text.len() > TOPIC_MAX {
        format!("it has {} bytes, {TOPIC_MAX} at most", text.len())
    } else {
        "NSQ takes letters, digits, `.`, `_` and `-`, and `#ephemeral` at the end".to_owned()
    };
    report.push(Diagnostic::at(&BAD_NAME, span, format!("{what} is not valid")).label(why));
    None
}

/// The nearest valid name: lower case, with dashes for everything else.
fn mended(text: &str, max: usize) -> Option<String> {
    let near = crate::schema::label(text, usize::MAX);
    fault(&near, max).is_none().then_some(near)
}

#[cfg(test)]
mod tests {
    use super::{fault, is_topic, mended};

    #[test]
    fn names_of_objects() {
        for good in ["a", "check-out", "a1", "a-1"] {
            assert_eq!(fault(good, 46), None, "{good}");
        }
        for bad in [
            "",
            "A",
            "1a",
            "-a",
            "a-",
            "a_b",
            "a.b",
            "ä",
            &"a".repeat(47),
        ] {
            assert!(fault(bad, 46).is_some(), "{bad}");
        }
    }

    #[test]
    fn names_of_topics() {
        let longest = format!("{}#ephemeral", "a".repeat(54));
        for good in ["a", "orders.v1_x-y", "A", &"a".repeat(64), &longest] {
            assert!(is_topic(good), "{good}");
        }
        for bad in [
            "",
            "a b",
            "a\nb",
            "a#b",
            "#ephemeral",
            &"a".repeat(65),
            &format!("a{longest}"),
        ] {
            assert!(!is_topic(bad), "{bad}");
        }
    }

    #[test]
    fn a_valid_name_is_offered_where_one_is_near() {
        assert_eq!(mended("Check_Out", 46).as_deref(), Some("check-out"));
        assert_eq!(mended("1", 46), None);
    }
}
