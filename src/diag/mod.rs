//! Findings: what is wrong with an input, where, and how to mend it.
//!
//! Every stage reports through [`Report`]. A finding is plain data; each format turns it into text
//! in a file of its own, and shows no more of an input than [`Mask`] lets through.

mod code;
pub mod codes;
mod excerpt;
mod github;
mod human;
mod json;
mod mask;
mod place;
mod sarif;

pub use code::{Code, Severity};
pub use github::render_github;
pub use human::{Style, render_human};
pub use json::{JSON_VERSION, render_json};
pub use mask::{MASK, Mask, Masked, is_secret_name};
pub use sarif::render_sarif;

use crate::source::Span;

/// How many findings a report shows; the rest is counted.
pub const SHOWN: usize = 50;

/// A place in an input, and what is to be said about it there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Label {
    /// The bytes that are underlined.
    pub span: Span,
    /// A few words shown at the underline; may be empty.
    pub text: String,
}

/// One finding.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Diagnostic {
    /// Which finding it is; carries the severity.
    pub code: &'static Code,
    /// One sentence that names the fact.
    pub message: String,
    /// The place at fault. `None` only where there is no text to point at.
    pub primary: Option<Label>,
    /// Other places that explain the first, such as the earlier of two twins.
    pub related: Vec<Label>,
    /// How to mend it, a sentence each.
    pub help: Vec<String>,
}

impl Diagnostic {
    /// A finding at `span`.
    pub fn at(code: &'static Code, span: Span, message: impl Into<String>) -> Self {
        let primary = Some(Label {
            span,
            text: String::new(),
        });
        Self {
            code,
            message: message.into(),
            primary,
            related: Vec::new(),
            help: Vec::new(),
        }
    }

    /// A finding about the input as a whole, such as a missing release name.
    pub fn global(code: &'static Code, message: impl Into<String>) -> Self {
        Self {
            code,
            message: message.into(),
            primary: None,
            related: Vec::new(),
            help: Vec::new(),
        }
    }

    /// Adds the words shown at the underline.
    #[must_use]
    pub fn label(mut self, text: impl Into<String>) -> Self {
        if let Some(primary) = &mut self.primary {
            primary.text = text.into();
        }
        self
    }

    /// Adds another place.
    #[must_use]
    pub fn related(mut self, span: Span, text: impl Into<String>) -> Self {
        self.related.push(Label {
            span,
            text: text.into(),
        });
        self
    }

    /// Adds a sentence on how to mend it.
    #[must_use]
    pub fn help(mut self, text: impl Into<String>) -> Self {
        self.help.push(text.into());
        self
    }
}

/// All findings of a run.
#[derive(Clone, Debug, Default)]
pub struct Report {
    found: Vec<Diagnostic>,
}

impl Report {
    /// Adds a finding.
    pub fn push(&mut self, diagnostic: Diagnostic) {
        self.found.push(diagnostic);
    }

    /// Adds all that another report has.
    pub fn absorb(&mut self, other: Self) {
        self.found.extend(other.found);
    }

    /// Whether anything found forbids an output.
    #[must_use]
    pub fn has_errors(&self) -> bool {
        self.found
            .iter()
            .any(|d| d.code.severity == Severity::Error)
    }

    /// How many findings have this severity.
    #[must_use]
    pub fn count(&self, severity: Severity) -> usize {
        self.found
            .iter()
            .filter(|d| d.code.severity == severity)
            .count()
    }

    /// The findings in the order they were made.
    #[must_use]
    pub fn diagnostics(&self) -> &[Diagnostic] {
        &self.found
    }

    /// Sorts by file, place and code, and drops what is said twice.
    pub fn settle(&mut self) {
        self.found.sort_by(|a, b| Self::key(a).cmp(&Self::key(b)));
        self.found.dedup();
    }

    /// Findings without a place come last: they are about the whole.
    fn key(d: &Diagnostic) -> (bool, Option<Span>, &'static str, &str) {
        (
            d.primary.is_none(),
            d.primary.as_ref().map(|label| label.span),
            d.code.id,
            &d.message,
        )
    }
}
