//! Lists whose order means nothing.

use serde_json::{Map, Value};

use super::{Finder, How, key};
use crate::diff::scalar;
use crate::manifest::{List, Scope, Step, list_at};

impl Finder<'_> {
    /// What is in one list and not in the other. `ordered` says that another order counts too.
    pub(super) fn sets(&mut self, old: &[Value], new: &[Value], ordered: bool) {
        let mut before = self.canonical_forms(old);
        let mut after = self.canonical_forms(new);
        let moved = ordered && before != after;
        before.sort_unstable();
        after.sort_unstable();
        let (removed, added) = difference(&before, &after);
        if removed.is_empty() && added.is_empty() {
            if moved {
                let (old, new) = (Value::from(old.to_vec()), Value::from(new.to_vec()));
                self.report(How::Moved, Some(&old), Some(&new));
            }
            return;
        }
        if let ([from], [to]) = (removed.as_slice(), added.as_slice()) {
            let (from, to) = (&old[*from], &new[*to]);
            if from.is_object() && to.is_object() {
                return self.at(Step::Item(String::new()), |finder| finder.values(from, to));
            }
        }
        let step = |value: &Value| {
            let text = key::scalar(value).map(|text| format!("={text}"));
            Step::Item(text.unwrap_or_default())
        };
        for at in removed {
            self.at(step(&old[at]), |finder| {
                finder.one_sided(Some(&old[at]), None);
            });
        }
        for at in added {
            self.at(step(&new[at]), |finder| {
                finder.one_sided(None, Some(&new[at]));
            });
        }
    }

    /// Each entry in a form that it shares with all that mean the same, and its place.
    pub(super) fn canonical_forms(&mut self, items: &[Value]) -> Vec<(String, usize)> {
        self.findings.work += items.len();
        self.path.push(Step::Item(String::new()));
        let forms = items.iter().enumerate();
        let forms = forms
            .map(|(at, item)| (canonical(self.scope, &mut self.path, item), at))
            .collect();
        self.path.pop();
        forms
    }
}

/// Puts lists whose order means nothing into one order, so that it is no difference to the eye.
pub(in crate::diff) fn arrange(scope: &Scope, path: &mut Vec<Step>, value: &mut Value) {
    match value {
        Value::Object(map) => {
            for (key, value) in map.iter_mut() {
                path.push(Step::Key(key.clone()));
                arrange(scope, path, value);
                path.pop();
            }
        }
        Value::Array(items) => {
            let free = is_free(scope, path);
            path.push(Step::Item(String::new()));
            items.iter_mut().for_each(|item| arrange(scope, path, item));
            if free {
                items.sort_by_cached_key(|item| canonical(scope, path, item));
            }
            path.pop();
        }
        _ => {}
    }
}

/// Whether the order of a list means nothing.
fn is_free(scope: &Scope, path: &[Step]) -> bool {
    scope.in_template(path).is_none() && matches!(list_at(scope, path), List::Set | List::Map(_))
}

/// The places of what only one of two sorted lists has, each form as often as it comes.
fn difference(before: &[(String, usize)], after: &[(String, usize)]) -> (Vec<usize>, Vec<usize>) {
    let (mut removed, mut added) = (Vec::new(), Vec::new());
    let (mut i, mut j) = (0, 0);
    loop {
        match (before.get(i), after.get(j)) {
            (Some(old), Some(new)) if old.0 == new.0 => (i, j) = (i + 1, j + 1),
            (Some(old), Some(new)) if old.0 < new.0 => {
                removed.push(old.1);
                i += 1;
            }
            (Some(old), None) => {
                removed.push(old.1);
                i += 1;
            }
            (_, Some(new)) => {
                added.push(new.1);
                j += 1;
            }
            (None, None) => return (removed, added),
        }
    }
}

/// A form that two values at one place share just when they mean the same.
pub(super) fn canonical(scope: &Scope, path: &mut Vec<Step>, value: &Value) -> String {
    match value {
        Value::Object(map) => mapping(scope, path, map),
        Value::Array(items) => {
            let free = is_free(scope, path);
            path.push(Step::Item(String::new()));
            let forms = items.iter().map(|item| canonical(scope, path, item));
            let mut forms: Vec<_> = forms.collect();
            path.pop();
            if free {
                forms.sort_unstable();
            }
            format!("[{}]", forms.join(","))
        }
        value => scalar::canonical(scope, path, value),
    }
}

fn mapping(scope: &Scope, path: &mut Vec<Step>, map: &Map<String, Value>) -> String {
    let mut entries: Vec<_> = map.iter().collect();
    entries.sort_unstable_by_key(|(key, _)| *key);
    let mut out = String::from("{");
    for (key, value) in entries {
        path.push(Step::Key(key.clone()));
        out.push_str(&Value::from(key.as_str()).to_string());
        out.push(':');
        out.push_str(&canonical(scope, path, value));
        out.push(',');
        path.pop();
    }
    out.push('}');
    out
}
