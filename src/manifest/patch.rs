//! A patch merged into an object as Kubernetes' strategic merge does it, list keys included.

use std::collections::BTreeSet;

use serde_json::Value;

use super::lists::{List, list_at};
use super::path::{Scope, Step};
use crate::schema::{Data, Placed};
use crate::source::Span;

/// The key of an order to the merge itself.
const ORDER: &str = "$patch";
/// Orders that kubectl makes for itself and nobody writes.
const MACHINE_MADE: [&str; 3] = [
    "$retainKeys",
    "$setElementOrder",
    "$deleteFromPrimitiveList",
];

/// What cannot be merged, and where that is written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BadPatch {
    /// The place in the patch.
    pub span: Option<Span>,
    /// What is wrong with it.
    pub message: String,
}

/// Merges `patch` into `object`, which lies in `scope`. What the patch writes keeps its places.
///
/// Mappings merge key by key; lists whose entries Kubernetes tells apart (see [`list_at`]) entry
/// by entry, new ones at the end; all else is replaced. A null removes a key, `$patch: delete` an
/// entry or key, `$patch: replace` has a mapping or list replaced as a whole. The empty patch
/// changes nothing, and a patch applied twice does what it does once.
///
/// # Errors
/// Everything in the patch that cannot be merged; the rest has been.
pub fn patch(object: &mut Placed, patch: &Placed, scope: &Scope) -> Result<(), Vec<BadPatch>> {
    let mut merge = Merge {
        scope,
        path: Vec::new(),
        faults: Vec::new(),
    };
    match order(patch) {
        Some(bad) if bad != "merge" => merge.fault(patch, "this cannot be done to a whole object"),
        _ => merge.merge(object, patch),
    }
    if merge.faults.is_empty() {
        Ok(())
    } else {
        Err(merge.faults)
    }
}

struct Merge<'a> {
    scope: &'a Scope,
    path: Vec<Step>,
    faults: Vec<BadPatch>,
}

