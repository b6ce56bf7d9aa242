//! What a change means for the other objects of the set.
//!
//! The tables of `impact` look at one object. Here stands what takes two: a label that somebody
//! selects by, a ConfigMap that somebody read once, an object that goes as its like comes.

mod labels;
mod renames;
mod restarts;
mod selectors;

use super::set::Set;
use super::{Diff, Identity};
use crate::manifest::Scope;

/// Adds to a comparison what follows from all objects of both sides.
pub(super) fn apply(diff: &mut Diff, old: &Set, new: &Set) {
    labels::apply(diff, old, new);
    // After the labels: what restarts is known then.
    restarts::apply(diff, new);
    renames::apply(diff);
}

fn is_kind(identity: &Identity, kinds: &str) -> bool {
    Scope::new(&identity.group, &identity.kind, false).is(kinds)
}
