//! A code: one row owns the name, the severity and the text of a finding.

/// How much a finding weighs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Severity {
    /// Worth knowing; nothing need change.
    Note,
    /// Rendered all the same, but likely not what was meant.
    Warning,
    /// Nothing is rendered.
    Error,
}

impl Severity {
    /// The word printed before the code.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Note => "note",
            Self::Warning => "warning",
            Self::Error => "error",
        }
    }
}

/// A kind of finding. Codes are stable: one is never given a second meaning.
#[derive(Debug, PartialEq, Eq)]
pub struct Code {
    /// `KF` and four digits.
    pub id: &'static str,
    /// How much it weighs.
    pub severity: Severity,
    /// What is wrong, in general.
    pub title: &'static str,
    /// Why it matters and what to do, in a few sentences.
    pub explanation: &'static str,
    /// A functions.yaml that has this finding. Empty where no text can show it (a byte that is not
    /// UTF-8, a size); the test of the registry names those.
    pub wrong: &'static str,
    /// The same, mended.
    pub right: &'static str,
}
