//! OpenFaaS' `stack.yml` (<https://docs.openfaas.com/reference/yaml/>).

use serde_json::{Map, Value, json};

use super::known::Known;
use super::{Imported, Notes, entries, items, put, string, text};
use crate::schema::label;
use crate::source::{Entry, Node};

/// Keys that say how an image is built.
const BUILD: [&str; 7] = [
    "lang",
    "handler",
    "build_args",
    "build_options",
    "build_secrets",
    "skip_build",
    "copy",
];

/// A functions.yaml from a stack; `app` is the application's name.
#[must_use]
pub fn openfaas(stack: &Node, app: Option<&str>) -> Imported {
    let known = Known::new();
    let mut notes = Notes::default();
    let mut out = Map::new();
    out.insert("app".to_owned(), super::app(app, stack, &mut notes));
    let mut functions = Vec::new();
    let mut routes = Map::new();
    for entry in entries(Some(stack)) {
        match entry.key.as_str() {
            "functions" => {
                for function in entries(Some(&entry.value)) {
                    let made = Function::new(function, &known, &mut notes);
                    let path = format!("/function/{}/", function.key);
                    routes.insert(path, made.topic().into());
                    functions.push(Value::Object(made.out));
                }
            }
            "version" => {}
            "provider" => notes.left(entry, "there is no server to deploy to"),
            "configuration" => notes.left(entry, "images are built elsewhere"),
            _ => notes.left(entry, "functions.yaml has nothing like it"),
        }
    }
    if !functions.is_empty() {
        let text = "its images speak HTTP to OpenFaaS' watchdog; here a function consumes an NSQ \
                    topic: change each image's entry point, or let `kubefuncs serve` stand before it";
        notes.add(stack.span, text);
    }
    put(&mut out, "functions", functions);
    put(&mut out, "gateway", json!({"routes": routes}));
    Imported {
        value: Value::Object(out),
        notes: notes.0,
    }
}

struct Function<'a> {
    out: Map<String, Value>,
    labels: Map<String, Value>,
    annotations: Map<String, Value>,
    scaling: Map<String, Value>,
    resources: Map<String, Value>,
    known: &'a Known,
}

impl<'a> Function<'a> {
    fn new(entry: &Entry, known: &'a Known, notes: &mut Notes) -> Self {
        let name = label(&entry.key, 40);
        if name != entry.key {
            notes.add(
                entry.key_span,
                format!("`{}` is called `{name}` here", entry.key),
            );
        }
        let mut function = Self {
            out: Map::from_iter([("name".to_owned(), name.into())]),
            labels: Map::new(),
            annotations: Map::new(),
            scaling: Map::new(),
            resources: Map::new(),
            known,
        };
        for field in entries(Some(&entry.value)) {
            function.field(field, notes);
        }
        let Self {
            out,
            labels,
            annotations,
            scaling,
            resources,
            ..
        } = &mut function;
        put(out, "podLabels", std::mem::take(labels));
        put(out, "podAnnotations", std::mem::take(annotations));
        // One bound alone must not contradict the usual other one.
        if let (Some(min), None) = (
            scaling.get("min").and_then(Value::as_u64),
            scaling.get("max"),
        ) && min > 10
        {
            scaling.insert("max".to_owned(), min.into());
        }
        put(out, "scaling", std::mem::take(scaling));
        put(out, "resources", std::mem::take(resources));
        function
    }

    fn topic(&self) -> String {
        let named = self.out.get("topic").or(self.out.get("name"));
        named.and_then(Value::as_str).unwrap_or_default().to_owned()
    }

    fn field(&mut self, entry: &Entry, notes: &mut Notes) {
        let value = &entry.value;
        match entry.key.as_str() {
            "image" => {
                let image = expanded(text(Some(value)).unwrap_or_default());
                if image.contains('$') {
                    let why = "it names a variable without a value of its own; write the image";
                    notes.left(entry, why);
                } else {
                    put(&mut self.out, "image", image);
                }
            }
            "environment" => {
                let pairs = entries(Some(value)).iter();
                let pairs = pairs.filter_map(|e| Some((e.key.clone(), string(&e.value)?)));
                put(&mut self.out, "env", pairs.collect::<Map<_, _>>());
            }
            "limits" | "requests" => {
                let quantities = quantities(value, notes);
                put(&mut self.resources, &entry.key, quantities);
            }
            "labels" => self.labels(value, notes),
            "annotations" => self.annotations(value, notes),
            "constraints" => self.constraints(entry, notes),
            "secrets" => {
                let names: Vec<_> = items(Some(value))
                    .iter()
                    .filter_map(|n| text(Some(n)))
                    .collect();
                let names = names.join(", ");
                let why = format!(
                    "mount {names} with `volumes`, or name keys of it in `env`: {{VAR: {{secret, key}}}}"
                );
                notes.left(entry, &why);
            }
            "environment_file" => notes.left(entry, "copy its variables to `env`"),
            "fprocess" => notes.left(
                entry,
                "it is the watchdog's; `command` is the image's program",
            ),
            "namespace" => notes.left(entry, "give `namespace` for the application"),
            "readonly_root_filesystem" => {
                if text(Some(value)) == Some("false") {
                    notes.left(entry, "it is read-only here, with an empty /tmp");
                }
            }
            key if BUILD.contains(&key) => {
                // How an image is built concerns nobody who only runs it.
                if !matches!(key, "lang" | "handler" | "skip_build") {
                    notes.left(entry, "images are built elsewhere");
                }
            }
            _ => notes.left(entry, "a function has nothing like it"),
        }
    }

