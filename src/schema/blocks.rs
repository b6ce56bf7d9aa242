//! Kubernetes-shaped blocks of the input against Kubernetes' own schema, where they are written.

use std::collections::BTreeMap;

use serde_json::Value;

use super::fault::{Checker, Fault, FaultKind, Segment};
use super::kinds;
use super::overlay::{self, REMOVED};
use super::shape;
use crate::diag::Report;
use crate::source::{Node, NodeValue};

/// The keys of a function that hold a field of Kubernetes, and the field.
const FUNCTION: [(&str, &str); 8] = [
    ("resources", "Container.resources"),
    ("volumeMounts", "Container.volumeMounts"),
    ("affinity", "PodSpec.affinity"),
    ("initContainers", INIT),
    ("nodeSelector", "PodSpec.nodeSelector"),
    ("tolerations", "PodSpec.tolerations"),
    ("topologySpread", "PodSpec.topologySpreadConstraints"),
    ("volumes", "PodSpec.volumes"),
];

const INIT: &str = "PodSpec.initContainers";

/// Where else there is one, from the top of the document.
const ELSEWHERE: [(&[&str], &str); 3] = [
    (&["gateway", "resources"], "Container.resources"),
    (&["nsq", "nsqd", "resources"], "Container.resources"),
    (&["nsq", "lookupd", "resources"], "Container.resources"),
];

/// Reports every fault in such a block, as Kubernetes 1.`minor` has it.
pub(super) fn check(tree: &Node, minor: u32, report: &mut Report) {
    let check = Check {
        minor,
        partial: false,
    };
    check.layer(tree, report);
}

/// The same for what is merged before it is whole: `defaults`, and every environment. What is
/// missing there may come from elsewhere.
pub(super) fn check_environments(tree: &Node, minor: u32, report: &mut Report) {
    let check = Check {
        minor,
        partial: true,
    };
    if let Some(defaults) = tree.get("defaults") {
        check.function(defaults, report);
    }
    for environment in overlay::environments(tree) {
        let layer = &environment.value;
        let minor = super::version::of(layer).unwrap_or(minor);
        let check = Check { minor, ..check };
        check.layer(layer, report);
        if let Some(defaults) = layer.get("defaults") {
            check.function(defaults, report);
        }
    }
}

/// How blocks are looked at.
#[derive(Clone, Copy)]
struct Check {
    minor: u32,
    partial: bool,
}

impl Check {
    fn layer(self, tree: &Node, report: &mut Report) {
        let functions = tree.get("functions").and_then(Node::as_list);
        for function in functions.unwrap_or_default() {
            self.function(function, report);
        }
        for (path, field) in ELSEWHERE {
            let node = path.iter().try_fold(tree, |node, key| node.get(key));
            self.block(node, field, report);
        }
    }

    fn function(self, function: &Node, report: &mut Report) {
        for (key, field) in FUNCTION {
            self.block(function.get(key), field, report);
        }
        if let Some(env) = function.get("env").filter(|env| env.as_list().is_some()) {
            // A value may be written without quotes here: it is text all the same.
            let mut faults = self.faults(env, "Container.env");
            let text = Segment::Key("value".to_owned());
            faults.retain(|fault| match &fault.kind {
                FaultKind::WrongType { .. } => fault.pointer.segments().last() != Some(&text),
                // Who reads the variables says so, with both places.
                FaultKind::Duplicate { .. } => false,
                _ => true,
            });
            report_all(faults, env, report);
        }
        self.security(function.get("securityContext"), report);
    }

    fn block(self, node: Option<&Node>, field: &str, report: &mut Report) {
        // What is neither has been reported by the shape already; null is absent.
        let Some(node) = node.filter(|node| !matches!(node.value, NodeValue::Scalar(_))) else {
            return;
        };
        let mut faults = self.faults(node, field);
        if field == INIT {
            // One without an image has the function's.
            let image = |fault: &Fault| match &fault.kind {
                FaultKind::MissingKey { key } => key == "image" && fault.pointer.0.len() == 1,
                _ => false,
            };
            faults.retain(|fault| !image(fault));
        }
        report_all(faults, node, report);
    }

    /// A pod's and a container's settings in one: each key is one of either.
    fn security(self, node: Option<&Node>, report: &mut Report) {
        let Some(node) = node.filter(|node| node.as_map().is_some()) else {
            return;
        };
        let pod = self.faults(node, "PodSpec.securityContext");
        let container = self.faults(node, "Container.securityContext");
        let (not_pods, not_containers) = (unknown(&pod), unknown(&container));
        let mut faults = Vec::new();
        for fault in &pod {
            match &fault.kind {
                FaultKind::UnknownKey { key, known } if is_root(fault) => {
                    if let Some(others) = not_containers.get(key.as_str()) {
                        let mut fault = fault.clone();
                        let mut known = [known.as_slice(), others].concat();
                        known.sort();
                        known.dedup();
                        let key = key.clone();
                        fault.kind = FaultKind::UnknownKey { key, known };
                        faults.push(fault);
                    }
                }
                _ => faults.push(fault.clone()),
            }
        }
        // What both know, the pod's has judged.
        let containers = |fault: &&Fault| match fault.pointer.segments().first() {
            Some(Segment::Key(key)) => not_pods.contains_key(key.as_str()),
            _ => false,
        };
        faults.extend(container.iter().filter(containers).cloned());
        report_all(faults, node, report);
    }

    fn faults(self, node: &Node, field: &str) -> Vec<Fault> {
        let checker: Option<&Checker> =
            kinds::bundle(self.minor).and_then(|bundle| bundle.part(field));
        let mut value = node.to_json();
        without_nulls(&mut value);
        let faults = checker.map(|checker| checker.faults(&value));
        let mut faults = faults.unwrap_or_default();
        if self.partial {
            faults.retain(|fault| match &fault.kind {
                FaultKind::MissingKey { .. } | FaultKind::MissingOneOf { .. } => false,
                FaultKind::UnknownKey { key, .. } => key != REMOVED.0,
                _ => true,
            });
        }
        faults
    }
}

/// Null is absent.
fn without_nulls(value: &mut Value) {
    match value {
        Value::Object(map) => {
            map.retain(|_, value| !value.is_null());
            map.values_mut().for_each(without_nulls);
        }
        Value::Array(items) => items.iter_mut().for_each(without_nulls),
        _ => {}
    }
}

fn is_root(fault: &Fault) -> bool {
    fault.pointer.segments().is_empty()
}

/// The unknown keys of the block itself, each with those that are known.
fn unknown(faults: &[Fault]) -> BTreeMap<&str, &[String]> {
    let unknown = faults.iter().filter_map(|fault| match &fault.kind {
        FaultKind::UnknownKey { key, known } if is_root(fault) => {
            Some((key.as_str(), known.as_slice()))
        }
        _ => None,
    });
    unknown.collect()
}

fn report_all(faults: impl IntoIterator<Item = Fault>, node: &Node, report: &mut Report) {
    for fault in faults {
        report.push(shape::diagnostic(&fault, node));
    }
}
