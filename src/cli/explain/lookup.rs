//! A field of functions.yaml in its JSON schema.

use std::collections::BTreeSet;

use serde_json::Value;

use crate::schema::fault::suggest;

/// A field, and all that the schema says of it.
#[derive(Debug)]
pub(super) struct Field<'a> {
    /// Its path from the top.
    pub(super) path: String,
    /// What is said of it, the nearest first.
    pub(super) described: Option<&'a str>,
    /// The forms its value may have, references followed and alternatives apart.
    pub(super) forms: Vec<&'a Value>,
    /// The fields below it.
    pub(super) fields: Vec<&'a str>,
    /// Whether it has to be there.
    pub(super) required: bool,
}

/// The field at a path such as `functions.scaling.min`; indices are skipped, and the end of a path
/// is enough where only one field has it, or a function's.
///
/// # Errors
/// Paths that may have been meant; none where nothing is near.
pub(super) fn field<'a>(schema: &'a Value, path: &str) -> Result<Field<'a>, Vec<String>> {
    let asked = segments(path);
    let found = walk(schema, &asked);
    let (near, at) = match found {
        Ok(field) => return Ok(field),
        Err(near) => near,
    };
    let all = paths(schema);
    let tail = format!(".{}", asked.join("."));
    let ends = |path: &&String| path.ends_with(&tail);
    let named: Vec<String> = all.iter().filter(ends).cloned().collect();
    // What is asked for by its end alone is mostly a function's.
    let usual = format!("functions{tail}");
    let meant = named
        .iter()
        .find(|path| **path == usual)
        .or(match named.as_slice() {
            [only] => Some(only),
            _ => None,
        });
    if let Some(path) = meant {
        return walk(schema, &segments(path)).map_err(|_| Vec::new());
    }
    if !named.is_empty() {
        return Err(named);
    }
    if let Some(near) = near {
        let mut path: Vec<&str> = asked[..at].to_vec();
        path.push(near);
        return Err(vec![path.join(".")]);
    }
    let names = all.iter().filter_map(|path| path.rsplit('.').next());
    let near = asked.last().and_then(|last| suggest(last, names));
    let ends = |path: &&String| near.is_some() && path.rsplit('.').next() == near;
    Err(all.iter().filter(ends).cloned().collect())
}

/// `a.b[0].c` as `a`, `b`, `c`. A segment may be quoted, or begin with a slash and hold dots.
fn segments(path: &str) -> Vec<&str> {
    path.split(['.', '[', ']'])
        .map(|segment| segment.trim_matches(['"', '\'', '`']))
        .filter(|segment| !segment.is_empty() && !segment.bytes().all(|b| b.is_ascii_digit()))
        .collect()
}

/// The field, or what may have been meant in place of which segment.
fn walk<'a>(schema: &'a Value, path: &[&str]) -> Result<Field<'a>, (Option<&'a str>, usize)> {
    let mut at = schema;
    let mut required = false;
    for (index, segment) in path.iter().enumerate() {
        let forms = below(schema, at);
        let exact = forms.iter().find_map(|form| {
            let field = form.get("properties")?.get(*segment)?;
            let needed = form.get("required").and_then(Value::as_array);
            let needed = needed.is_some_and(|names| names.iter().any(|name| name == segment));
            Some((field, needed))
        });
        // Any key will do in a mapping of names to values.
        let any = || {
            let free = forms
                .iter()
                .filter_map(|form| form.get("additionalProperties"));
            free.filter(|free| free.is_object())
                .map(|free| (free, false))
                .next()
        };
        (at, required) = exact
            .or_else(any)
            .ok_or_else(|| (suggest(segment, names(&forms)), index))?;
    }
    let fields = names(&below(schema, at)).collect::<BTreeSet<_>>();
    Ok(Field {
        path: match path {
            [] => "functions.yaml".to_owned(),
            path => path.join("."),
        },
        described: described(schema, at),
        forms: forms(schema, at),
        fields: fields.into_iter().collect(),
        required,
    })
}

fn names<'a>(forms: &[&'a Value]) -> impl Iterator<Item = &'a str> + use<'a> {
    let properties = forms
        .iter()
        .filter_map(|form| form.get("properties")?.as_object());
    let names: Vec<&str> = properties
        .flat_map(|p| p.keys().map(String::as_str))
        .collect();
    names.into_iter()
}

/// The forms of what can be named below a value: its own, or those of its items.
fn below<'a>(root: &'a Value, schema: &'a Value) -> Vec<&'a Value> {
    let own = forms(root, schema);
    let items = own.iter().filter_map(|form| form.get("items"));
    let items: Vec<_> = items.flat_map(|items| forms(root, items)).collect();
    own.into_iter().chain(items).collect()
}

/// A schema with its references followed and its alternatives apart; `null` is none.
fn forms<'a>(root: &'a Value, schema: &'a Value) -> Vec<&'a Value> {
    let mut found = Vec::new();
    let mut open = vec![schema];
    // A schema that refers to itself is no form of a value; bounded all the same.
    let mut steps = 0;
    while let Some(next) = open.pop() {
        steps += 1;
        if steps > 1_000 {
            break;
        }
        if let Some(target) = next.get("$ref").and_then(Value::as_str) {
            open.extend(target.strip_prefix('#').and_then(|path| root.pointer(path)));
            continue;
        }
        let alternatives = ["anyOf", "oneOf", "allOf"];
        let mut apart = alternatives
            .iter()
            .filter_map(|key| next.get(*key)?.as_array());
        match apart.next() {
            Some(each) => open.extend(each.iter().rev()),
            None if next.get("type").is_some_and(|kind| kind == "null") => {}
            None => found.push(next),
        }
    }
    found
}

fn described<'a>(root: &'a Value, schema: &'a Value) -> Option<&'a str> {
    let text = |schema: &'a Value| schema.get("description").and_then(Value::as_str);
    let inner = || forms(root, schema).into_iter().find_map(text);
    text(schema).or_else(inner)
}

/// The paths of all fields, those that only repeat a function's left out.
fn paths(root: &Value) -> Vec<String> {
    fn visit(root: &Value, schema: &Value, path: &str, depth: usize, found: &mut Vec<String>) {
        if depth > 8 {
            return;
        }
        for form in below(root, schema) {
            let properties = form.get("properties").and_then(Value::as_object);
            for (name, field) in properties.into_iter().flatten() {
                if depth == 0 && matches!(name.as_str(), "defaults" | "environments") {
                    found.push(name.clone());
                    continue;
                }
                let path = if path.is_empty() {
                    name.clone()
                } else {
                    format!("{path}.{name}")
                };
                visit(root, field, &path, depth + 1, found);
                found.push(path);
            }
        }
    }
    let mut found = Vec::new();
    visit(root, root, "", 0, &mut found);
    found.sort();
    found.dedup();
    found
}
