//! Spans of time as they are written: `250ms`, `3s`, `1m30s`.

use std::ops::RangeInclusive;

use crate::diag::codes::shape::{BAD_FORMAT, OUT_OF_RANGE};
use crate::diag::{Diagnostic, Report};
use crate::schema::{Located, Text};

/// One hour, in milliseconds.
pub(super) const HOUR: u64 = 3_600_000;

/// Milliseconds in the shortest form that the runtime reads: `3s`, `250ms`.
pub(super) fn text(millis: u64) -> String {
    match millis % 1000 {
        0 => format!("{}s", millis / 1000),
        _ => format!("{millis}ms"),
    }
}

/// Milliseconds for people: `1h`, `1m30s`.
pub(super) fn shown(millis: u64) -> String {
    let mut rest = millis;
    let mut shown = String::new();
    for (unit, size) in [("h", HOUR), ("m", 60_000), ("s", 1_000), ("ms", 1)] {
        if rest >= size {
            shown.push_str(&format!("{}{unit}", rest / size));
            rest %= size;
        }
    }
    if shown.is_empty() {
        "0s".to_owned()
    } else {
        shown
    }
}

/// Reads what is written, in milliseconds; what is none, or out of `range`, is reported.
pub(super) fn read(
    written: &Located<Text>,
    range: RangeInclusive<u64>,
    report: &mut Report,
) -> Option<u64> {
    let millis = parsed(written, report)?;
    if range.contains(&millis) {
        return Some(millis);
    }
    report.push(
        Diagnostic::at(&OUT_OF_RANGE, written.span, "this time is out of range").label(format!(
            "{} at least, {} at most",
            shown(*range.start()),
            shown(*range.end())
        )),
    );
    None
}

/// Reads what is written, in milliseconds; what is none is reported.
pub(super) fn parsed(written: &Located<Text>, report: &mut Report) -> Option<u64> {
    let text = written.0.as_str();
    let millis = parse(text);
    if millis.is_none() {
        // Of a number alone, seconds are what other tools take it for.
        let help = match parse(&format!("{text}s")) {
            Some(_) => format!("did you mean `{text}s`?"),
            None => "such as `250ms`, `3s` or `1m30s`".to_owned(),
        };
        report.push(
            Diagnostic::at(&BAD_FORMAT, written.span, "this is not a duration")
                .label("expected a number with a unit")
                .help(help),
        );
    }
    millis
}

/// Milliseconds of `1m30s`, `3s`, `250ms`; each unit once, the larger first. More than can be
/// counted is the most that can: whatever the bounds are, it is beyond them.
fn parse(text: &str) -> Option<u64> {
    let mut total: u64 = 0;
    let mut rest = text;
    let mut last = u64::MAX;
    while !rest.is_empty() {
        let digits = rest.find(|c: char| !c.is_ascii_digit())?;
        let number = match &rest[..digits] {
            "" => return None,
            written => written.parse().unwrap_or(u64::MAX),
        };
        let unit_end = rest[digits..]
            .find(|c: char| c.is_ascii_digit())
            .map_or(rest.len(), |at| digits + at);
        let unit = match &rest[digits..unit_end] {
            "ms" => 1,
            "s" => 1_000,
            "m" => 60_000,
            "h" => 3_600_000,
            _ => return None,
        };
        if unit >= last {
            return None;
        }
        last = unit;
        total = total.saturating_add(number.saturating_mul(unit));
        rest = &rest[unit_end..];
    }
    (last != u64::MAX).then_some(total)
}

#[cfg(test)]
mod tests {
    use super::{parse, shown, text};

    #[test]
    fn durations() {
        for (text, millis) in [
            ("3s", 3_000),
            ("250ms", 250),
            ("1m30s", 90_000),
            ("14m", 840_000),
            ("1s1ms", 1_001),
            ("99999999999999h", u64::MAX),
            ("99999999999999999999999h1ms", u64::MAX),
        ] {
            assert_eq!(parse(text), Some(millis), "{text}");
        }
        for bad in ["", "3", "s", "3 s", "3sec", "30s1m", "1s1s", "-1s", "1.5s"] {
            assert_eq!(parse(bad), None, "{bad}");
        }
    }

    #[test]
    fn what_is_written_is_read_again() {
        for millis in [1, 100, 999, 1_000, 1_001, 90_000, 3_600_000] {
            assert_eq!(parse(&text(millis)), Some(millis));
            assert_eq!(parse(&shown(millis)), Some(millis));
        }
    }
}
