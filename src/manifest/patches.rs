//! Which patches are for an object, and what comes of them.

use std::collections::BTreeSet;

use serde_json::Value;

use super::patch::patch;
use super::path::Scope;
use crate::diag::codes::variation::{BAD_PATCH, PATCH_FOR_NOTHING};
use crate::diag::{Diagnostic, Report};
use crate::plan::ObjectId;
use crate::schema::fault::suggest;
use crate::schema::spec::Patch;
use crate::schema::{Located, Placed};

/// What no patch may change: it would be another object then.
const IDENTITY: [&[&str]; 4] = [
    &["apiVersion"],
    &["kind"],
    &["metadata", "name"],
    &["metadata", "namespace"],
];

/// The patches for a part of an input, the general ones first, and which of them found an object.
#[derive(Clone, Debug)]
pub struct Patches<'a> {
    patches: Vec<&'a Located<Patch>>,
    used: Vec<bool>,
}

impl<'a> Patches<'a> {
    /// Patches that have found nothing yet.
    pub fn new(patches: impl IntoIterator<Item = &'a Located<Patch>>) -> Self {
        let patches: Vec<_> = patches.into_iter().collect();
        let used = vec![false; patches.len()];
        Self { patches, used }
    }

    /// Which have found an object, in the order given.
    #[must_use]
    pub fn used(&self) -> &[bool] {
        &self.used
    }

    /// Marks what has found an object elsewhere.
    pub fn also_used(&mut self, used: &[bool]) {
        for (own, other) in self.used.iter_mut().zip(used) {
            *own |= other;
        }
    }

    /// The object with all patches that are for it; none where there is no such patch.
    pub(super) fn apply(
        &mut self,
        id: &ObjectId,
        object: &Value,
        report: &mut Report,
    ) -> Option<Placed> {
        let fits: Vec<usize> = (0..self.patches.len())
            .filter(|index| is_for(self.patches[*index], id))
            .collect();
        if fits.is_empty() {
            return None;
        }
        let containers = object.pointer("/spec/template/spec/containers");
        let scope = Scope::new(group(id), &id.kind, containers.is_some_and(Value::is_array));
        let mut placed = Placed::from(object.clone());
        for index in fits {
            self.used[index] = true;
            let written = &self.patches[index].value.patch;
            for path in IDENTITY {
                let new = path.iter().try_fold(written, |value, key| value.get(key));
                let old = path.iter().try_fold(object, |value, key| value.get(key));
                if let Some(new) = new.filter(|new| Some(&new.to_json()) != old) {
                    let what = path.join(".");
                    let message = format!("a patch cannot change `{what}` of an object");
                    report.push(at(new.span, message));
                }
            }
            if let Err(faults) = patch(&mut placed, written, &scope) {
                for fault in faults {
                    report.push(at(fault.span, fault.message));
                }
            }
        }
        Some(placed)
    }

    /// Reports the patches from the one numbered `first` on that have found no object, of `all`
    /// there were.
    pub fn unused<'o>(
        &self,
        first: usize,
        all: &(impl Iterator<Item = &'o ObjectId> + Clone),
        report: &mut Report,
    ) {
        let patches = self.patches.iter().zip(&self.used).skip(first);
        for (patch, _) in patches.filter(|(_, used)| !**used) {
            report.push(nothing(patch, all));
        }
    }
}

fn at(span: Option<crate::source::Span>, message: String) -> Diagnostic {
    match span {
        Some(span) => Diagnostic::at(&BAD_PATCH, span, message),
        None => Diagnostic::global(&BAD_PATCH, message),
    }
}

/// The group of `group/version`; empty for the core group.
fn group(id: &ObjectId) -> &str {
    id.api_version
        .split_once('/')
        .map_or("", |(group, _)| group)
}

/// Whether a kind as users write it, `Deployment` or `Deployment.apps`, is that of an object.
fn is_kind(written: &str, id: &ObjectId) -> bool {
    match written.split_once('.') {
        Some((kind, of)) => kind == id.kind && of == group(id),
        None => written == id.kind,
    }
}

fn is_for(patch: &Patch, id: &ObjectId) -> bool {
    let name = patch.name.as_ref();
    is_kind(&patch.kind.0, id) && name.is_none_or(|name| name.0 == id.name)
}

fn nothing<'o>(patch: &Patch, all: &(impl Iterator<Item = &'o ObjectId> + Clone)) -> Diagnostic {
    let kind = patch.kind.0.as_str();
    let names: BTreeSet<&str> = all
        .clone()
        .filter(|id| is_kind(kind, id))
        .map(|id| id.name.as_str())
        .collect();
    let (word, span, known) = match &patch.name {
        Some(name) if !names.is_empty() => (name.0.as_str(), name.span, names),
        _ => {
            let kinds = all.clone().map(|id| id.kind.as_str()).collect();
            (kind, patch.kind.span, kinds)
        }
    };
    let message = match &patch.name {
        Some(name) => format!("there is no {kind} `{}` to be patched here", name.0),
        None => format!("there is no {kind} to be patched here"),
    };
    let diagnostic = Diagnostic::at(&PATCH_FOR_NOTHING, span, message);
    match suggest(word, known.iter().copied()) {
        Some(near) => diagnostic.help(format!("did you mean `{near}`?")),
        None => {
            let known: Vec<_> = known.into_iter().take(10).collect();
            diagnostic.help(format!("there are: {}", known.join(", ")))
        }
    }
}
