//! Labels and annotations: their keys and values have forms of their own.

use std::collections::BTreeMap;

use crate::diag::codes::shape::{BAD_FORMAT, OUT_OF_RANGE};
use crate::diag::{Diagnostic, Report};
use crate::schema::Located;
use crate::schema::spec::Labels;

/// The longest name, be it of a key or a value.
const LONGEST: usize = 63;
/// The longest domain before a key's slash.
const LONGEST_DOMAIN: usize = 253;
/// All annotations of an object together, in bytes.
const ANNOTATIONS: usize = 262_144;

/// Labels, checked.
pub(super) fn resolve(map: Option<&Labels>, report: &mut Report) -> BTreeMap<String, String> {
    for (key, text) in map.into_iter().flatten() {
        check_key(key, report);
        if !text.0.is_empty() && !is_name(&text.0) {
            report.push(
                Diagnostic::at(
                    &BAD_FORMAT,
                    text.span,
                    format!("the label `{}` cannot have this value", key.value),
                )
                .label(
                    "63 letters, digits, `-`, `_` and `.` at most, a letter or digit at both ends",
                ),
            );
        }
    }
    texts(map)
}

/// Annotations, checked.
pub(super) fn annotations(map: Option<&Labels>, report: &mut Report) -> BTreeMap<String, String> {
    let mut size = 0;
    for (key, text) in map.into_iter().flatten() {
        check_key(key, report);
        let before = size;
        size += key.len() + text.0.len();
        if before <= ANNOTATIONS && size > ANNOTATIONS {
            report.push(
                Diagnostic::at(&OUT_OF_RANGE, text.span, "the annotations are too large")
                    .label(format!("with this more than {ANNOTATIONS} bytes in all")),
            );
        }
    }
    texts(map)
}

fn texts(map: Option<&Labels>) -> BTreeMap<String, String> {
    map.into_iter()
        .flatten()
        .map(|(key, text)| (key.value.clone(), text.value.0.clone()))
        .collect()
}

/// `[domain/]name`.
fn check_key(key: &Located<String>, report: &mut Report) {
    let (domain, name) = key
        .value
        .rsplit_once('/')
        .map_or((None, key.value.as_str()), |(d, n)| (Some(d), n));
    let lower =
        |part: &str| is_name(part) && part.bytes().all(|b| !b.is_ascii_uppercase() && b != b'_');
    let domain_ok = domain.is_none_or(|d| d.len() <= LONGEST_DOMAIN && d.split('.').all(lower));
    if !is_name(name) || !domain_ok {
        report.push(
            Diagnostic::at(
                &BAD_FORMAT,
                key.span,
                "a label or annotation cannot be called this",
            )
            .label("expected letters, digits, `-`, `_` and `.`, with an optional `domain/` before"),
        );
    }
}

fn is_name(text: &str) -> bool {
    let edge = |b: Option<u8>| b.is_some_and(|b| b.is_ascii_alphanumeric());
    text.len() <= LONGEST
        && edge(text.bytes().next())
        && edge(text.bytes().next_back())
        && text
            .bytes()
            .all(|b| b.is_ascii_alphanumeric() || b"-_.".contains(&b))
}
