//! What differs between two sets of Kubernetes objects, and what that does to a cluster.
//!
//! Nothing here reads a file or asks a cluster: both sets are data. The stages, one after another:
//!
//! ```text
//! read ─▶ Set ─▶ normalise ─▶ compare ─▶ impact ─▶ context ─▶ Diff ─▶ show
//! bytes   by     what says    fields     classes,  what takes         text, unified, markdown,
//!         id     something    by path    reasons   two objects        json, github
//! ```

mod base64;
mod compare;
mod context;
mod image;
mod impact;
mod normalise;
mod object;
mod read;
mod scalar;
mod set;
mod show;
mod value;

use std::collections::{BTreeMap, BTreeSet};

pub use compare::How;
pub use impact::{Class, Classes, Direction, parse_classes};
pub use object::{Advice, Change, ChangeKind, ObjectDiff};
pub use read::{Unreadable, read, rendered_object};
use serde_json::Value;
pub use set::{Entry, Identity, Place, Set};
pub use show::{Options, Section, github, json, markdown, markdown_text, text, unified, visible};

use crate::parallel;

/// All that differs between two sets.
#[derive(Clone, Debug, Default)]
pub struct Diff {
    /// The objects that differ, the gravest first, then by identity.
    pub objects: Vec<ObjectDiff>,
    /// How many objects are the same.
    pub same: usize,
    /// How many of those are only written otherwise.
    pub rewritten: usize,
    /// How many values were looked at: a measure of the work that no machine changes.
    pub work: usize,
}

impl Diff {
    /// Whether nothing differs.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.objects.is_empty()
    }

    /// The classes of all changes.
    #[must_use]
    pub fn classes(&self) -> Classes {
        let classes = self.objects.iter().map(|object| object.classes);
        classes.fold(Classes::default(), Classes::and)
    }

    /// Only the objects with one of these classes.
    #[must_use]
    pub fn only(mut self, classes: Classes) -> Self {
        self.objects.retain(|object| object.classes.meets(classes));
        self
    }
}

/// Compares two sets: matches objects by identity, then field by field.
#[must_use]
pub fn diff(old: &Set, new: &Set) -> Diff {
    let autoscaled = autoscaled([old, new]);
    let mut diff = Diff::default();
    let before: Vec<_> = old.objects().iter().collect();
    let compared = parallel::map(&before, |(identity, before)| {
        let around = normalise::Surroundings {
            autoscaled: is_autoscaled(&autoscaled, identity),
        };
        match new.objects().get(identity) {
            None => Compared::Differs(Box::new(object::removed(identity, before)), 0),
            Some(after) if before.value == after.value => Compared::Equal,
            Some(after) => match object::changed(identity, before, after, around) {
                (Some(object), work) => Compared::Differs(Box::new(object), work + 1),
                (None, work) => Compared::Rewritten(work + 1),
            },
        }
    });
    for compared in compared {
        match compared {
            Compared::Equal => {
                diff.work += 1;
                diff.same += 1;
            }
            Compared::Rewritten(work) => {
                diff.work += work;
                diff.same += 1;
                diff.rewritten += 1;
            }
            Compared::Differs(object, work) => {
                diff.work += work;
                diff.objects.push(*object);
            }
        }
    }
    let fresh = new.objects().iter();
    let fresh = fresh.filter(|(identity, _)| !old.objects().contains_key(*identity));
    diff.objects
        .extend(fresh.map(|(identity, entry)| object::added(identity, entry)));
    context::apply(&mut diff, old, new);
    diff.objects
        .sort_by(|a, b| (b.classes.worst(), &a.identity).cmp(&(a.classes.worst(), &b.identity)));
    diff
}

/// What came of an object of the old set, with the number of values that were looked at.
enum Compared {
    /// It is there to the letter.
    Equal,
    /// It is there in other words.
    Rewritten(usize),
    /// It is another one, or gone.
    Differs(Box<ObjectDiff>, usize),
}

/// Namespace, kind and name of what autoscalers scale: who else sets a number of pods there is
/// overruled, so an absent number is not the API's default.
type Targets = BTreeSet<(String, String, String)>;

fn autoscaled(sets: [&Set; 2]) -> Targets {
    let objects = sets.into_iter().flat_map(|set| set.objects().iter());
    let scalers: BTreeMap<&str, &str> = [
        ("HorizontalPodAutoscaler", "Deployment"),
        ("ScaledObject", "Deployment"),
    ]
    .into();
    objects
        .filter_map(|(identity, entry)| {
            let usual = scalers.get(identity.kind.as_str())?;
            let target = entry.value.pointer("/spec/scaleTargetRef")?;
            let text = |key: &str| target.get(key).and_then(Value::as_str);
            let kind = text("kind").unwrap_or(usual).to_owned();
            Some((identity.namespace.clone(), kind, text("name")?.to_owned()))
        })
        .collect()
}

fn is_autoscaled(targets: &Targets, identity: &Identity) -> bool {
    let Identity {
        kind,
        namespace,
        name,
        ..
    } = identity;
    !targets.is_empty() && targets.contains(&(namespace.clone(), kind.clone(), name.clone()))
}
