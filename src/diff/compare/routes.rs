//! The gateway's routes, which stand in a ConfigMap as one text.

use serde_json::{Map, Value, json};

use crate::manifest::{Scope, Step};

/// The files a gateway of ours reads, and one of the original.
const FILES: &str = "/data/gateway.json|routes.json";

/// Both texts as routes, where they are a gateway's configuration that can be read.
pub(super) fn both(
    scope: &Scope,
    path: &[Step],
    old: &str,
    new: &str,
) -> Option<(Map<String, Value>, Map<String, Value>)> {
    if !is_route(scope, path) {
        return None;
    }
    let ((before, rest), (after, other)) = (routes(old)?, routes(new)?);
    // What differs is no route: then the text is what there is to show.
    (rest == other).then_some((before, after))
}

/// Whether the path is that of a configuration, whose parts are routes.
pub(super) fn is_route(scope: &Scope, path: &[Step]) -> bool {
    scope.is("ConfigMap") && scope.fits(FILES, path)
}

/// `GET,POST shop.example.com/cart/` and where it leads, and what else there is in the file.
fn routes(text: &str) -> Option<(Map<String, Value>, Map<String, Value>)> {
    let mut rest: Map<String, Value> = serde_json::from_str(text).ok()?;
    let table = match rest.remove("routes") {
        Some(table) => table.as_object()?.clone(),
        None => std::mem::take(&mut rest),
    };
    let mut routes = Map::new();
    for (prefix, target) in &table {
        let targets = match target {
            Value::Array(targets) => targets.as_slice(),
            target => std::slice::from_ref(target),
        };
        for target in targets {
            let (name, target) = route(prefix, target)?;
            if routes.insert(name, target).is_some() {
                return None;
            }
        }
    }
    Some((routes, rest))
}

fn route(prefix: &str, target: &Value) -> Option<(String, Value)> {
    let mut target = match target {
        Value::String(topic) => return Some((prefix.to_owned(), json!({"topic": topic}))),
        Value::Object(target) => target.clone(),
        _ => return None,
    };
    let host = match target.remove("host") {
        Some(host) => host.as_str()?.to_owned(),
        None => String::new(),
    };
    let mut methods = match target.remove("methods") {
        Some(Value::Array(methods)) => methods
            .iter()
            .map(|method| method.as_str().map(str::to_owned))
            .collect::<Option<Vec<_>>>()?,
        Some(_) => return None,
        None => Vec::new(),
    };
    methods.sort_unstable();
    let methods = match methods.is_empty() {
        true => String::new(),
        false => methods.join(",") + " ",
    };
    Some((format!("{methods}{host}{prefix}"), Value::Object(target)))
}