    fn labels(&mut self, value: &Node, notes: &mut Notes) {
        for entry in entries(Some(value)) {
            let number = || text(Some(&entry.value)).and_then(|n| n.parse::<u32>().ok());
            let scale = entry.key.strip_prefix("com.openfaas.scale.");
            match (scale, number()) {
                (Some("min"), Some(min)) if min > 0 => put(&mut self.scaling, "min", min),
                (Some("max"), Some(max)) if max > 0 => put(&mut self.scaling, "max", max),
                (Some("zero"), _) if text(Some(&entry.value)) == Some("false") => {}
                (Some(_), _) => notes.left(entry, "see `scaling`: cpu, or queueDepth with KEDA"),
                (None, _) if entry.key.starts_with("com.openfaas.") => {
                    notes.left(entry, "it speaks to OpenFaaS");
                }
                (None, _) => {
                    self.labels
                        .insert(entry.key.clone(), string(&entry.value).unwrap_or_default());
                }
            }
        }
    }

    fn annotations(&mut self, value: &Node, notes: &mut Notes) {
        for entry in entries(Some(value)) {
            match (entry.key.as_str(), text(Some(&entry.value))) {
                // The cron connector's word for "by the clock", which `schedule` says.
                ("topic", Some("cron-function")) => {}
                ("topic", Some(topics)) if !topics.contains(',') => {
                    put(&mut self.out, "topic", topics.trim());
                }
                ("topic", _) => {
                    notes.left(entry, "a function consumes one topic: write one for each");
                }
                ("schedule", Some(cron)) if self.known.function("schedule") => {
                    put(&mut self.out, "schedule", json!([{"cron": cron}]));
                }
                (key, _) if key.starts_with("com.openfaas.") || key == "schedule" => {
                    notes.left(entry, "it speaks to OpenFaaS");
                }
                (key, Some(text)) => {
                    self.annotations.insert(key.to_owned(), text.into());
                }
                _ => {}
            }
        }
    }

    /// `node.kubernetes.io/x = y` chooses nodes; other comparisons have no short form.
    fn constraints(&mut self, entry: &Entry, notes: &mut Notes) {
        let mut selector = Map::new();
        for item in items(Some(&entry.value)) {
            let rule = text(Some(item)).unwrap_or_default();
            let pair = rule.split_once("==").or_else(|| rule.split_once('='));
            match pair.filter(|_| !rule.contains("!=")) {
                Some((key, value)) => {
                    let value = value.trim().trim_matches(['"', '\'']);
                    selector.insert(key.trim().to_owned(), value.into());
                }
                None => notes.add(
                    item.span,
                    format!("`{rule}` is not carried over: see `affinity`"),
                ),
            }
        }
        put(&mut self.out, "nodeSelector", selector);
    }
}

/// `${NAME:-value}` and `${NAME:=value}` as their value, which is what they mean where nobody
/// says otherwise.
fn expanded(text: &str) -> String {
    let mut out = String::new();
    let mut rest = text;
    while let Some(at) = rest.find("${") {
        let Some(length) = rest[at..].find('}') else {
            break;
        };
        let inner = &rest[at + 2..at + length];
        out.push_str(&rest[..at]);
        match inner.split_once(":-").or_else(|| inner.split_once(":=")) {
            Some((_, usual)) => out.push_str(usual),
            None => out.push_str(&rest[at..=at + length]),
        }
        rest = &rest[at + length + 1..];
    }
    out + rest
}

/// CPU and memory. OpenFaaS documents `40m` of memory for what Kubernetes calls `40Mi`.
fn quantities(node: &Node, notes: &mut Notes) -> Map<String, Value> {
    let mut out = Map::new();
    for entry in entries(Some(node)) {
        let Some(text) = text(Some(&entry.value)) else {
            continue;
        };
        let digits = text.trim_end_matches(|c: char| c.is_ascii_alphabetic());
        let quantity = match (entry.key.as_str(), &text[digits.len()..]) {
            ("memory", unit @ ("m" | "k" | "g")) => {
                let unit = unit.to_ascii_uppercase();
                let unit = format!("{digits}{unit}i");
                let said =
                    format!("`{text}` of memory is written `{unit}`: `m` would be a thousandth");
                notes.add(entry.value.span, said);
                unit
            }
            _ => text.to_owned(),
        };
        match entry.key.as_str() {
            "cpu" | "memory" => put(&mut out, &entry.key, quantity),
            _ => notes.left(entry, "only cpu and memory are"),
        }
    }
    out
}
