//! Who may talk to whom: the rules of NetworkPolicies, and the addresses that go with them.
//!
//! A policy selects the application's own pods, never a namespace. Kubelet probes come from the
//! node and are let through by every network plugin, so no rule names them.

use serde_json::{Value, json};

use super::labels::{self, selector};
use crate::resolve::{Broker, EnvVar};

/// nsqd's port for clients.
pub(super) const NSQD_TCP: u16 = 4150;
/// nsqd's HTTP port; only its own probe needs it.
pub(super) const NSQD_HTTP: u16 = 4151;
/// nsqlookupd's port for nsqd.
pub(super) const LOOKUPD_TCP: u16 = 4160;
/// nsqlookupd's port for clients.
pub(super) const LOOKUPD_HTTP: u16 = 4161;

/// Where a client finds NSQ.
pub(super) fn nsq_env(broker: &Broker) -> [EnvVar; 2] {
    [
        EnvVar::literal("NSQ_LOOKUPD_ADDR", &broker.lookupd.host),
        EnvVar::literal("NSQ_LOOKUPD_PORT", &broker.lookupd.port.to_string()),
    ]
}

/// Nobody calls a function; it may call whom it likes until `network.egress` says otherwise.
pub(super) fn function(object: &str) -> Value {
    json!({"selector": selector(object), "ingress": [], "egress": [{}]})
}

/// Anybody may call the gateway's main port, nobody its admin port. It calls NSQ and DNS only,
/// where NSQ is in the cluster and so can be named.
pub(super) fn gateway(object: &str, http: u16, broker: &Broker) -> Value {
    let egress = if broker.in_cluster {
        let nsq = [NSQD_TCP, LOOKUPD_HTTP].map(tcp);
        json!([dns(), {"to": [labels::all_of_ours()], "ports": nsq}])
    } else {
        json!([{}])
    };
    json!({"selector": selector(object), "ingress": [{"ports": [tcp(http)]}], "egress": egress})
}

/// Functions and gateways of every namespace reach the brokers, which reach the directory.
pub(super) fn nsqd(object: &str, lookupd: &str) -> Value {
    json!({
        "selector": selector(object),
        "ingress": [{"from": [labels::all_of_ours()], "ports": [tcp(NSQD_TCP)]}],
        "egress": [dns(), {"to": [pods(lookupd)], "ports": [tcp(LOOKUPD_TCP)]}],
    })
}

/// Brokers register with the directory, clients ask it; it calls nobody.
pub(super) fn nsqlookupd(object: &str, nsqd: &str) -> Value {
    json!({
        "selector": selector(object),
        "ingress": [
            {"from": [labels::all_of_ours()], "ports": [tcp(LOOKUPD_HTTP)]},
            {"from": [pods(nsqd)], "ports": [tcp(LOOKUPD_TCP)]},
        ],
        "egress": [],
    })
}

/// The cluster's DNS: its pods, or the node-local cache, which is no pod that a selector finds.
fn dns() -> Value {
    json!({
        "to": [
            {
                "namespaceSelector": {"matchLabels": {"kubernetes.io/metadata.name": "kube-system"}},
                "podSelector": {"matchLabels": {"k8s-app": "kube-dns"}},
            },
            {"ipBlock": {"cidr": "169.254.20.10/32"}},
        ],
        "ports": [{"protocol": "UDP", "port": 53}, tcp(53)],
    })
}

fn pods(object: &str) -> Value {
    json!({"podSelector": {"matchLabels": selector(object)}})
}

fn tcp(port: u16) -> Value {
    json!({"protocol": "TCP", "port": port})
}
