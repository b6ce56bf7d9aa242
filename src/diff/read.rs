//! From the bytes of manifests, whoever wrote them, to a set of objects.

use std::fmt;

use serde_json::{Map, Value};

use super::set::{Place, Set};
use super::value::as_kubectl_reads;
use crate::source::{FileId, Limits, Node, Sources, SyntaxFault, parse_stream};

/// Faults of one reading that are told; the rest is counted.
const TOLD: usize = 20;

/// Lists within lists, at most.
const DEEPEST_LIST: usize = 4;

/// Why a text is no set of manifests: one line a fault, each with its place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unreadable {
    faults: Vec<String>,
}

impl fmt::Display for Unreadable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let told = self.faults.iter().take(TOLD);
        f.write_str(&told.cloned().collect::<Vec<_>>().join("\n"))?;
        match self.faults.len().saturating_sub(TOLD) {
            0 => Ok(()),
            rest => write!(f, "\n… and {rest} more"),
        }
    }
}

impl std::error::Error for Unreadable {}

/// Adds the objects of a file to a set and says how many documents it had. Empty documents do not
/// count, the items of a `List` count as objects of their own.
///
/// # Errors
/// Every document that cannot be read or is no object, with file and line.
pub fn read(name: &str, bytes: Vec<u8>, set: &mut Set) -> Result<usize, Unreadable> {
    let mut reader = Reader {
        sources: Sources::new(),
        set,
        faults: Vec::new(),
        found: 0,
    };
    reader.file(name, bytes);
    match reader.faults {
        faults if faults.is_empty() => Ok(reader.found),
        faults => Err(Unreadable { faults }),
    }
}

/// Adds an object of ours, in its canonical form.
///
/// # Errors
/// None that an object of ours can cause.
pub fn rendered_object(yaml: &str, place: Option<Place>, set: &mut Set) -> Result<(), String> {
    let value = crate::manifest::parse(yaml).map_err(|error| error.to_string())?;
    set.add(value, place)
}

struct Reader<'a> {
    sources: Sources,
    set: &'a mut Set,
    faults: Vec<String>,
    found: usize,
}

impl Reader<'_> {
    fn file(&mut self, name: &str, bytes: Vec<u8>) {
        let limits = Limits::default();
        let file = match self.sources.add_bytes(name, bytes, &limits) {
            Ok(file) => file,
            Err(faults) => return self.syntax(faults),
        };
        let documents = match parse_stream(&self.sources, file, &limits) {
            Ok(documents) => documents,
            Err(faults) => return self.syntax(faults),
        };
        for document in documents {
            match document.root {
                Ok(Some(root)) if !root.is_null() => self.document(file, root),
                Ok(_) => {}
                Err(faults) => self.syntax(faults),
            }
        }
    }

    fn document(&mut self, file: FileId, root: Node) {
        self.found += 1;
        let place = self.place(file, root.span.start);
        self.object(as_kubectl_reads(root), &place, DEEPEST_LIST);
    }

    fn object(&mut self, value: Value, place: &Place, depth: usize) {
        match unfolded(value) {
            Unfolded::Items(items) if depth > 0 => {
                for item in items {
                    self.object(item, place, depth - 1);
                }
            }
            Unfolded::Items(_) => self.faults.push(format!("{place}: lists within lists")),
            Unfolded::Object(value) if is_for_a_tool(&value) => {}
            Unfolded::Object(value) => {
                if let Err(fault) = self.set.add(value, Some(place.clone())) {
                    self.faults.push(format!("{place}: {fault}"));
                }
            }
        }
    }

    fn place(&self, file: FileId, at: u32) -> Place {
        let file = self.sources.get(file);
        Place {
            file: file.name().to_owned(),
            line: file.line_col(at).0,
        }
    }

    fn syntax(&mut self, faults: Vec<SyntaxFault>) {
        for fault in faults {
            let place = self.place(fault.span.file, fault.span.start);
            self.faults.push(format!("{place}: {}", fault.kind));
        }
    }
}

/// A kustomization lies among manifests, and is none: no cluster is ever given it.
fn is_for_a_tool(value: &Value) -> bool {
    let version = value.get("apiVersion").and_then(Value::as_str);
    version.is_some_and(|version| version.starts_with("kustomize.config.k8s.io/"))
}

enum Unfolded {
    Object(Value),
    Items(Vec<Value>),
}

/// The items of a `List`, or of a `DeploymentList` and the like, whose items may leave out what
/// they are.
fn unfolded(value: Value) -> Unfolded {
    let Value::Object(mut map) = value else {
        return Unfolded::Object(value);
    };
    let kind = map.get("kind").and_then(Value::as_str);
    let of = kind
        .and_then(|kind| kind.strip_suffix("List"))
        .map(str::to_owned);
    let items = match (of.is_some(), map.get_mut("items")) {
        (true, Some(Value::Array(items))) => std::mem::take(items),
        // As Go writes a list of nothing.
        (true, Some(Value::Null)) => Vec::new(),
        _ => return Unfolded::Object(Value::Object(map)),
    };
    let of = of.filter(|kind| !kind.is_empty());
    let complete = |item: Value| match (item, &of) {
        (Value::Object(item), Some(kind)) => Value::Object(typed(item, kind, &map)),
        (item, _) => item,
    };
    Unfolded::Items(items.into_iter().map(complete).collect())
}

fn typed(
    mut item: Map<String, Value>,
    kind: &str,
    list: &Map<String, Value>,
) -> Map<String, Value> {
    if let Some(version) = list.get("apiVersion") {
        item.entry("apiVersion").or_insert_with(|| version.clone());
    }
    item.entry("kind").or_insert_with(|| kind.into());
    item
}
