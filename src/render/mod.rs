//! Planned objects through their templates: text, one document each.
//!
//! An expression in a template is always a whole scalar or a whole value and comes out as JSON,
//! so that nothing a user writes can change the structure. An undefined name is an error.

mod engine;

pub use engine::{BadTemplate, Engine, built_in};

use crate::diag::codes::object::TEMPLATE_FAILED;
use crate::diag::{Diagnostic, Report};
use crate::plan::Planned;

/// The text of an object; `None` where its template fails, which is reported.
pub fn render(engine: &Engine, object: &Planned, report: &mut Report) -> Option<String> {
    match engine.render(&object.template, &object.context) {
        Ok(text) => Some(text),
        Err(error) => {
            let message = format!("{error}, rendering {}", object.id);
            report.push(match object.origin {
                Some(span) => Diagnostic::at(&TEMPLATE_FAILED, span, message),
                None => Diagnostic::global(&TEMPLATE_FAILED, message),
            });
            None
        }
    }
}
