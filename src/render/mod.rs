//! Planned objects through their templates: text, one document each.
//!
//! An expression in a template is always a whole scalar or a whole value and comes out as JSON,
//! so that nothing a user writes can change the structure. An undefined name is an error.

mod engine;

pub use engine::{BadTemplate, Engine};

use crate::diag::codes::object::TEMPLATE_FAILED;
use crate::diag::{Diagnostic, Report};
use crate::plan::Planned;

/// The text of each object, in order; `None` for one whose template fails.
pub fn render(engine: &Engine, planned: &[Planned], report: &mut Report) -> Vec<Option<String>> {
    let one = |object: &Planned| match engine.render(object.template, &object.context) {
        Ok(text) => Some(text),
        Err(error) => {
            let message = format!("{error}, rendering {}", object.id);
            report.push(match object.origin {
                Some(span) => Diagnostic::at(&TEMPLATE_FAILED, span, message),
                None => Diagnostic::global(&TEMPLATE_FAILED, message),
            });
            None
        }
    };
    planned.iter().map(one).collect()
}
