//! Environment variables: the two written forms made one, in the order that Kubernetes needs.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::{names, plain};
use crate::diag::codes::shape::{BAD_FORMAT, BAD_SHAPE, MISSING_KEY, NOT_UNIQUE};
use crate::diag::{Diagnostic, Report};
use crate::schema::spec::{EnvFrom, EnvList, EnvSource, EnvSpec, EnvValue};
use crate::schema::{Located, Text, order};
use crate::source::Span;

const SECRET: &str = "a Secret";
const CONFIG_MAP: &str = "a ConfigMap";

/// A variable in Kubernetes' form.
#[derive(Clone, Debug, PartialEq)]
pub struct EnvVar {
    /// Its name.
    pub name: String,
    /// `{name, value}` or `{name, valueFrom}`.
    pub object: Value,
}

impl EnvVar {
    /// A variable with a value.
    #[must_use]
    pub fn literal(name: &str, value: &str) -> Self {
        Self {
            name: name.to_owned(),
            object: [("name", name), ("value", value)].into_iter().collect(),
        }
    }

    /// `ours` first; a variable of the user's that has one of our names takes our place.
    #[must_use]
    pub fn merge(ours: Vec<Self>, users: Vec<Self>) -> Vec<Self> {
        let mut merged = ours;
        let own = merged.iter().enumerate();
        let mut places: BTreeMap<String, usize> = own.map(|(at, v)| (v.name.clone(), at)).collect();
        for user in users {
            match places.get(&user.name) {
                Some(&at) => merged[at] = user,
                None => {
                    places.insert(user.name.clone(), merged.len());
                    merged.push(user);
                }
            }
        }
        merged
    }
}

/// The variables as written, `defaults` first, each once.
pub(super) fn resolve(spec: Option<&Located<EnvSpec>>, report: &mut Report) -> Vec<EnvVar> {
    match spec.map(|spec| &spec.value) {
        None => Vec::new(),
        Some(EnvSpec::List(list)) => self::list(list, report),
        Some(EnvSpec::Map(entries)) => {
            let vars = entries.iter().filter_map(|(name, value)| {
                check_name(&name.value, name.span, report);
                let var = EnvVar {
                    name: name.value.clone(),
                    object: object(name, value, report)?,
                };
                Some((var, name.span))
            });
            ordered(vars.collect(), report)
        }
    }
}

/// `envFrom` in Kubernetes' form.
pub(super) fn sources(spec: Option<&Vec<Located<EnvFrom>>>, report: &mut Report) -> Vec<Value> {
    let mut sources = Vec::new();
    for source in spec.into_iter().flatten() {
        let (key, name) = match (&source.secret, &source.config_map) {
            (Some(name), None) => ("secretRef", named(SECRET, name, report)),
            (None, Some(name)) => ("configMapRef", named(CONFIG_MAP, name, report)),
            _ => {
                report.push(exactly_one(source.span, "`secret` or `configMap`"));
                continue;
            }
        };
        sources.push(json!({key: compact(json!({"name": name, "optional": source.optional}))}));
    }
    sources
}

fn list(list: &EnvList, report: &mut Report) -> Vec<EnvVar> {
    let mut vars: Vec<EnvVar> = Vec::new();
    let mut seen: BTreeMap<&str, Span> = BTreeMap::new();
    for entry in list {
        let name = &entry.value.name.value.0;
        check_name(name, entry.value.name.span, report);
        let span = entry.value.name.span;
        if let Some(first) = seen.get(name.as_str()) {
            report.push(
                Diagnostic::at(
                    &NOT_UNIQUE,
                    entry.value.name.span,
                    format!("`{name}` is set twice"),
                )
                .related(*first, "first here"),
            );
        }
        let object = match (&entry.value.value, &entry.value.value_from) {
            (_, Some(from)) => json!({"name": name, "valueFrom": from.value}),
            (value, None) => {
                json!({"name": name, "value": value.as_ref().map_or("", |text| text.0.as_str())})
            }
        };
        seen.entry(name).or_insert(span);
        vars.push(EnvVar {
            name: name.clone(),
            object,
        });
    }
    vars
}

fn object(name: &Located<String>, value: &Located<EnvValue>, report: &mut Report) -> Option<Value> {
    match &value.value {
        EnvValue::Literal(text) => {
            plain::ambiguous(&text.0, value.span, report);
            Some(json!({"name": name.value, "value": text.0}))
        }
        EnvValue::From(source) => {
            let from = from(source, value.span, report)?;
            Some(json!({"name": name.value, "valueFrom": from}))
        }
    }
}

