//! What a field is, in words.

use std::fmt::Write as _;

use serde_json::Value;

use super::code::wrapped;
use super::lookup::Field;
use crate::manifest;
use crate::schema::fault::describe;

/// All there is to say of a field.
pub(super) fn text(field: &Field<'_>) -> String {
    let needed = if field.required { " (required)" } else { "" };
    let mut out = format!("{}{needed}\n\n", field.path);
    if let Some(described) = field.described {
        out.push_str(&wrapped(described, "  "));
        out.push('\n');
    }
    let mut row = |name: &str, value: &str| {
        let _ = writeln!(out, "  {:<9} {value}", format!("{name}:"));
    };
    let types: Vec<String> = field.forms.iter().map(|form| kind(form)).collect();
    let mut seen = Vec::new();
    for kind in types.iter().filter(|kind| !kind.is_empty()) {
        if !seen.contains(kind) {
            seen.push(kind.clone());
        }
    }
    if !seen.is_empty() {
        row("type", &seen.join(", or "));
    }
    for form in &field.forms {
        if let Some(default) = form.get("default").filter(|default| !default.is_null()) {
            row("default", &written(default));
        }
        for (name, rule) in constraints(form) {
            row(name, &rule);
        }
        for example in form
            .get("examples")
            .and_then(Value::as_array)
            .into_iter()
            .flatten()
        {
            row("example", &written(example));
        }
    }
    if !field.fields.is_empty() {
        let fields = format!("fields: {}", field.fields.join(", "));
        out.push('\n');
        out.push_str(&wrapped(&fields, "  "));
    }
    out
}

/// The fields below a field, and how to learn more of them.
pub(super) fn names(field: &Field<'_>) -> String {
    let mut out = format!(
        "\nFields of {}, each explained by `kubefunctl explain FIELD`:\n\n",
        field.path
    );
    out.push_str(&wrapped(&field.fields.join(", "), "  "));
    out.push_str("\nThose of a function: `kubefunctl explain functions`\n");
    out
}

/// What a value of this form is called.
fn kind(form: &Value) -> String {
    if let Some(constant) = form.get("const") {
        return shown(constant);
    }
    if let Some(words) = form.get("enum").and_then(Value::as_array) {
        let words = words.iter().filter(|word| !word.is_null()).map(shown);
        return words.collect::<Vec<_>>().join(" | ");
    }
    let named = |word: &str| match word {
        "integer" => "whole number",
        "boolean" => "true or false",
        "array" => "list",
        "object" => "mapping",
        "string" => "text",
        "number" => "number",
        _ => "",
    };
    match form.get("type") {
        // Where a number will do as well, a scalar of any kind is read as the text that is written.
        Some(Value::Array(kinds))
            if ["string", "number"]
                .iter()
                .all(|k| kinds.contains(&(*k).into())) =>
        {
            "text".to_owned()
        }
        Some(Value::Array(kinds)) => {
            let kinds = kinds.iter().filter_map(Value::as_str).map(named);
            let kinds: Vec<&str> = kinds.filter(|kind| !kind.is_empty()).collect();
            kinds.join(" or ")
        }
        Some(Value::String(kind)) => named(kind).to_owned(),
        _ => String::new(),
    }
}

fn constraints(form: &Value) -> Vec<(&'static str, String)> {
    let mut rules = Vec::new();
    let get = |name: &str| form.get(name).map(shown);
    match (get("minimum"), get("maximum")) {
        (Some(min), Some(max)) => rules.push(("range", format!("{min} to {max}"))),
        (Some(min), None) => rules.push(("range", format!("{min} or more"))),
        (None, Some(max)) => rules.push(("range", format!("{max} or less"))),
        (None, None) => {}
    }
    let mut length = |unit: &str, min: Option<String>, max: Option<String>| match (min, max) {
        (Some(min), Some(max)) => rules.push(("length", format!("{min} to {max} {unit}"))),
        (Some(min), None) => rules.push(("length", format!("at least {min} {unit}"))),
        (None, Some(max)) => rules.push(("length", format!("at most {max} {unit}"))),
        (None, None) => {}
    };
    length("characters", get("minLength"), get("maxLength"));
    length("items", get("minItems"), get("maxItems"));
    length("keys", get("minProperties"), get("maxProperties"));
    let words = form
        .get("format")
        .and_then(Value::as_str)
        .and_then(describe);
    match (words, get("pattern")) {
        (Some(words), _) => rules.push(("form", words.to_owned())),
        (None, Some(pattern)) => rules.push(("pattern", pattern)),
        (None, None) => {}
    }
    rules
}

/// A value as it can be pasted: a text in quotes where YAML would read it as something else.
fn written(value: &Value) -> String {
    match value {
        Value::String(_) => {
            let mut out = String::new();
            manifest::emit(value, &mut out);
            out.trim_end().to_owned()
        }
        other => other.to_string(),
    }
}

/// A value in words.
fn shown(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}
