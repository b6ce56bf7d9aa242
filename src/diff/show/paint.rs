//! Colour, where it is wanted.

use crate::diff::Class;

/// Paints, or leaves text as it is.
#[derive(Clone, Copy, Debug)]
pub(super) struct Paint(pub(super) bool);

impl Paint {
    fn with(self, code: &str, text: &str) -> String {
        if self.0 && !text.is_empty() {
            format!("\u{1b}[{code}m{text}\u{1b}[0m")
        } else {
            text.to_owned()
        }
    }

    pub(super) fn class(self, class: Class, text: &str) -> String {
        let code = match class {
            Class::DataLoss | Class::Delete => "1;31",
            Class::Replace | Class::Security => "31",
            Class::Routing | Class::Restart => "33",
            Class::Config | Class::Scale => "36",
            Class::Metadata | Class::Noop => "2",
        };
        self.with(code, text)
    }

    pub(super) fn mark(self, mark: char, text: &str) -> String {
        match mark {
            '+' => self.with("32", text),
            '-' => self.with("31", text),
            _ => text.to_owned(),
        }
    }

    pub(super) fn bold(self, text: &str) -> String {
        self.with("1", text)
    }

    pub(super) fn faint(self, text: &str) -> String {
        self.with("2", text)
    }

    /// Both values, with that part in bold in which they differ.
    pub(super) fn pair(self, old: &str, new: &str) -> (String, String) {
        let same = old.chars().zip(new.chars()).take_while(|(a, b)| a == b);
        let start: usize = same.map(|(c, _)| c.len_utf8()).sum();
        let (old_rest, new_rest) = (&old[start..], &new[start..]);
        let same = old_rest.chars().rev().zip(new_rest.chars().rev());
        let end: usize = same
            .take_while(|(a, b)| a == b)
            .map(|(c, _)| c.len_utf8())
            .sum();
        let paint = |text: &str, code: &str| {
            let middle = &text[start..text.len() - end];
            let (before, after) = (&text[..start], &text[text.len() - end..]);
            format!("{before}{}{after}", self.with(code, middle))
        };
        (paint(old, "1;31"), paint(new, "1;32"))
    }
}
