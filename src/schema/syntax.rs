//! What the YAML reader found, as findings.

use crate::diag::codes::reading::{
    BAD_ALIAS, BROKEN_YAML, CUSTOM_TAG, DUPLICATE_KEY, KEY_IS_NOT_TEXT, NOT_TEXT,
    SEVERAL_DOCUMENTS, TOO_MUCH,
};
use crate::diag::{Code, Diagnostic};
use crate::source::{SyntaxFault, SyntaxFaultKind as Kind};

/// The finding for one fault.
pub(super) fn diagnostic(fault: &SyntaxFault) -> Diagnostic {
    let diagnostic = Diagnostic::at(code(&fault.kind), fault.span, fault.kind.to_string());
    let diagnostic = match &fault.kind {
        Kind::DuplicateKey { first, .. } => {
            diagnostic.label("again here").related(*first, "first here")
        }
        _ => diagnostic,
    };
    match fault.kind.help() {
        Some(help) => diagnostic.help(help),
        None => diagnostic,
    }
}

fn code(kind: &Kind) -> &'static Code {
    match kind {
        Kind::DuplicateKey { .. } => &DUPLICATE_KEY,
        Kind::NonStringKey => &KEY_IS_NOT_TEXT,
        Kind::CustomTag { .. } => &CUSTOM_TAG,
        Kind::UnknownAnchor { .. } | Kind::RecursiveAlias | Kind::BadMergeKey => &BAD_ALIAS,
        Kind::AliasBomb { .. }
        | Kind::TooDeep { .. }
        | Kind::TooLarge { .. }
        | Kind::TooManyNodes { .. } => &TOO_MUCH,
        Kind::ControlCharacter { .. } | Kind::NotUtf8 { .. } => &NOT_TEXT,
        Kind::SeveralDocuments => &SEVERAL_DOCUMENTS,
        _ => &BROKEN_YAML,
    }
}
