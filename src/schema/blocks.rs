//! Kubernetes-shaped blocks of the input against Kubernetes' own schema, where they are written.

use super::kinds;
use super::shape;
use crate::diag::Report;
use crate::source::{Node, NodeValue};

/// The keys of a function that hold a Kubernetes definition.
const FUNCTION: [(&str, &str); 2] = [
    ("resources", "io.k8s.api.core.v1.ResourceRequirements"),
    ("affinity", "io.k8s.api.core.v1.Affinity"),
];

/// The keys of a function that hold a list of one.
const FUNCTION_LISTS: [(&str, &str); 1] = [("tolerations", "io.k8s.api.core.v1.Toleration")];

/// Reports every fault in such a block.
pub(super) fn check(tree: &Node, report: &mut Report) {
    for function in items(tree.get("functions")) {
        for (key, definition) in FUNCTION {
            block(function.get(key), definition, report);
        }
        for (key, definition) in FUNCTION_LISTS {
            for item in items(function.get(key)) {
                block(Some(item), definition, report);
            }
        }
        for entry in items(function.get("env")) {
            let definition = "io.k8s.api.core.v1.EnvVarSource";
            block(entry.get("valueFrom"), definition, report);
        }
    }
    let nsq = tree.get("nsq");
    let resources = [
        tree.get("gateway")
            .and_then(|gateway| gateway.get("resources")),
        nsq.and_then(|nsq| nsq.get("nsqd"))
            .and_then(|nsqd| nsqd.get("resources")),
        nsq.and_then(|nsq| nsq.get("lookupd"))
            .and_then(|lookupd| lookupd.get("resources")),
    ];
    for node in resources {
        block(node, FUNCTION[0].1, report);
    }
}

fn items(node: Option<&Node>) -> &[Node] {
    node.and_then(Node::as_list).unwrap_or_default()
}

fn block(node: Option<&Node>, definition: &str, report: &mut Report) {
    // What is no mapping has been reported by the shape already; null is absent.
    let Some(node) = node.filter(|node| matches!(node.value, NodeValue::Map(_))) else {
        return;
    };
    let known = kinds::bundle(kinds::OLDEST).and_then(|bundle| bundle.part(definition));
    let faults = known
        .map(|part| part.faults(&node.to_json()))
        .unwrap_or_default();
    faults
        .iter()
        .map(|fault| shape::diagnostic(fault, node))
        .for_each(|d| report.push(d));
}
