//! Lists whose entries are told apart by fields of theirs, and which way to compare a list.

use std::collections::BTreeMap;

use serde_json::Value;

use super::{Finder, How};
use crate::manifest::{List, Step, list_at};

impl Finder<'_> {
    pub(super) fn lists(&mut self, old: &[Value], new: &[Value]) {
        let list = list_at(self.scope, &self.path);
        // The API compares a pod template entry by entry, so another order restarts pods.
        let ordered = self.scope.in_template(&self.path).is_some();
        match list {
            List::Set => self.sets(old, new, ordered),
            List::Map(keys) => self.keyed(old, new, keys, ordered),
            List::OrderedMap(keys) => self.keyed(old, new, keys, true),
            List::Ordered => self.ordered(old, new),
        }
    }

    fn keyed(&mut self, old: &[Value], new: &[Value], keys: &[&str], ordered: bool) {
        let (Some(before), Some(after)) = (by_label(old, keys), by_label(new, keys)) else {
            return self.ordered(old, new);
        };
        let only_new = after.keys().filter(|label| !before.contains_key(*label));
        let mut labels: Vec<&String> = before.keys().chain(only_new).collect();
        labels.sort_unstable();
        for label in labels {
            let step = Step::Item(label.clone());
            self.at(step, |finder| match (before.get(label), after.get(label)) {
                (Some(at), Some(to)) => finder.values(&old[*at], &new[*to]),
                (at, to) => finder.one_sided(at.map(|at| &old[*at]), to.map(|to| &new[*to])),
            });
        }
        if ordered {
            let order = |these: &BTreeMap<String, usize>, others: &BTreeMap<String, usize>| {
                let both = these
                    .iter()
                    .filter(|(label, _)| others.contains_key(*label));
                let mut both: Vec<_> = both.map(|(label, at)| (*at, label.clone())).collect();
                both.sort_unstable();
                both.into_iter().map(|(_, label)| label).collect::<Vec<_>>()
            };
            let (from, to) = (order(&before, &after), order(&after, &before));
            if from != to {
                self.report(How::Moved, Some(&from.into()), Some(&to.into()));
            }
        }
    }
}

/// The places of the entries by what tells them apart; none where that does not tell them apart.
fn by_label(items: &[Value], keys: &[&str]) -> Option<BTreeMap<String, usize>> {
    let mut labels = BTreeMap::new();
    for (at, item) in items.iter().enumerate() {
        if labels.insert(super::key::label(item, keys)?, at).is_some() {
            return None;
        }
    }
    Some(labels)
}
