//! What differs between two forms of an object, field by field.

mod key;
mod lists;
mod ordered;
mod routes;
mod sets;
mod spelling;

use serde_json::{Map, Value};
pub(super) use sets::arrange;
pub(super) use spelling::respell;

use super::scalar;
use crate::manifest::{Scope, Step};

/// How a field differs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum How {
    /// It is new.
    Added,
    /// It is gone.
    Removed,
    /// Its value is another one.
    Changed,
    /// The same entries are in another order, which counts here.
    Moved,
}

/// A field that differs.
#[derive(Clone, Debug)]
pub(super) struct Found {
    pub(super) path: Vec<Step>,
    pub(super) how: How,
    pub(super) old: Option<Value>,
    pub(super) new: Option<Value>,
}

/// What a comparison found, and the number of values it looked at.
#[derive(Debug, Default)]
pub(super) struct Findings {
    pub(super) found: Vec<Found>,
    pub(super) work: usize,
}

/// Compares two normalised objects.
pub(super) fn compare(scope: &Scope, old: &Value, new: &Value) -> Findings {
    let mut finder = Finder {
        scope,
        path: Vec::new(),
        findings: Findings::default(),
    };
    finder.values(old, new);
    finder.findings
}

/// Fields that the server chooses where nobody does: absent is as good as any value but `None`.
#[rustfmt::skip] // One row a line.
const CHOSEN_BY_SERVERS: &[(&str, &str)] = &[
    ("Service", "/spec/clusterIP|clusterIPs|ipFamilies|ipFamilyPolicy|healthCheckNodePort"),
    ("Service", "/spec/ports/[]/nodePort"),
    ("PersistentVolumeClaim", "/spec/volumeName|storageClassName"),
    ("PersistentVolume", "/spec/claimRef"),
    ("Pod", "/spec/nodeName"),
    ("Job.batch", "/spec/selector|manualSelector"),
    ("Job.batch", "PT/metadata/labels/batch.kubernetes.io~1*|controller-uid|job-name"),
    ("ServiceAccount", "/secrets"),
    ("*", "/**/caBundle"),
    ("CustomResourceDefinition.apiextensions.k8s.io", "/spec/conversion"),
];

struct Finder<'a> {
    scope: &'a Scope,
    path: Vec<Step>,
    findings: Findings,
}

impl Finder<'_> {
    fn values(&mut self, old: &Value, new: &Value) {
        self.findings.work += 1;
        // Mostly little differs: what is the same to the letter needs no look at the tables.
        if old == new {
            return;
        }
        match (old, new) {
            (Value::Object(old), Value::Object(new)) => self.mappings(old, new),
            (Value::Array(old), Value::Array(new)) => self.lists(old, new),
            _ if scalar::same(self.scope, &self.path, old, new) => {}
            (Value::String(before), Value::String(after)) => {
                match routes::both(self.scope, &self.path, before, after) {
                    Some((before, after)) => self.mappings(&before, &after),
                    None => self.report(How::Changed, Some(old), Some(new)),
                }
            }
            _ => self.report(How::Changed, Some(old), Some(new)),
        }
    }

    /// A mapping's keys in the order of their bytes, whatever order the map keeps.
    fn mappings(&mut self, old: &Map<String, Value>, new: &Map<String, Value>) {
        let only_new = new.keys().filter(|key| !old.contains_key(*key));
        let mut keys: Vec<&String> = old.keys().chain(only_new).collect();
        keys.sort_unstable();
        for key in keys {
            let step = match routes::is_route(self.scope, &self.path) {
                true => Step::Item(key.clone()),
                false => Step::Key(key.clone()),
            };
            self.at(step, |finder| match (old.get(key), new.get(key)) {
                (Some(old), Some(new)) => finder.values(old, new),
                (old, new) => finder.one_sided(old, new),
            });
        }
    }

    /// A value that only one side has.
    fn one_sided(&mut self, old: Option<&Value>, new: Option<&Value>) {
        let (how, value) = match (old, new) {
            (Some(old), None) => (How::Removed, old),
            (None, Some(new)) => (How::Added, new),
            _ => return,
        };
        self.findings.work += 1;
        let chosen = |(kinds, pattern): &(&str, &str)| {
            self.scope.is(kinds) && self.scope.fits(pattern, &self.path)
        };
        if value.as_str() != Some("None") && CHOSEN_BY_SERVERS.iter().any(chosen) {
            return;
        }
        self.report(how, old, new);
    }

    fn report(&mut self, how: How, old: Option<&Value>, new: Option<&Value>) {
        self.findings.found.push(Found {
            path: self.path.clone(),
            how,
            old: old.cloned(),
            new: new.cloned(),
        });
    }

    fn at(&mut self, step: Step, look: impl FnOnce(&mut Self)) {
        self.path.push(step);
        look(self);
        self.path.pop();
    }
}
