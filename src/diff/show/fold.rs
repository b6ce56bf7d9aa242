//! Schemas of custom resources: nobody reads a hundred changed fields of one in a review.

use std::collections::BTreeMap;
use std::fmt::{Display, Formatter, Result};

use super::escape::visible;
use crate::diff::{Change, Class, How, ObjectDiff};
use crate::manifest::{Step, Steps};

/// Fewer changed fields of a schema than this are told one by one.
const MANY: usize = 4;
/// Where a version of a custom resource has its schema.
const SCHEMA: &str = "openAPIV3Schema";

/// Many changed fields of a schema, as numbers.
#[derive(Debug, Default)]
pub(super) struct Folded {
    /// Where the schema is.
    pub(super) pointer: String,
    added: usize,
    changed: usize,
    removed: usize,
}

impl Display for Folded {
    fn fmt(&self, f: &mut Formatter<'_>) -> Result {
        let counts = [
            (self.added, "added"),
            (self.changed, "changed"),
            (self.removed, "removed"),
        ];
        let counts = counts.iter().filter(|(count, _)| *count > 0);
        let mut noun = " fields";
        write!(f, "{}: ", visible(&self.pointer))?;
        for (count, word) in counts {
            write!(f, "{count}{noun} {word}, ")?;
            noun = "";
        }
        f.write_str("all of them with --format json")
    }
}

/// Takes the changes of schemas out of those of an object, where they are many and none of them
/// does anything to what runs.
pub(super) fn fold(object: &ObjectDiff, rest: &mut Vec<&Change>) -> Vec<Folded> {
    if object.identity.kind != "CustomResourceDefinition" {
        return Vec::new();
    }
    let mut count: BTreeMap<String, usize> = BTreeMap::new();
    for schema in rest.iter().filter_map(|change| schema(change)) {
        *count.entry(schema).or_default() += 1;
    }
    let mut folded: BTreeMap<String, Folded> = BTreeMap::new();
    rest.retain(|change| {
        let Some(pointer) = schema(change).filter(|schema| count[schema] >= MANY) else {
            return true;
        };
        let fold = folded.entry(pointer.clone()).or_default();
        fold.pointer = pointer;
        match change.how {
            How::Added => fold.added += 1,
            How::Removed => fold.removed += 1,
            How::Changed | How::Moved => fold.changed += 1,
        }
        false
    });
    folded.into_values().collect()
}

/// The schema that a change is within.
fn schema(change: &Change) -> Option<String> {
    let is_schema = |step: &Step| matches!(step, Step::Key(key) if key == SCHEMA);
    let at = change.path.iter().position(is_schema)?;
    let harmless = change.classes.worst() <= Class::Config;
    harmless.then(|| Steps(&change.path[..=at]).to_string())
}
