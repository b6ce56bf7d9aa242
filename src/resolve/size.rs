//! Amounts of bytes.

use crate::diag::codes::shape::{BAD_FORMAT, OUT_OF_RANGE};
use crate::diag::{Diagnostic, Report};
use crate::schema::{Located, Text};

/// The largest body that fits into a message of NSQ's (1 MiB) with its headers, in bytes.
const BODY: u64 = 960 * 1024;

const UNITS: [(&str, u64); 7] = [
    ("", 1),
    ("B", 1),
    ("kB", 1_000),
    ("KB", 1_000),
    ("KiB", 1024),
    ("Ki", 1024),
    ("k", 1_000),
];

/// The largest body of a request, in bytes.
pub(super) fn body(text: &Located<Text>, report: &mut Report) -> Option<u64> {
    match parse(&text.0) {
        Some(bytes @ 1..=BODY) => Some(bytes),
        Some(_) => {
            report.push(
                Diagnostic::at(&OUT_OF_RANGE, text.span, "no message holds such a body")
                    .label("1 byte at least, 960KiB at most")
                    .help("pass larger data by reference: put it somewhere and send its address"),
            );
            None
        }
        None => {
            report.push(
                Diagnostic::at(&BAD_FORMAT, text.span, "this is not a size")
                    .label("expected bytes, such as `500kB` or `960KiB`"),
            );
            None
        }
    }
}

fn parse(text: &str) -> Option<u64> {
    if let Some(mebibytes) = text.strip_suffix("MiB").or_else(|| text.strip_suffix("Mi")) {
        return mebibytes.parse::<u64>().ok()?.checked_mul(1024 * 1024);
    }
    let digits = text.trim_start_matches(|c: char| c.is_ascii_digit());
    let (_, factor) = UNITS.into_iter().find(|(unit, _)| *unit == digits)?;
    let number: u64 = text[..text.len() - digits.len()].parse().ok()?;
    number.checked_mul(factor)
}

#[cfg(test)]
mod tests {
    use super::parse;

    #[test]
    fn sizes() {
        for (text, bytes) in [
            ("1", 1),
            ("2kB", 2_000),
            ("960KiB", 983_040),
            ("1MiB", 1 << 20),
        ] {
            assert_eq!(parse(text), Some(bytes), "{text}");
        }
        for bad in [
            "",
            "KiB",
            "1 KiB",
            "-1",
            "1.5KiB",
            "1GB",
            "99999999999999999999",
        ] {
            assert_eq!(parse(bad), None, "{bad}");
        }
    }
}
