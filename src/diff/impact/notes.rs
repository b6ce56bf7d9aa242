//! What is to be known, or done, beside the change itself.

use serde_json::Value;

use super::{Class, Classes};
use crate::diff::set::Identity;
use crate::diff::{Advice, ChangeKind};

/// The notes on an object. `new` is the object after, or as it was where it is gone.
pub(crate) fn notes(
    identity: &Identity,
    kind: ChangeKind,
    classes: Classes,
    new: &Value,
    scaled: bool,
) -> Vec<Advice> {
    let mut notes = Vec::new();
    let mut say = |text: String, command: Option<String>| notes.push(Advice { text, command });
    if kind == ChangeKind::Removed {
        say(
            "kubectl apply will not do it; this does:".to_owned(),
            delete(identity, ""),
        );
        return notes;
    }
    if classes.has(Class::Replace) {
        let orphan = match identity.qualified_kind().as_str() {
            "StatefulSet.apps" => " --cascade=orphan",
            _ => "",
        };
        say(
            "apply will be refused; first:".to_owned(),
            delete(identity, orphan),
        );
    }
    if classes.has(Class::Restart) {
        for text in rollout(&identity.qualified_kind(), new) {
            say(text, None);
        }
    }
    if scaled && new.pointer("/spec/replicas").and_then(Value::as_i64) == Some(0) {
        say("no pod is left running".to_owned(), None);
    }
    notes
}

/// How the pods of a workload are replaced, where that is not one by one.
fn rollout(kind: &str, object: &Value) -> Vec<String> {
    let text = |pointer: &str| object.pointer(pointer).and_then(Value::as_str);
    let mut notes = Vec::new();
    match kind {
        "Deployment.apps" => {
            if text("/spec/strategy/type") == Some("Recreate") {
                notes.push("strategy Recreate: all pods stop before new ones start".to_owned());
            }
            if object.pointer("/spec/paused") == Some(&Value::Bool(true)) {
                notes.push("the rollout is paused: nothing happens until it goes on".to_owned());
            }
        }
        "StatefulSet.apps" | "DaemonSet.apps" => {
            if text("/spec/updateStrategy/type") == Some("OnDelete") {
                notes.push("strategy OnDelete: pods change as somebody deletes them".to_owned());
            }
            let partition = object.pointer("/spec/updateStrategy/rollingUpdate/partition");
            if let Some(partition) = partition.and_then(Value::as_i64).filter(|from| *from > 0) {
                notes.push(format!(
                    "partition {partition}: pods below that number stay"
                ));
            }
        }
        _ => {}
    }
    notes
}

/// The line that deletes the object; none for one whose name the server chose.
fn delete(identity: &Identity, flags: &str) -> Option<String> {
    if identity.name.ends_with('*') {
        return None;
    }
    Some(kubectl("delete", identity, flags))
}

/// The line that restarts the pods of a workload; none for one whose name the server chose.
pub(crate) fn restart(identity: &Identity) -> Option<String> {
    let named = !identity.name.ends_with('*');
    named.then(|| kubectl("rollout restart", identity, ""))
}

/// A command for one object.
fn kubectl(verb: &str, identity: &Identity, flags: &str) -> String {
    let kind = identity.qualified_kind().to_lowercase();
    let mut line = format!("kubectl {verb} {}{flags}", word(&kind));
    if !identity.namespace.is_empty() {
        line.push_str(&format!(" --namespace={}", word(&identity.namespace)));
    }
    // A name may look like a flag.
    let dashes = if identity.name.starts_with('-') {
        " --"
    } else {
        ""
    };
    line.push_str(&format!("{dashes} {}", word(&identity.name)));
    line
}

/// A word that a shell takes for itself.
fn word(text: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || "-_.:/@".contains(c);
    if !text.is_empty() && text.chars().all(plain) {
        text.to_owned()
    } else {
        format!("'{}'", text.replace('\'', r"'\''"))
    }
}
