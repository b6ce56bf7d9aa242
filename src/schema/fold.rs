//! `defaults` folded into every function, in the tree, so that a value keeps the place where it
//! was written and one function type serves both.

use super::overlay::{Place, merge};
use crate::source::{Entry, Node, NodeValue};

/// Puts what a function leaves open, and `defaults` says, into each function: the function is
/// merged over the defaults as an environment is over the rest.
pub(super) fn defaults(tree: &mut Node) {
    let Some(defaults) = tree.get("defaults").cloned() else {
        return;
    };
    let NodeValue::Map(entries) = &mut tree.value else {
        return;
    };
    let functions = entries.iter_mut().find(|entry| entry.key == "functions");
    let Some(Entry {
        value: Node {
            value: NodeValue::List(functions),
            ..
        },
        ..
    }) = functions
    else {
        return;
    };
    if defaults.as_map().is_none_or(<[Entry]>::is_empty) {
        return;
    }
    for function in functions.iter_mut().filter(|f| f.as_map().is_some()) {
        let mut folded = defaults.clone();
        merge(Place::Function, &mut folded, function);
        *function = folded;
    }
}