/// `{secret, key}`, `{configMap, key}` or `{field}` in Kubernetes' form.
fn from(source: &EnvSource, span: Span, report: &mut Report) -> Option<Value> {
    let reference = |key: &str, name: &str| {
        let selector = json!({"name": name, "key": source.key, "optional": source.optional});
        json!({key: compact(selector)})
    };
    let from = match (&source.secret, &source.config_map, &source.field) {
        (Some(secret), None, None) => reference("secretKeyRef", named(SECRET, secret, report)),
        (None, Some(map), None) => reference("configMapKeyRef", named(CONFIG_MAP, map, report)),
        (None, None, Some(field)) => return Some(json!({"fieldRef": {"fieldPath": field}})),
        _ => {
            report.push(exactly_one(span, "`secret`, `configMap` or `field`"));
            return None;
        }
    };
    if source.key.is_none() {
        report.push(
            Diagnostic::at(&MISSING_KEY, span, "`key` is missing")
                .label("which of its keys?")
                .help("add `key: NAME`"),
        );
        return None;
    }
    Some(from)
}

/// The name of an object that is read from, checked.
fn named<'a>(what: &str, name: &'a Located<Text>, report: &mut Report) -> &'a str {
    names::subdomain(what, &name.0, name.span, report);
    &name.0
}

/// The mapping form has no order of its own: a variable comes after those its `$(NAME)` refers
/// to, which is all that Kubernetes asks for, and otherwise in the order of names.
fn ordered(mut vars: Vec<(EnvVar, Span)>, report: &mut Report) -> Vec<EnvVar> {
    vars.sort_by(|(a, _), (b, _)| a.name.cmp(&b.name));
    let texts: Vec<_> = vars
        .iter()
        .map(|(var, _)| (var.name.as_str(), text(var)))
        .collect();
    let (ordered, stuck) = order::by_references(&texts);
    if !stuck.is_empty() {
        let stuck: Vec<_> = stuck.into_iter().map(|at| &vars[at]).collect();
        report.push(circle(&stuck));
    }
    let mut slots: Vec<_> = vars.into_iter().map(Some).collect();
    let taken = ordered.into_iter().filter_map(|at| slots[at].take());
    taken.map(|(var, _)| var).collect()
}

/// The finding for variables of which each waits for another: the circle itself, at its first key
/// in the file, without those that only wait for it.
fn circle(vars: &[&(EnvVar, Span)]) -> Diagnostic {
    let names = vars.iter().enumerate();
    let places: BTreeMap<_, _> = names
        .map(|(at, (var, _))| (var.name.as_str(), at))
        .collect();
    let waits_for = |(at, (var, _)): (usize, &&(EnvVar, Span))| {
        let names = order::references(text(var)).into_iter();
        names
            .filter_map(|name| places.get(name).copied())
            .min()
            .unwrap_or(at)
    };
    let next: Vec<usize> = vars.iter().enumerate().map(waits_for).collect();
    let next = |at: usize| next[at];
    // Whoever follows for long enough is in the circle.
    let start = (0..vars.len()).fold(0, |at, _| next(at));
    let mut members = vec![start];
    let mut at = next(start);
    while at != start {
        members.push(at);
        at = next(at);
    }
    members.sort_by_key(|member| vars[*member].1);
    let (first, rest) = (members[0], &members[1..]);
    let message = match rest {
        [] => format!("`{}` refers to itself", vars[first].0.name),
        _ => {
            let names = members
                .iter()
                .map(|member| format!("`{}`", vars[*member].0.name));
            format!(
                "{} refer to each other",
                names.collect::<Vec<_>>().join(", ")
            )
        }
    };
    let diagnostic = Diagnostic::at(&BAD_SHAPE, vars[first].1, message)
        .help("write a `$(NAME)` that is meant as it stands as `$$(NAME)`");
    rest.iter().fold(diagnostic, |diagnostic, member| {
        diagnostic.related(vars[*member].1, "in the circle")
    })
}

/// The value of a variable that has one of its own.
fn text(var: &EnvVar) -> &str {
    let value = var.object.get("value").and_then(Value::as_str);
    value.unwrap_or_default()
}

fn check_name(name: &str, span: Span, report: &mut Report) {
    let good = |b: u8| (b' '..=b'~').contains(&b) && b != b'=';
    if name.is_empty() || !name.bytes().all(good) {
        report.push(
            Diagnostic::at(
                &BAD_FORMAT,
                span,
                "this is not a name of an environment variable",
            )
            .label("expected printable ASCII without `=`"),
        );
    }
}

fn exactly_one(span: Span, of: &str) -> Diagnostic {
    Diagnostic::at(&BAD_SHAPE, span, format!("exactly one of {of} is needed"))
}

/// Without what is null.
fn compact(value: Value) -> Value {
    match value {
        Value::Object(map) => Value::Object(
            map.into_iter()
                .filter(|(_, value)| !value.is_null())
                .collect(),
        ),
        other => other,
    }
}
