//! A function as a process of this machine: what is rendered for a cluster, made local.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::time::Duration;

use kubefunctl::local::LocalFunction;
use serde_json::Value;

use crate::brokers::Brokers;
use crate::files::{self, Files};

/// All that is needed to start a function.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Program {
    /// Its name.
    pub(crate) name: String,
    /// Its topic and channel.
    pub(crate) consumes: (String, String),
    /// Program and arguments; nothing where nobody says how to start it.
    pub(crate) command: Vec<String>,
    /// The same as written, with no value of a variable in it; quoted as for a shell.
    pub(crate) shown: String,
    /// Where it is started.
    pub(crate) folder: PathBuf,
    /// Its whole environment, but for `HEALTHZ_ADDR`, whose port is another each time.
    pub(crate) env: BTreeMap<OsString, OsString>,
    /// Files that it reads.
    pub(crate) files: Option<Files>,
    /// The path of its health checks, if it has any.
    pub(crate) health: Option<String>,
    /// How long it may take to go.
    pub(crate) grace: Duration,
    /// What is otherwise here than in a cluster, for people.
    pub(crate) notes: Vec<String>,
}

/// Nobody wants to wait for longer in front of a terminal, whatever a timeout allows.
pub(crate) const LONGEST_GRACE: Duration = Duration::from_secs(10);

/// Variables of the environment contract: ours alone to set.
fn is_of_the_contract(name: &str) -> bool {
    matches!(name, "TOPIC" | "CHANNEL" | "HEALTHZ_ADDR")
        || name.starts_with("NSQ_")
        || (name.starts_with("KUBEFUNCS_") && name != "KUBEFUNCS_LOG")
}

/// Where functions run.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Place<'a> {
    /// The folder that they are started in.
    pub(crate) folder: &'a Path,
    /// The folder of this run.
    pub(crate) run: &'a Path,
    /// What they are connected to.
    pub(crate) brokers: &'a Brokers,
    /// The environment of this process.
    pub(crate) around: &'a BTreeMap<OsString, OsString>,
}

impl Program {
    /// Makes a function local.
    pub(crate) fn new(function: &LocalFunction, place: &Place<'_>) -> Self {
        let mut notes = Vec::new();
        let files = Files::of(function, place.run);
        let local = |text: &str| match &files {
            Some(files) => files.local(text),
            None => text.to_owned(),
        };
        let written = variables(function, place.around, local, &mut notes);
        let command = function.command.iter().map(|word| match function.expands {
            true => expand(&local(word), &written),
            false => local(word),
        });
        let command = command.collect();
        let mut env: BTreeMap<OsString, OsString> = place.around.clone();
        env.retain(|name, _| !name.to_str().is_some_and(is_of_the_contract));
        if let Some(files) = &files {
            env.insert(files::VARIABLE.into(), files.folder().into());
            notes.push(format!(
                "the files of `config` are in {} ({})",
                files.folder(),
                files::VARIABLE
            ));
        }
        let kept = written.iter().filter(|(name, _)| !is_of_a_cluster(name));
        env.extend(kept.map(|(name, value)| (name.into(), value.into())));
        env.extend(
            place
                .brokers
                .env()
                .map(|(name, value)| (name.into(), value.into())),
        );
        for source in &function.env_from {
            notes.push(format!("`envFrom` is not read here: {}", named(source)));
        }
        Self {
            name: function.name.clone(),
            consumes: (function.topic.clone(), function.channel.clone()),
            command,
            shown: shown(&function.command),
            folder: place.folder.to_owned(),
            env,
            files,
            health: function.health.as_ref().map(|health| health.path.clone()),
            grace: Duration::from_secs(function.grace_seconds).min(LONGEST_GRACE),
            notes,
        }
    }
}

/// A command that can be pasted into a shell.
fn shown(command: &[String]) -> String {
    // No shell takes a NUL, nor does a program start with one.
    shlex::try_join(command.iter().map(String::as_str)).unwrap_or_else(|_| command.join(" "))
}

/// Rendered variables that mean something in a cluster only.
fn is_of_a_cluster(name: &str) -> bool {
    name == "HEALTHZ_ADDR" || name == "KUBEFUNCS_LOOKUPD" || name.starts_with("NSQ_")
}

