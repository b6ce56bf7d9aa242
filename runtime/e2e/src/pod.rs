//! Workloads become pods.

use std::collections::BTreeMap;
use std::net::Ipv4Addr;

use serde_json::Value;

use crate::Fault;
use crate::object::{Object, at, list, mapping, text};

/// A pod with all that Kubernetes would decide about it.
#[derive(Debug, Clone, PartialEq)]
pub struct Pod {
    /// `NAME-ORDINAL` for a StatefulSet, else the workload's name and a made-up suffix.
    pub name: String,
    /// The workload's namespace.
    pub namespace: String,
    /// A loopback address that is its alone.
    pub address: Ipv4Addr,
    /// The labels of the pod template.
    pub labels: BTreeMap<String, String>,
    /// The Service that gives a StatefulSet's pods their names.
    pub governing_service: Option<String>,
    /// Names of `volumeClaimTemplates`.
    pub claims: Vec<String>,
    /// The pod's `spec`.
    pub spec: Value,
}

impl Pod {
    /// Whether a selector's labels are all the pod's; an empty selector selects nothing here.
    pub fn is_selected(&self, selector: &BTreeMap<String, String>) -> bool {
        !selector.is_empty()
            && selector
                .iter()
                .all(|(key, value)| self.labels.get(key) == Some(value))
    }

    /// The number of a container port, given by name or number as probes and Services do.
    ///
    /// # Errors
    /// When no container declares it.
    pub fn port(&self, port: &Value) -> Result<u16, Fault> {
        let declared = list(&self.spec, "/containers")
            .iter()
            .flat_map(|c| list(c, "/ports"));
        let found = declared
            .filter(|declared| {
                at(declared, "/name") == port || at(declared, "/containerPort") == port
            })
            .find_map(|declared| u16::try_from(at(declared, "/containerPort").as_u64()?).ok());
        found.ok_or_else(|| format!("{}: no container declares port {port}", self.name))
    }
}

/// The pods of all Deployments and StatefulSets: as many as `replicas`, the floor of their
/// autoscaler, or one. Addresses count up from `first`.
///
/// # Errors
/// When a workload's selector does not select its own pods.
pub fn pods(objects: &[Object], first: Ipv4Addr) -> Result<Vec<Pod>, Fault> {
    let mut pods = Vec::new();
    for workload in objects
        .iter()
        .filter(|o| matches!(o.kind(), "Deployment" | "StatefulSet"))
    {
        let ordered = workload.kind() == "StatefulSet";
        for index in 0..replicas(workload, objects) {
            let suffix = if ordered {
                index.to_string()
            } else {
                format!("6b7f-{index}")
            };
            let offset = u32::try_from(pods.len()).unwrap_or(u32::MAX);
            let governing = text(workload.at("/spec"), "/serviceName");
            let template = workload.at("/spec/template");
            let pod = Pod {
                name: format!("{}-{suffix}", workload.name()),
                namespace: workload.namespace().to_owned(),
                address: Ipv4Addr::from_bits(first.to_bits() + offset),
                labels: mapping(template, "/metadata/labels"),
                governing_service: ordered.then(|| governing.to_owned()),
                claims: list(workload.at("/spec"), "/volumeClaimTemplates")
                    .iter()
                    .map(|claim| text(claim, "/metadata/name").to_owned())
                    .collect(),
                spec: at(template, "/spec").clone(),
            };
            if !pod.is_selected(&mapping(workload.at("/spec/selector"), "/matchLabels")) {
                return Err(format!("{} does not select its own pods", workload.name()));
            }
            pods.push(pod);
        }
    }
    Ok(pods)
}

fn replicas(workload: &Object, objects: &[Object]) -> u64 {
    let scales = |scaler: &&Object| {
        scaler.kind() == "HorizontalPodAutoscaler"
            && scaler.namespace() == workload.namespace()
            && text(scaler.at("/spec/scaleTargetRef"), "/kind") == workload.kind()
            && text(scaler.at("/spec/scaleTargetRef"), "/name") == workload.name()
    };
    let floor = || {
        objects
            .iter()
            .find(scales)?
            .at("/spec/minReplicas")
            .as_u64()
    };
    workload
        .at("/spec/replicas")
        .as_u64()
        .or_else(floor)
        .unwrap_or(1)
}
