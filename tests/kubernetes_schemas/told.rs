//! Faults in one line each, for tables of what is to be found.

use kubefunctl::schema::fault::{Fault, FaultKind, suggest};

/// A fault as `PLACE WHAT`.
pub(crate) fn told(fault: &Fault) -> String {
    format!("{} {}", fault.pointer, what(&fault.kind))
}

fn what(kind: &FaultKind) -> String {
    match kind {
        FaultKind::UnknownKey { key, known } => {
            let meant = suggest(key, known.iter().map(String::as_str));
            format!("unknown {key}, meant {}", meant.unwrap_or("-"))
        }
        FaultKind::TooNew { key, since } => format!("too new {key}, since {since}"),
        FaultKind::MissingKey { key } => format!("missing {key}"),
        FaultKind::MissingOneOf { keys } => format!("wants one of {}", keys.join(", ")),
        FaultKind::Exclusive { keys } => format!("has more than one of {}", keys.join(", ")),
        FaultKind::BadKey { key, why } => {
            format!("key {}: {}", key.as_deref().unwrap_or("-"), what(why))
        }
        FaultKind::WrongType { expected, found } => {
            let expected: Vec<String> = expected.iter().map(ToString::to_string).collect();
            format!("{found}, not {}", expected.join(" or "))
        }
        FaultKind::NotAllowed { value, allowed } => {
            format!(
                "{} is none of {}",
                value.as_deref().unwrap_or("-"),
                allowed.join(", ")
            )
        }
        FaultKind::TooSmall { limit, .. } => format!("below {limit}"),
        FaultKind::TooBig { limit, .. } => format!("above {limit}"),
        FaultKind::TooShort { limit, .. } => format!("shorter than {limit}"),
        FaultKind::TooLong { limit, .. } => format!("longer than {limit}"),
        FaultKind::Quantity { value, suggestion } => format!(
            "{} is no quantity, meant {}",
            value.as_deref().unwrap_or("-"),
            suggestion.as_deref().unwrap_or("-")
        ),
        FaultKind::Pattern { format, .. } => format!("no {}", format.as_deref().unwrap_or("-")),
        FaultKind::Duplicate { keys, value, first } => {
            format!(
                "repeats {} {} of {first}",
                keys.join(", "),
                value.as_deref().unwrap_or("-")
            )
        }
        other => format!("{other:?}"),
    }
}
