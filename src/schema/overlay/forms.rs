//! What may be written in two forms, made one where two of different forms meet.

use super::merge::REMOVED;
use super::place::Place;
use crate::schema::order;
use crate::source::{Entry, Node, NodeValue, Scalar, ScalarStyle, Span};

/// The two in one form, where the place has two forms and they are in different ones; else
/// nothing.
pub(super) fn unified(place: Place, base: &Node, over: &Node) -> Option<(Node, Node)> {
    use NodeValue::{List, Map, Scalar};
    match (place, &base.value, &over.value) {
        // A reference says all but when the image is pulled.
        (Place::Image, Map(_), Scalar(_)) if !over.is_null() => {
            let mut kept = base.clone();
            if let Map(entries) = &mut kept.value {
                entries.retain(|entry| entry.key == "pullPolicy");
            }
            Some((kept, image(over)?))
        }
        (Place::Image, Scalar(_), Map(_)) => Some((image(base)?, over.clone())),
        (Place::Route, Map(_), Scalar(_)) if !over.is_null() => Some((base.clone(), route(over))),
        (Place::Route, Scalar(_), Map(_)) if !base.is_null() => Some((route(base), over.clone())),
        (Place::Env, List(_), Map(entries)) => Some((base.clone(), list(entries, over.span))),
        (Place::Env, Map(entries), List(_)) => Some((list(entries, base.span), over.clone())),
        _ => None,
    }
}

/// `host/path:tag@digest` in parts; each has the place of the whole.
fn image(node: &Node) -> Option<Node> {
    let text = &node.as_scalar()?.text;
    let (rest, digest) = match text.split_once('@') {
        Some((rest, digest)) => (rest, Some(digest)),
        None => (text.as_str(), None),
    };
    // A colon before a slash is that of a port.
    let (repository, tag) = match rest.rsplit_once(':') {
        Some((repository, tag)) if !tag.contains('/') => (repository, Some(tag)),
        _ => (rest, None),
    };
    let parts = [
        ("repository", Some(repository)),
        ("tag", tag),
        ("digest", digest),
    ];
    let part = |(key, value): (&str, Option<&str>)| Some(entry(key, text_node(value?, node.span)));
    Some(map(parts.into_iter().filter_map(part).collect(), node.span))
}

/// A topic is `{topic: …}`.
fn route(node: &Node) -> Node {
    map(vec![entry("topic", node.clone())], node.span)
}

/// The mapping of environment variables as Kubernetes' list, in the order that the mapping stands
/// for.
fn list(entries: &[Entry], span: Span) -> Node {
    let mut entries: Vec<&Entry> = entries.iter().collect();
    entries.sort_by(|a, b| a.key.cmp(&b.key));
    let value = |entry: &'_ Entry| match &entry.value.value {
        NodeValue::Scalar(scalar) => scalar.text.clone(),
        _ => String::new(),
    };
    let values: Vec<String> = entries.iter().map(|entry| value(entry)).collect();
    let vars: Vec<(&str, &str)> = entries
        .iter()
        .zip(&values)
        .map(|(entry, value)| (entry.key.as_str(), value.as_str()))
        .collect();
    let (ordered, stuck) = order::by_references(&vars);
    let items = ordered.into_iter().chain(stuck);
    Node {
        span,
        value: NodeValue::List(items.map(|index| variable(entries[index])).collect()),
    }
}

/// One entry of that list.
fn variable(variable: &Entry) -> Node {
    let place = variable.key_span;
    let name = Entry {
        key_span: place,
        ..entry("name", text_node(&variable.key, place))
    };
    let value = &variable.value;
    let said = match &value.value {
        _ if value.is_null() => entry(REMOVED.0, text_node(REMOVED.1, value.span)),
        NodeValue::Map(source) => entry("valueFrom", value_from(source, value.span)),
        _ => entry("value", value.clone()),
    };
    map(vec![name, said], value.span)
}

/// `{secret, key, optional}` and its like as Kubernetes' `valueFrom`.
fn value_from(source: &[Entry], span: Span) -> Node {
    let find = |key: &str| source.iter().find(|entry| entry.key == key);
    let reference = |ours: &str, theirs: &str| {
        let name = find(ours)?;
        let renamed = Entry {
            key: "name".to_owned(),
            ..name.clone()
        };
        let rest = ["key", "optional"].into_iter().filter_map(find).cloned();
        let inner = std::iter::once(renamed).chain(rest).collect();
        Some(entry(theirs, map(inner, span)))
    };
    let field = || {
        let path = Entry {
            key: "fieldPath".to_owned(),
            ..find("field")?.clone()
        };
        Some(entry("fieldRef", map(vec![path], span)))
    };
    let found = [
        reference("secret", "secretKeyRef"),
        reference("configMap", "configMapKeyRef"),
        field(),
    ];
    map(found.into_iter().flatten().collect(), span)
}

fn entry(key: &str, value: Node) -> Entry {
    Entry {
        key: key.to_owned(),
        key_span: value.span,
        key_style: ScalarStyle::Plain,
        value,
    }
}

fn map(entries: Vec<Entry>, span: Span) -> Node {
    Node {
        span,
        value: NodeValue::Map(entries),
    }
}

fn text_node(text: &str, span: Span) -> Node {
    Node {
        span,
        value: NodeValue::Scalar(Scalar {
            text: text.to_owned(),
            style: ScalarStyle::Quoted,
        }),
    }
}
