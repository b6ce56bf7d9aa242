//! A diff as text, for people and for machines.

mod digest;
mod escape;
mod fold;
mod github;
mod json;
mod lines;
mod markdown;
mod paint;
mod text;
mod unified;
mod words;

pub use escape::{html as markdown_text, visible};
pub use github::github;
pub use json::json;
pub use markdown::markdown;
pub use text::text;
pub use unified::unified;

use super::Diff;

/// A diff, and of what it is where there are several: the name of an environment, for instance.
#[derive(Clone, Debug, Default)]
pub struct Section {
    /// What the diff is of; empty where there is only one.
    pub title: String,
    /// The diff.
    pub diff: Diff,
}

/// How a diff is shown.
#[derive(Clone, Copy, Debug, Default)]
pub struct Options {
    /// Lines around a line that differs; by default 3 in a unified diff, none elsewhere.
    pub context: Option<usize>,
    /// Whether escape codes for colour may be used.
    pub colour: bool,
}
