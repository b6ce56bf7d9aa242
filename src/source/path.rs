//! Paths into a tree, and what they lead to.

use std::fmt::Write as _;

use super::node::{Entry, Node, NodeValue};
use super::span::Span;

/// One step into a tree.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Segment {
    /// The value of a key.
    Key(String),
    /// The item at an index, from 0.
    Index(usize),
}

impl From<&str> for Segment {
    fn from(key: &str) -> Self {
        Self::Key(key.to_owned())
    }
}

impl From<String> for Segment {
    fn from(key: String) -> Self {
        Self::Key(key)
    }
}

impl From<usize> for Segment {
    fn from(index: usize) -> Self {
        Self::Index(index)
    }
}

/// What a path leads to.
#[derive(Clone, Copy, Debug)]
pub struct Place<'a> {
    /// The value.
    pub node: &'a Node,
    /// The entry whose value it is; none for list items and the whole document.
    pub entry: Option<&'a Entry>,
}

impl<'a> Place<'a> {
    /// Where the key is written, if the last step was one.
    pub fn key_span(&self) -> Option<Span> {
        self.entry.map(|entry| entry.key_span)
    }

    /// The one place to point at when the whole is meant: the key, or else the value.
    pub fn span(&self) -> Span {
        self.key_span().unwrap_or(self.node.span)
    }

    /// What one more segment leads to.
    pub fn step(&self, segment: &Segment) -> Option<Place<'a>> {
        match (segment, &self.node.value) {
            (Segment::Key(key), NodeValue::Map(_)) => {
                let entry = self.node.entry(key)?;
                Some(Place {
                    node: &entry.value,
                    entry: Some(entry),
                })
            }
            (Segment::Index(index), NodeValue::List(items)) => Some(Place {
                node: items.get(*index)?,
                entry: None,
            }),
            _ => None,
        }
    }
}

impl Node {
    /// The value at the end of a path, with its key's place; none where the path leads nowhere.
    pub fn at(&self, path: &[Segment]) -> Option<Place<'_>> {
        let (place, used) = self.nearest(path);
        (used == path.len()).then_some(place)
    }

    /// The deepest value on a path, and how many of the path's segments lead there.
    ///
    /// For a fault about something that is missing, this is the place to point at.
    pub fn nearest(&self, path: &[Segment]) -> (Place<'_>, usize) {
        let mut place = Place {
            node: self,
            entry: None,
        };
        for (used, segment) in path.iter().enumerate() {
            match place.step(segment) {
                Some(next) => place = next,
                None => return (place, used),
            }
        }
        (place, path.len())
    }
}

/// A path as people write it: `functions[0].env."a.b"`.
pub fn display_path(path: &[Segment]) -> String {
    let mut text = String::new();
    for segment in path {
        match segment {
            Segment::Index(index) => {
                let _ = write!(text, "[{index}]");
            }
            Segment::Key(key) => {
                if !text.is_empty() {
                    text.push('.');
                }
                let plain = |c: char| c.is_ascii_alphanumeric() || "_-/".contains(c);
                if !key.is_empty() && key.chars().all(plain) {
                    text.push_str(key);
                } else {
                    let _ = write!(text, "{key:?}");
                }
            }
        }
    }
    text
}
