//! Environment variables: the two written forms made one, in the order that Kubernetes needs.

use serde_json::{Value, json};

use crate::diag::codes::meaning::AMBIGUOUS_SCALAR;
use crate::diag::codes::shape::{BAD_FORMAT, BAD_SHAPE, MISSING_KEY, NOT_UNIQUE};
use crate::diag::{Diagnostic, Report};
use crate::schema::spec::{EnvFrom, EnvList, EnvSource, EnvSpec, EnvValue};
use crate::schema::{Located, Text};
use crate::source::{Scalar, ScalarStyle, Span};

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
            object: json!({"name": name, "value": value}),
        }
    }

    /// `ours` first; a variable of the user's that has one of our names takes our place.
    #[must_use]
    pub fn merge(ours: Vec<Self>, users: Vec<Self>) -> Vec<Self> {
        let mut merged = ours;
        for user in users {
            match merged.iter_mut().find(|own| own.name == user.name) {
                Some(own) => *own = user,
                None => merged.push(user),
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
            let entries = entries.iter().filter_map(|(name, value)| {
                check_name(&name.value, name.span, report);
                Some(EnvVar {
                    name: name.value.clone(),
                    object: object(name, value, report)?,
                })
            });
            order(entries.collect(), spec.map(|spec| spec.span), report)
        }
    }
}

/// `envFrom` in Kubernetes' form.
pub(super) fn sources(spec: Option<&Vec<Located<EnvFrom>>>, report: &mut Report) -> Vec<Value> {
    let mut sources = Vec::new();
    for source in spec.into_iter().flatten() {
        let (key, name) = match (&source.secret, &source.config_map) {
            (Some(name), None) => ("secretRef", name),
            (None, Some(name)) => ("configMapRef", name),
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
    let mut vars: Vec<(EnvVar, Span)> = Vec::new();
    for entry in list {
        let name = &entry.value.name.value.0;
        check_name(name, entry.value.name.span, report);
        if let Some((_, first)) = vars.iter().find(|(var, _)| var.name == *name) {
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
        vars.push((
            EnvVar {
                name: name.clone(),
                object,
            },
            entry.value.name.span,
        ));
    }
    vars.into_iter().map(|(var, _)| var).collect()
}

fn object(name: &Located<String>, value: &Located<EnvValue>, report: &mut Report) -> Option<Value> {
    match &value.value {
        EnvValue::Literal(text) => {
            ambiguous(text, value.span, report);
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
    let reference = |key: &str, name: &String| {
        let selector = json!({"name": name, "key": source.key, "optional": source.optional});
        json!({key: compact(selector)})
    };
    let from = match (&source.secret, &source.config_map, &source.field) {
        (Some(secret), None, None) => reference("secretKeyRef", secret),
        (None, Some(map), None) => reference("configMapKeyRef", map),
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

/// Warns where a reader of YAML 1.1 would see something else than what is written.
fn ambiguous(text: &Text, span: Span, report: &mut Report) {
    // Quotes end up in the span: what is as long as its text stands there plain.
    if (span.end - span.start) as usize != text.0.len() {
        return;
    }
    let scalar = Scalar {
        text: text.0.clone(),
        style: ScalarStyle::Plain,
    };
    if let Some(other) = scalar.text_elsewhere() {
        report.push(
            Diagnostic::at(
                &AMBIGUOUS_SCALAR,
                span,
                format!("other YAML readers see `{other}` here"),
            )
            .help(format!("quote it: \"{}\"", text.0)),
        );
    }
}

/// The mapping form has no order of its own: a variable comes after those its `$(NAME)` refers
/// to, which is all that Kubernetes asks for, and otherwise in the order of names.
fn order(mut vars: Vec<EnvVar>, span: Option<Span>, report: &mut Report) -> Vec<EnvVar> {
    vars.sort_by(|a, b| a.name.cmp(&b.name));
    let mut ordered: Vec<EnvVar> = Vec::new();
    while !vars.is_empty() {
        let waits =
            |var: &EnvVar| references(var).any(|name| vars.iter().any(|other| other.name == name));
        let Some(next) = vars.iter().position(|var| !waits(var)) else {
            let names: Vec<_> = vars.iter().map(|var| format!("`{}`", var.name)).collect();
            let message = format!("{} refer to each other", names.join(", "));
            report.push(match span {
                Some(span) => Diagnostic::at(&BAD_SHAPE, span, message),
                None => Diagnostic::global(&BAD_SHAPE, message),
            });
            return ordered;
        };
        ordered.push(vars.remove(next));
    }
    ordered
}

/// The names in `$(NAME)`; `$$(NAME)` is an escape.
fn references(var: &EnvVar) -> impl Iterator<Item = &str> {
    let value = var
        .object
        .get("value")
        .and_then(Value::as_str)
        .unwrap_or_default();
    value.match_indices("$(").filter_map(move |(at, _)| {
        let dollars = value[..=at]
            .bytes()
            .rev()
            .take_while(|b| *b == b'$')
            .count();
        let name = value[at + 2..].split_once(')')?.0;
        (dollars % 2 == 1).then_some(name)
    })
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
