//! All objects of a run as one set.

use std::collections::BTreeSet;

use super::Object;
use crate::diag::codes::object::SAME_OBJECT;
use crate::diag::{Diagnostic, Report};
use crate::source::Span;

/// Puts objects in output order; two with one identity are an error.
pub fn assemble(mut objects: Vec<Object>, report: &mut Report) -> Vec<Object> {
    objects.sort_by(|a, b| {
        let place = (a.rank, &a.id.namespace, &a.id.name);
        place.cmp(&(b.rank, &b.id.namespace, &b.id.name))
    });
    let mut told = BTreeSet::new();
    // What is the same object has the same place.
    let same_place = |a: &Object, b: &Object| {
        a.id.name == b.id.name && a.id.namespace == b.id.namespace && a.rank == b.rank
    };
    for group in objects.chunk_by(same_place) {
        for (at, object) in group.iter().enumerate() {
            let first = group[..at].iter().rfind(|other| other.id == object.id);
            // Two parts of an input that share one object mostly share all of them: once is enough.
            if let Some(first) = first
                && told.insert((first.origin, object.origin))
            {
                report.push(same_object(object, first.origin));
            }
        }
    }
    objects
}

fn same_object(object: &Object, first: Option<Span>) -> Diagnostic {
    let message = format!("two objects are {}", object.id);
    let diagnostic = match object.origin {
        Some(span) => Diagnostic::at(&SAME_OBJECT, span, message).label("made for this"),
        None => Diagnostic::global(&SAME_OBJECT, message),
    };
    match first {
        Some(span) => diagnostic.related(span, "and for this"),
        None => diagnostic,
    }
}
