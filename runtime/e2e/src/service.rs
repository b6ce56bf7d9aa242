//! Where Services lead.

use std::net::SocketAddr;

use serde_json::Value;

use crate::Fault;
use crate::object::{Object, find, list, mapping};
use crate::pod::Pod;

/// Where a Service's port leads: each selected pod's address with the target port.
///
/// # Errors
/// When there is no such Service or port, or it leads to no pod, or to a port that a pod does not
/// declare.
pub fn endpoints(
    objects: &[Object],
    pods: &[Pod],
    namespace: &str,
    service: &str,
    port: u16,
) -> Result<Vec<SocketAddr>, Fault> {
    let service = find(objects, "Service", namespace, service)?;
    let is_it = |entry: &&Value| entry["port"].as_u64() == Some(port.into());
    let entry = list(service.at("/spec"), "/ports").iter().find(is_it);
    let entry = entry.ok_or_else(|| format!("Service {} has no port {port}", service.name()))?;
    leads_to(service, entry, pods)
}

/// All ends of all ports of all Services.
///
/// # Errors
/// As [`endpoints`].
pub fn all_endpoints(objects: &[Object], pods: &[Pod]) -> Result<Vec<SocketAddr>, Fault> {
    let services = objects.iter().filter(|object| object.kind() == "Service");
    let ports = services.flat_map(|s| {
        list(s.at("/spec"), "/ports")
            .iter()
            .map(move |port| (s, port))
    });
    let ends: Result<Vec<_>, _> = ports
        .map(|(service, port)| leads_to(service, port, pods))
        .collect();
    Ok(ends?.concat())
}

fn leads_to(service: &Object, entry: &Value, pods: &[Pod]) -> Result<Vec<SocketAddr>, Fault> {
    let target = entry.get("targetPort").unwrap_or(&entry["port"]);
    let selector = mapping(service.at("/spec"), "/selector");
    let selected = pods
        .iter()
        .filter(|pod| pod.namespace == service.namespace() && pod.is_selected(&selector));
    let ends = selected.map(|pod| Ok((pod.address, pod.port(target)?).into()));
    let ends = ends.collect::<Result<Vec<SocketAddr>, Fault>>();
    let ends = ends.map_err(|fault| format!("Service {}: {fault}", service.name()))?;
    if ends.is_empty() {
        Err(format!("Service {} selects no pod", service.name()))
    } else {
        Ok(ends)
    }
}
