//! As `diff -u` would show it, on the canonical form of each object.

use std::fmt::Write as _;

use serde_json::Value;

use super::escape::visible;
use super::lines::hunks;
use super::paint::Paint;
use super::{Options, Section};
use crate::diff::Identity;
use crate::manifest::emit;

/// The diffs as unified ones; empty where nothing differs.
#[must_use]
pub fn unified(sections: &[Section], options: Options) -> String {
    let paint = Paint(options.colour);
    let context = options.context.unwrap_or(3);
    let mut out = String::new();
    let objects = sections.iter().flat_map(|section| {
        let title = &section.title;
        let place = if title.is_empty() {
            String::new()
        } else {
            format!("{title}/")
        };
        section
            .diff
            .objects
            .iter()
            .map(move |object| (place.clone(), object))
    });
    for (place, object) in objects {
        let name = |side: &str, value: &Option<Value>| match value {
            Some(_) => format!("{side}/{}{}", visible(&place), file(&object.identity)),
            None => "/dev/null".to_owned(),
        };
        let (from, to) = (name("a", &object.old), name("b", &object.new));
        let _ = writeln!(out, "{}", paint.bold(&format!("--- {from}")));
        let _ = writeln!(out, "{}", paint.bold(&format!("+++ {to}")));
        match hunks(&yaml(&object.old), &yaml(&object.new), context) {
            Ok(hunks) => {
                for hunk in hunks {
                    let [(old, before), (new, after)] = hunk.place;
                    let _ = writeln!(out, "@@ -{old},{before} +{new},{after} @@");
                    for line in hunk.lines {
                        let text = format!("{}{}", line.mark, visible(&line.text));
                        let _ = writeln!(out, "{}", paint.mark(line.mark, &text));
                    }
                }
            }
            Err(too_large) => {
                let _ = writeln!(out, "# {too_large}");
            }
        }
    }
    out
}

fn yaml(value: &Option<Value>) -> String {
    let mut out = String::new();
    if let Some(value) = value {
        emit(value, &mut out);
    }
    out
}

fn file(identity: &Identity) -> String {
    let Identity {
        namespace, name, ..
    } = identity;
    let kind = identity.qualified_kind();
    let place = if namespace.is_empty() {
        String::new()
    } else {
        format!("{namespace}/")
    };
    visible(&format!("{kind}/{place}{name}"))
}
