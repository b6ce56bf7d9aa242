//! Words for the forms of text that our schemas name.

/// What text of the named form looks like, to follow "expected": "a percentage such as 25%".
///
/// The names are the values of `format` in the bundled Kubernetes schemas.
pub fn describe(format: &str) -> Option<&'static str> {
    FORMATS
        .iter()
        .find(|(name, _)| *name == format)
        .map(|(_, words)| *words)
}

const FORMATS: &[(&str, &str)] = &[
    ("base64", "text in base64"),
    ("cidr", "an address range such as 10.0.0.0/8"),
    ("config-key", "letters, digits, `-`, `_` and `.` only"),
    (
        "cron",
        "five fields such as `*/5 * * * *`, or a word such as `@daily`",
    ),
    ("date-time", "a time such as 2026-01-31T12:00:00Z"),
    (
        "dns-label",
        "lower-case letters, digits and `-`, with a letter or digit at both ends",
    ),
    (
        "dns-subdomain",
        "lower-case letters, digits, `-` and `.`, such as my-app.example.com",
    ),
    ("env-name", "printable ASCII without `=`"),
    (
        "gateway-duration",
        "a time such as 30s or 1m30s, without fractions",
    ),
    ("host", "a host such as shop.example.com"),
    ("image", "an image reference without blanks"),
    ("int-or-percent", "an integer or a percentage such as 25%"),
    (
        "label-key",
        "letters, digits, `-`, `_` and `.`, with an optional `domain/` before",
    ),
    (
        "label-value",
        "letters, digits, `-`, `_` and `.`, with a letter or digit at both ends",
    ),
    ("mount-path", "a path without `:`"),
    ("path", "a path that begins with a slash"),
    ("path-segment", "a name without `/` and `%`"),
    (
        "port-name",
        "at most 15 lower-case letters, digits and `-`, with at least one letter",
    ),
    (
        "prometheus-duration",
        "a time such as 30s, 5m or 1d, the larger unit first",
    ),
    ("quantity", "a quantity such as 128Mi or 100m"),
    (
        "resource-name",
        "`cpu`, `memory`, `ephemeral-storage`, `hugepages-2Mi` or `domain/name`",
    ),
    (
        "service-name",
        "lower-case letters, digits and `-`, with a letter first",
    ),
    ("storage-name", "`storage`"),
];

#[cfg(test)]
mod tests {
    use super::{FORMATS, describe};

    #[test]
    fn names_are_sorted_and_found() {
        assert!(FORMATS.is_sorted());
        assert_eq!(
            describe("quantity"),
            Some("a quantity such as 128Mi or 100m")
        );
        assert_eq!(describe("unheard-of"), None);
    }
}
