//! What breaks the schema, taken out, so that the rest can still be read and looked at: one run
//! tells everything that is wrong.

use super::fault::{Fault, FaultKind, Segment};
use crate::source::{Node, NodeValue};

/// Removes every value at fault from the tree, and what is nothing without it: where a required
/// key has gone, `again` finds its mapping at fault. It ends when nothing is at fault, or nothing is
/// left to take away: the document itself stays.
pub(super) fn prune(tree: &mut Node, faults: Vec<Fault>, again: impl Fn(&Node) -> Vec<Fault>) {
    let mut faults = faults;
    while round(tree, &faults) {
        faults = again(tree);
    }
}

/// Whether anything was taken away. Faults are sorted by place, so going backwards keeps the
/// indexes of lists right.
fn round(tree: &mut Node, faults: &[Fault]) -> bool {
    let mut changed = false;
    for fault in faults.iter().rev() {
        let path = fault.pointer.segments();
        match &fault.kind {
            FaultKind::UnknownKey { key, .. } | FaultKind::TooNew { key, .. } => {
                changed |= remove(tree, path, &Segment::Key(key.clone()));
            }
            // The value stays, without what it should not have; without what it lacks it is
            // nothing, and neither is one of a wrong type or form.
            _ => {
                if let Some((last, parent)) = path.split_last() {
                    changed |= remove(tree, parent, last);
                }
            }
        }
    }
    changed
}

fn remove(tree: &mut Node, parent: &[Segment], last: &Segment) -> bool {
    let Some(parent) = parent.iter().try_fold(tree, |node, step| child(node, step)) else {
        return false;
    };
    match (&mut parent.value, last) {
        (NodeValue::Map(entries), Segment::Key(key)) => {
            let before = entries.len();
            entries.retain(|entry| entry.key != *key);
            entries.len() < before
        }
        (NodeValue::List(items), Segment::Index(index)) if *index < items.len() => {
            items.remove(*index);
            true
        }
        _ => false,
    }
}

fn child<'a>(node: &'a mut Node, step: &Segment) -> Option<&'a mut Node> {
    match (&mut node.value, step) {
        (NodeValue::Map(entries), Segment::Key(key)) => entries
            .iter_mut()
            .find(|entry| entry.key == *key)
            .map(|entry| &mut entry.value),
        (NodeValue::List(items), Segment::Index(index)) => items.get_mut(*index),
        _ => None,
    }
}
