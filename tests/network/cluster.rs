//! Pods of ours and of others, with what policies see of them.

use std::collections::BTreeMap;
use std::net::IpAddr;

use serde_json::Value;

use crate::evaluate::{self, Direction};

/// Where objects that make pods have their template.
const TEMPLATES: [&str; 2] = ["/spec/template", "/spec/jobTemplate/spec/template"];

/// Pods that are not ours: name, namespaces, labels.
type Other = (
    &'static str,
    &'static [&'static str],
    &'static [(&'static str, &'static str)],
);

const OTHERS: [Other; 5] = [
    (
        "stranger",
        &[
            "default",
            "shop",
            "kubefuncs",
            "keda",
            "monitoring",
            "db",
            "probes",
        ],
        &[("app", "stranger")],
    ),
    ("pg", &["db", "default"], &[("app", "pg")]),
    ("kube-dns", &["kube-system"], &[("k8s-app", "kube-dns")]),
    (
        "keda-operator",
        &["keda", "default"],
        &[("app", "keda-operator")],
    ),
    (
        "prometheus",
        &["monitoring", "default"],
        &[("app.kubernetes.io/name", "prometheus")],
    ),
];

pub(crate) type Labels = BTreeMap<String, String>;

/// One end of a flow.
#[derive(Debug)]
pub(crate) enum End {
    /// A pod.
    Pod { namespace: String, labels: Labels },
    /// An address that is no pod's.
    Address(IpAddr),
}

/// What was rendered, and who else is there.
pub(crate) struct Cluster {
    pods: BTreeMap<String, (String, Labels)>,
    policies: Vec<Value>,
}

impl Cluster {
    pub(crate) fn new(objects: &[Value]) -> Self {
        let mut pods = BTreeMap::new();
        for (name, namespaces, labels) in OTHERS {
            let labels = labels
                .iter()
                .map(|(key, value)| ((*key).to_owned(), (*value).to_owned()));
            let labels: Labels = labels.collect();
            for namespace in namespaces {
                let pod = ((*namespace).to_owned(), labels.clone());
                pods.insert(format!("{namespace}/{name}"), pod);
            }
        }
        for object in objects {
            let template = TEMPLATES
                .into_iter()
                .find_map(|pointer| object.pointer(pointer));
            let Some(template) = template else { continue };
            let labels: Labels =
                serde_json::from_value(template["metadata"]["labels"].clone()).unwrap();
            let namespace = object["metadata"]["namespace"].as_str().unwrap().to_owned();
            // The selector's label is the name by which a pod is known.
            let name = format!("{namespace}/{}", labels["app.kubernetes.io/name"]);
            pods.insert(name, (namespace, labels));
        }
        let policies = objects
            .iter()
            .filter(|object| object["kind"] == "NetworkPolicy");
        let policies: Vec<_> = policies.cloned().collect();
        assert!(!policies.is_empty());
        Self { pods, policies }
    }

    /// Whether both ends let a flow through. `port` is a number, or one with a protocol.
    pub(crate) fn allows(&self, from: &str, to: &str, port: &str) -> bool {
        let (from, to) = (self.end(from), self.end(to));
        let (port, protocol) = port.split_once('/').unwrap_or((port, "TCP"));
        let port = (port.parse().unwrap(), protocol);
        evaluate::allows(&self.policies, Direction::Egress, &from, &to, port)
            && evaluate::allows(&self.policies, Direction::Ingress, &to, &from, port)
    }

    /// `namespace/name` of a pod, or `outside/address`.
    fn end(&self, name: &str) -> End {
        if let Some(address) = name.strip_prefix("outside/") {
            return End::Address(address.parse().unwrap());
        }
        let pod = self.pods.get(name);
        let (namespace, labels) = pod
            .unwrap_or_else(|| panic!("there is no pod {name}"))
            .clone();
        End::Pod { namespace, labels }
    }
}