impl Merge<'_> {
    fn merge(&mut self, base: &mut Placed, over: &Placed) {
        if order(over) == Some("replace") {
            *base = self.written(over);
            return;
        }
        match (&mut base.data, &over.data) {
            (Data::Map(entries), Data::Map(upper)) => {
                if !upper.is_empty() {
                    base.span = over.span;
                }
                for (key, value) in upper {
                    if self.is_order(key, value) {
                        continue;
                    }
                    if value.is_null() || order(value) == Some("delete") {
                        entries.remove(key);
                        continue;
                    }
                    self.path.push(Step::Key(key.clone()));
                    match entries.get_mut(key) {
                        Some(lower) => self.merge(lower, value),
                        None => {
                            let value = self.written(value);
                            entries.insert(key.clone(), value);
                        }
                    }
                    self.path.pop();
                }
            }
            (Data::List(items), Data::List(upper)) => match list_at(self.scope, &self.path) {
                List::Map(keys) | List::OrderedMap(keys) if !replaces(upper) => {
                    self.entries(items, upper, keys);
                    base.span = over.span;
                }
                _ => *base = self.written(over),
            },
            _ => *base = self.written(over),
        }
    }

    fn entries(&mut self, base: &mut Vec<Placed>, over: &[Placed], keys: &[&str]) {
        let mut seen = BTreeSet::new();
        for item in over {
            let Some(name) = identity(item, keys) else {
                self.fault(item, &format!("this entry has no {}", spoken(keys)));
                continue;
            };
            if !seen.insert(name.clone()) {
                self.fault(item, "this entry stands twice in the patch");
                continue;
            }
            let is_meant = |old: &Placed| identity(old, keys).as_ref() == Some(&name);
            if order(item) == Some("delete") {
                // Kubernetes deletes every entry of that name, should there be several.
                base.retain(|old| !is_meant(old));
                continue;
            }
            let at = base.iter().position(is_meant);
            self.path.push(Step::Item(name.join(",")));
            if let Some(at) = at {
                self.merge(&mut base[at], item);
            } else {
                let item = self.written(item);
                base.push(item);
            }
            self.path.pop();
        }
    }

    /// A value that nothing is there for yet: itself, without orders and what they remove.
    fn written(&mut self, over: &Placed) -> Placed {
        let data = match &over.data {
            Data::Scalar(value) => Data::Scalar(value.clone()),
            Data::List(items) => match list_at(self.scope, &self.path) {
                // The same rules hold as for a list that is there, so that they hold twice alike.
                List::Map(keys) | List::OrderedMap(keys) if !replaces(items) => {
                    let mut made = Vec::new();
                    self.entries(&mut made, items, keys);
                    Data::List(made)
                }
                _ => {
                    let kept = items.iter().filter(|item| !is_bare(item));
                    let kept = kept.filter(|item| order(item) != Some("delete"));
                    let kept: Vec<_> = kept.collect();
                    self.path.push(Step::Item(String::new()));
                    let made = kept.into_iter().map(|item| self.written(item)).collect();
                    self.path.pop();
                    Data::List(made)
                }
            },
            Data::Map(entries) => {
                let mut kept = std::collections::BTreeMap::new();
                for (key, value) in entries {
                    let gone = value.is_null() || order(value) == Some("delete");
                    if !self.is_order(key, value) && !gone {
                        self.path.push(Step::Key(key.clone()));
                        kept.insert(key.clone(), self.written(value));
                        self.path.pop();
                    }
                }
                Data::Map(kept)
            }
        };
        Placed {
            span: over.span,
            data,
        }
    }

    /// Whether a key is an order to the merge; reports one that there is not.
    fn is_order(&mut self, key: &str, value: &Placed) -> bool {
        let name = key.split('/').next().unwrap_or(key);
        if MACHINE_MADE.contains(&name) {
            self.fault(
                value,
                &format!("`{name}` is not for patches written by hand"),
            );
            return true;
        }
        if key != ORDER {
            return false;
        }
        if !matches!(value.as_str(), Some("delete" | "replace" | "merge")) {
            self.fault(value, "`$patch` is `delete`, `replace` or `merge`");
        }
        true
    }

    fn fault(&mut self, at: &Placed, message: &str) {
        self.faults.push(BadPatch {
            span: at.span,
            message: message.to_owned(),
        });
    }
}

fn order(value: &Placed) -> Option<&str> {
    value.get(ORDER)?.as_str()
}

/// Whether a list asks to be taken as a whole: by an entry that says only that.
fn replaces(items: &[Placed]) -> bool {
    items
        .iter()
        .any(|item| is_bare(item) && order(item) == Some("replace"))
}

fn is_bare(item: &Placed) -> bool {
    matches!(&item.data, Data::Map(entries) if entries.len() == 1 && entries.contains_key(ORDER))
}

/// What tells an entry from the others; none where it lacks that.
fn identity(item: &Placed, keys: &[&str]) -> Option<Vec<String>> {
    let part = |key: &&str| {
        let (path, absent) = match key.split_once('=') {
            Some((path, absent)) => (path, Some(absent)),
            None => (*key, None),
        };
        let found = path.split('.').try_fold(item, |value, key| value.get(key));
        match found.map(|value| &value.data) {
            Some(Data::Scalar(Value::String(text))) => Some(text.clone()),
            Some(Data::Scalar(value)) if !value.is_null() => Some(value.to_string()),
            Some(_) => None,
            None => absent.map(ToOwned::to_owned),
        }
    };
    keys.iter().map(part).collect()
}

/// The keys that an entry needs, in words.
fn spoken(keys: &[&str]) -> String {
    let needed = keys.iter().filter(|key| !key.contains('='));
    let quoted: Vec<_> = needed.map(|key| format!("`{key}`")).collect();
    quoted.join(" and ")
}

#[cfg(test)]
mod tests;
