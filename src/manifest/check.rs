//! A rendered text becomes an object once its schema has passed it.

use super::{Object, emit, parse};
use crate::diag::codes::object::{NO_SCHEMA, NOT_AN_OBJECT, NOT_VALID};
use crate::diag::{Code, Diagnostic, Report};
use crate::plan::Planned;
use crate::schema::{expectation, kinds};

/// The object that `text` is, or `None` where a finding forbids it.
pub fn check(planned: &Planned, text: &str, report: &mut Report) -> Option<Object> {
    let mut say = |code: &'static Code, message: String| {
        report.push(match planned.origin {
            Some(span) => Diagnostic::at(code, span, message).label("made for this"),
            None => Diagnostic::global(code, message),
        });
    };
    let id = &planned.id;
    let value = match parse(text) {
        Ok(value) => value,
        Err(error) => {
            say(
                &NOT_AN_OBJECT,
                format!("the template of {id} yields no object: {error}"),
            );
            return None;
        }
    };
    let bundle = kinds::bundle(kinds::OLDEST);
    let Some(kind) = bundle.and_then(|bundle| bundle.kind(&id.api_version, &id.kind)) else {
        say(
            &NO_SCHEMA,
            format!("there is no schema for {} {}", id.api_version, id.kind),
        );
        return None;
    };
    let faults = kind.faults(&value);
    for fault in &faults {
        let place = match fault.pointer.segments() {
            [] => String::new(),
            _ => format!(" at {}", fault.pointer),
        };
        say(
            &NOT_VALID,
            format!("{id} is not valid{place}: {}", expectation(&fault.kind)),
        );
    }
    faults.is_empty().then(|| {
        let mut yaml = String::new();
        emit(&value, &mut yaml);
        Object {
            id: id.clone(),
            rank: planned.rank,
            yaml,
            origin: planned.origin,
        }
    })
}
