//! A rendered text becomes an object once its schema has passed it.

use serde_json::Value;

use super::restricted::{self, Breach};
use super::{Object, Patches, emit, parse};
use crate::diag::codes::object::{NO_SCHEMA, NOT_AN_OBJECT, NOT_RESTRICTED, NOT_VALID};
use crate::diag::codes::variation::UNCHECKED_KIND;
use crate::diag::{Code, Diagnostic, Report};
use crate::plan::{ObjectId, Planned};
use crate::schema::fault::{Fault, FaultKind, Pointer, Segment};
use crate::schema::{Placed, expectation, kinds};
use crate::templates::{Templates, UserKind};

/// What an object is held against.
#[derive(Clone, Copy, Debug)]
pub struct Against<'a> {
    /// The version of Kubernetes, as the minor version of 1.
    pub minor: u32,
    /// The user's templates, for kinds that only they know.
    pub templates: &'a Templates,
}

/// Where pods are, in the kinds there are.
const PODS: [&str; 3] = [
    "/spec/template/spec/containers",
    "/spec/jobTemplate/spec/template/spec/containers",
    "/spec/jobTargetRef/template/spec/containers",
];

/// The object that `text` is, patched and checked, or `None` where a finding forbids it.
pub fn check(
    planned: &Planned,
    text: &str,
    against: Against<'_>,
    patches: &mut Patches<'_>,
    report: &mut Report,
) -> Option<Object> {
    let users = against
        .templates
        .kind(&planned.id.api_version, &planned.id.kind);
    let (value, id) = match parse(text).map_err(|error| error.to_string()) {
        Ok(value) => match identity(&planned.id, &value, users.is_some()) {
            Ok(id) => (value, id),
            Err(why) => return refuse(planned, &why, report),
        },
        Err(why) => return refuse(planned, &why, report),
    };
    let planned = &Planned {
        id,
        rank: planned.rank,
        template: planned.template.clone(),
        // The template has been told.
        context: Value::Null,
        origin: planned.origin,
    };
    let patched = patches.apply(&planned.id, &value, report);
    let value = patched.as_ref().map_or(value, Placed::to_json);
    let faults = faults(planned, &value, users, against, report)?;
    for fault in &faults {
        report.push(not_valid(
            planned,
            fault,
            patched.as_ref(),
            against.templates,
        ));
    }
    for breach in restricted::breaches(&value) {
        report.push(not_restricted(planned, &breach, patched.as_ref()));
    }
    faults.is_empty().then(|| object(planned, &value))
}

fn refuse(planned: &Planned, why: &str, report: &mut Report) -> Option<Object> {
    let message = format!(
        "the template of {} yields no such object: {why}",
        planned.id
    );
    report.push(say(planned, &NOT_AN_OBJECT, message));
    None
}

/// What the object says of itself, which has to be what was planned. One of a user's kind may add
/// to its name, and has its pods where they can be found.
fn identity(planned: &ObjectId, value: &Value, users: bool) -> Result<ObjectId, String> {
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let metadata = &value["metadata"];
    let id = ObjectId {
        api_version: text(&value["apiVersion"]),
        kind: text(&value["kind"]),
        namespace: text(&metadata["namespace"]),
        name: text(&metadata["name"]),
    };
    let mut same = planned.clone();
    if users && id.name.starts_with(&planned.name) {
        same.name.clone_from(&id.name);
    }
    if id != same {
        return Err(format!("it is {id}"));
    }
    let pods = |place: &&str| value.pointer(place).is_some_and(Value::is_array);
    if users && !PODS.iter().any(pods) {
        let places = PODS.map(|place| format!("`{place}`")).join(" nor ");
        return Err(format!("it has containers neither at {places}"));
    }
    Ok(id)
}

/// What is wrong with an object; none where it cannot be told, which is then an error.
fn faults(
    planned: &Planned,
    value: &Value,
    users: Option<&UserKind>,
    against: Against<'_>,
    report: &mut Report,
) -> Option<Vec<Fault>> {
    let id = &planned.id;
    if let Some(checker) = users.and_then(|kind| against.templates.schema(kind)) {
        return Some(checker.faults(value));
    }
    let bundle = kinds::bundle(against.minor);
    if let Some(kind) = bundle.and_then(|bundle| bundle.kind(&id.api_version, &id.kind)) {
        return Some(kind.faults(value));
    }
    let message = format!("there is no schema for {} {}", id.api_version, id.kind);
    let Some(kind) = users else {
        report.push(say(planned, &NO_SCHEMA, message));
        return None;
    };
    let file = format!("schemas/{}/{}.json", kind.group(), kind.kind);
    let help = format!("put it beside the template, as `{file}`");
    report.push(say(planned, &UNCHECKED_KIND, message).help(help));
    Some(Vec::new())
}

fn object(planned: &Planned, value: &Value) -> Object {
    let mut yaml = String::new();
    emit(value, &mut yaml);
    Object {
        id: planned.id.clone(),
        rank: planned.rank,
        yaml,
        origin: planned.origin,
    }
}

/// A finding at the part of the input that the object is made for.
fn say(planned: &Planned, code: &'static Code, message: String) -> Diagnostic {
    match planned.origin {
        Some(span) => Diagnostic::at(code, span, message).label("made for this"),
        None => Diagnostic::global(code, message),
    }
}

/// The finding for one fault: at the line of the patch that made it, if one did.
fn not_valid(
    planned: &Planned,
    fault: &Fault,
    patched: Option<&Placed>,
    templates: &Templates,
) -> Diagnostic {
    let (id, expected) = (&planned.id, expectation(&fault.kind));
    let place = match fault.pointer.segments() {
        [] => String::new(),
        _ => format!(" at {}", fault.pointer),
    };
    let mut pointer = fault.pointer.clone();
    if let FaultKind::UnknownKey { key, .. } | FaultKind::TooNew { key, .. } = &fault.kind {
        pointer.0.push(Segment::Key(key.clone()));
    }
    match patched.and_then(|patched| patched.place(&pointer)) {
        Some(span) => {
            let message = format!("with this patch {id} is not valid{place}");
            Diagnostic::at(&NOT_VALID, span, message).label(expected)
        }
        None => {
            let message = format!("{id} is not valid{place}: {expected}");
            let diagnostic = say(planned, &NOT_VALID, message);
            let file = &planned.template;
            match templates.texts.contains_key(file) {
                true => diagnostic.help(format!("it comes out of your template `{file}`")),
                false => diagnostic,
            }
        }
    }
}

/// The finding for something that Pod Security's strictest level forbids: at the line of the patch
/// that did it, if one did.
fn not_restricted(planned: &Planned, breach: &Breach, patched: Option<&Placed>) -> Diagnostic {
    let steps = breach.pointer.split('/').skip(1);
    let steps = steps.map(|step| match step.parse() {
        Ok(index) => Segment::Index(index),
        Err(_) => Segment::Key(step.to_owned()),
    });
    let place = patched.and_then(|patched| patched.place(&Pointer(steps.collect())));
    let (id, pointer) = (&planned.id, &breach.pointer);
    let message = format!("{id} is not \"restricted\" at {pointer}: {}", breach.rule);
    match place {
        Some(span) => Diagnostic::at(&NOT_RESTRICTED, span, message).label(breach.rule),
        None => say(planned, &NOT_RESTRICTED, message),
    }
}
