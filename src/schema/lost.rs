//! What was written and could not be read: that it is absent means nothing.

use std::collections::BTreeSet;

use super::fault::{Fault, FaultKind, Segment};
use super::shape;

/// The fields of one document that are left out for what is wrong with them.
#[derive(Clone, Debug, Default)]
pub struct Lost {
    /// Their paths as in `functions.image`, the same in every environment and in all of a list.
    paths: BTreeSet<String>,
    /// Whether there is no telling what else is.
    anything: bool,
}

impl Lost {
    /// Whether nothing is.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.paths.is_empty() && !self.anything
    }

    /// Whether one of these fields was, or may have been, written and not read.
    #[must_use]
    pub fn any(&self, paths: &[&str]) -> bool {
        self.anything || paths.iter().any(|path| self.paths.contains(*path))
    }

    /// There is no telling what is lost.
    pub(super) fn anything(&mut self) {
        self.anything = true;
    }

    /// Adds what these faults take away, and what a misspelt key was probably meant to be.
    pub(super) fn add(&mut self, faults: &[Fault]) {
        for fault in faults {
            let mut keys: Vec<&str> = fault.pointer.segments().iter().filter_map(key).collect();
            if keys.first() == Some(&"environments") {
                keys.drain(..keys.len().min(2));
            }
            match &fault.kind {
                FaultKind::UnknownKey { key, known } => {
                    keys.push(shape::meant(key, known).unwrap_or(key));
                }
                FaultKind::TooNew { key, .. } => keys.push(key),
                _ => {}
            }
            self.anything |= keys.is_empty();
            self.paths.insert(keys.join("."));
        }
    }
}

fn key(segment: &Segment) -> Option<&str> {
    match segment {
        Segment::Key(key) => Some(key),
        Segment::Index(_) => None,
    }
}