/// The variables of the container with their values here.
fn variables(
    function: &LocalFunction,
    around: &BTreeMap<OsString, OsString>,
    local: impl Fn(&str) -> String,
    notes: &mut Vec<String>,
) -> BTreeMap<String, String> {
    let mut known = BTreeMap::new();
    for variable in &function.env {
        let name = &variable.name;
        if let Some(value) = variable.object["value"].as_str() {
            let value = expand(&local(value), &known);
            known.insert(name.clone(), value);
            continue;
        }
        let source = &variable.object["valueFrom"];
        if let Some(field) = source["fieldRef"]["fieldPath"].as_str() {
            known.insert(name.clone(), self::field(field, function));
            continue;
        }
        let here = around.get(&OsString::from(name));
        match here.map(|value| value.to_str()) {
            Some(Some(value)) => {
                known.insert(name.clone(), value.to_owned());
            }
            Some(None) => notes.push(format!(
                "{name} is set to what is no text (UTF-8), which it always is in a cluster: \
                 `$({name})` is not replaced"
            )),
            None if is_optional(source) => {}
            None => notes.push(format!(
                "{name} is not set: in a cluster it comes from {}; set {name} for kubefuncs-dev",
                named(source)
            )),
        }
    }
    known
}

/// What a field of the pod would be, near enough.
fn field(path: &str, function: &LocalFunction) -> String {
    match path {
        "metadata.namespace" => function.namespace.clone(),
        "metadata.name" | "metadata.uid" => format!("{}-0", function.object),
        "spec.serviceAccountName" => function.object.clone(),
        "spec.nodeName" => "localhost".to_owned(),
        "status.podIP" | "status.hostIP" | "status.podIPs" | "status.hostIPs" => {
            "127.0.0.1".to_owned()
        }
        _ => String::new(),
    }
}

fn is_optional(source: &Value) -> bool {
    let optional = |key: &str| source[key]["optional"] == Value::Bool(true);
    optional("secretKeyRef") || optional("configMapKeyRef")
}

/// Where a value comes from in a cluster.
fn named(source: &Value) -> String {
    for (key, kind) in [
        ("secretKeyRef", "Secret"),
        ("configMapKeyRef", "ConfigMap"),
        ("secretRef", "Secret"),
        ("configMapRef", "ConfigMap"),
    ] {
        if let Some(name) = source[key]["name"].as_str() {
            return match source[key]["key"].as_str() {
                Some(entry) => format!("key `{entry}` of {kind} `{name}`"),
                None => format!("{kind} `{name}`"),
            };
        }
    }
    "something of the pod's".to_owned()
}

/// `$(NAME)` as Kubernetes reads it: known names are replaced, unknown ones stay, `$$` is `$`.
fn expand(text: &str, known: &BTreeMap<String, String>) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find('$') {
        out.push_str(&rest[..at]);
        rest = &rest[at + 1..];
        let reference = rest
            .strip_prefix('(')
            .and_then(|inner| inner.split_once(')'));
        if let Some(tail) = rest.strip_prefix('$') {
            out.push('$');
            rest = tail;
        } else if let Some((name, tail)) = reference {
            match known.get(name) {
                Some(value) => out.push_str(value),
                None => out.push_str(&format!("$({name})")),
            }
            rest = tail;
        } else {
            out.push('$');
        }
    }
    out.push_str(rest);
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_command_can_be_pasted() {
        for (words, expected) in [
            (
                &["./app", "--port", "80", "a_b:c"][..],
                "./app --port 80 a_b:c",
            ),
            (&["sh", "-c", "echo no; exit 3"], "sh -c 'echo no; exit 3'"),
            (
                &["x", "", "it's", "$HOME", "a\nb"],
                "x '' \"it's\" '$HOME' 'a\nb'",
            ),
        ] {
            let words: Vec<_> = words.iter().map(|&word| word.to_owned()).collect();
            assert_eq!(shown(&words), expected);
            assert_eq!(shlex::split(expected), Some(words));
        }
    }

    #[test]
    fn references_are_read_as_kubernetes_does() {
        let known = BTreeMap::from([("A".to_owned(), "1".to_owned())]);
        for (text, expected) in [
            ("$(A)", "1"),
            ("x$(A)y$(A)", "x1y1"),
            ("$(B)", "$(B)"),
            ("$$(A)", "$(A)"),
            ("$A $( $(A", "$A $( $(A"),
            ("100$", "100$"),
            ("ü$(A)", "ü1"),
        ] {
            assert_eq!(expand(text, &known), expected, "{text}");
        }
    }
}
