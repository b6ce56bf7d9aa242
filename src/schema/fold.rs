//! `defaults` folded into every function, in the tree, so that a value keeps the place where it
//! was written and one function type serves both.

use crate::source::{Entry, Node, NodeValue};

/// Puts what a function leaves open, and `defaults` says, into each function.
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
    for function in functions
        .iter_mut()
        .filter(|f| matches!(f.value, NodeValue::Map(_)))
    {
        under(function, &defaults);
    }
}

/// Fills `over` with what only `base` has: mappings key by key, named lists (`env`) name by name;
/// any other value of `over` replaces that of `base`, and a null removes it.
fn under(over: &mut Node, base: &Node) {
    match (&mut over.value, &base.value) {
        (NodeValue::Map(over), NodeValue::Map(base)) => {
            for entry in base {
                match over.iter_mut().find(|own| own.key == entry.key) {
                    Some(own) => under(&mut own.value, &entry.value),
                    None => over.push(entry.clone()),
                }
            }
        }
        (NodeValue::List(own), NodeValue::List(base)) if named(own) && named(base) => {
            let inherited: Vec<_> = base
                .iter()
                .filter(|item| !own.iter().any(|present| name(present) == name(item)))
                .cloned()
                .collect();
            own.splice(0..0, inherited);
        }
        _ => {}
    }
}

/// Whether every item is a mapping with a name, as Kubernetes' `env` is.
fn named(items: &[Node]) -> bool {
    items.iter().all(|item| name(item).is_some())
}

fn name(item: &Node) -> Option<&str> {
    Some(item.get("name")?.as_scalar()?.text.as_str())
}
