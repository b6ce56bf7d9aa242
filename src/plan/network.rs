//! Who may talk to whom: the rules of NetworkPolicies, and the addresses that go with them.
//!
//! A policy selects the application's own pods, never a namespace. Kubelet probes come from the
//! node and are let through by every network plugin, so no rule names them.

use serde_json::{Value, json};

use super::labels::{self, Component, labelled, selector};
use crate::resolve::{App, Broker, Function, Nsq};

/// The label that every namespace has, with its name.
const NAMESPACE: &str = "kubernetes.io/metadata.name";

/// nsqd's port for clients.
pub(super) const NSQD_TCP: u16 = 4150;
/// nsqd's HTTP port, for its probe and who is let in.
pub(super) const NSQD_HTTP: u16 = 4151;
/// nsqlookupd's port for nsqd.
pub(super) const LOOKUPD_TCP: u16 = 4160;
/// nsqlookupd's port for clients.
pub(super) const LOOKUPD_HTTP: u16 = 4161;

/// nsqadmin's port.
pub(super) const ADMIN_HTTP: u16 = 4171;

/// Nobody calls a function but whom `network.ingress` names; it calls whom it likes until
/// `network.egress` says otherwise, and NSQ and DNS even then.
pub(super) fn function(app: &App, function: &Function) -> Value {
    let mut ingress = function.network.ingress.clone();
    let health = function.health.as_ref();
    ingress.extend(health.and_then(|health| scraped(app, health.port)));
    let egress = match &function.network.egress {
        None => vec![object! {}],
        Some(rules) => {
            let mut egress = needed(&app.broker);
            egress.extend_from_slice(rules);
            egress
        }
    };
    object! {"selector": selector(&function.object), "ingress": ingress, "egress": egress}
}

/// The name of those who send a function's scheduled events: no function is called so.
pub(super) fn sender(function: &str) -> String {
    format!("{function}.schedule")
}

/// Nobody calls them; they call NSQ and DNS.
pub(super) fn schedule(object: &str, broker: &Broker) -> Value {
    json!({"selector": selector(object), "ingress": [], "egress": needed(broker)})
}

/// Anybody may call the gateway's main port, and its admin port only who reads metrics. It calls
/// NSQ and DNS only, where NSQ is in the cluster and so can be named. Who is served it can ask only
/// brokers of its own namespace.
pub(super) fn gateway(app: &App, object: &str, http: u16, admin: u16) -> Value {
    let mut ingress = vec![json!({"ports": [tcp(http)]})];
    ingress.extend(scraped(app, admin));
    let egress = match app.broker.in_cluster {
        true => {
            let brokers = labels::all_of(Component::Nsqd);
            let mut egress = needed(&app.broker);
            egress.push(json!({"to": [brokers], "ports": [tcp(NSQD_HTTP)]}));
            egress
        }
        false => vec![json!({})],
    };
    json!({"selector": selector(object), "ingress": ingress, "egress": egress})
}

/// Functions and gateways of every namespace reach the brokers, which reach the directory: to
/// register, and to ask for the channels of a topic that is new to them. Over HTTP, where topics
/// can be deleted and nobody is asked who he is, only exporters and gateways of the same namespace
/// get in, whose pods are the platform's, and nsqadmin and KEDA if they are wanted.
pub(super) fn nsqd(nsq: &Nsq) -> Value {
    let mut ingress = vec![json!({"from": [labels::all_of_ours()], "ports": [tcp(NSQD_TCP)]})];
    let admin = nsq.admin.as_ref().map(|admin| pods(&admin.object));
    let ours = [Component::Exporter, Component::Gateway].map(labels::all_of);
    let visitors = ours.into_iter().chain(admin);
    let visitors: Vec<_> = visitors.chain(nsq.keda.then(keda)).collect();
    ingress.push(json!({"from": visitors, "ports": [tcp(NSQD_HTTP)]}));
    let directory = [LOOKUPD_TCP, LOOKUPD_HTTP].map(tcp);
    json!({
        "selector": selector(&nsq.nsqd.object),
        "ingress": ingress,
        "egress": [dns(), {"to": [pods(&nsq.lookupd.object)], "ports": directory}],
    })
}

/// Brokers register with the directory, clients ask it; it calls nobody.
pub(super) fn nsqlookupd(nsq: &Nsq) -> Value {
    let clients: Vec<_> = [labels::all_of_ours()]
        .into_iter()
        .chain(nsq.keda.then(keda))
        .collect();
    json!({
        "selector": selector(&nsq.lookupd.object),
        "ingress": [
            {"from": clients, "ports": [tcp(LOOKUPD_HTTP)]},
            {"from": [pods(&nsq.nsqd.object)], "ports": [tcp(LOOKUPD_TCP)]},
        ],
        "egress": [],
    })
}

/// Nobody in the cluster reaches nsqadmin, which can delete topics: `kubectl port-forward` does.
pub(super) fn nsqadmin(nsq: &Nsq, object: &str) -> Value {
    json!({
        "selector": selector(object),
        "ingress": [],
        "egress": [
            dns(),
            {"to": [pods(&nsq.lookupd.object)], "ports": [tcp(LOOKUPD_HTTP)]},
            {"to": [pods(&nsq.nsqd.object)], "ports": [tcp(NSQD_HTTP)]},
        ],
    })
}

/// Prometheus, if it is wanted, and KEDA reach the exporter. It asks NSQ, and whoever may be NSQ
/// where that is elsewhere.
pub(super) fn exporter(app: &App, object: &str, port: u16) -> Value {
    let mut ingress = vec![json!({"from": [keda()], "ports": [tcp(port)]})];
    ingress.extend(scraped(app, port));
    let http = [NSQD_HTTP, LOOKUPD_HTTP].map(tcp);
    let egress = match app.broker.in_cluster {
        true => vec![dns(), json!({"to": [labels::all_of_ours()], "ports": http})],
        false => vec![json!({})],
    };
    json!({"selector": selector(object), "ingress": ingress, "egress": egress})
}

/// What every client of NSQ needs: DNS, the directory and the brokers. Where these are elsewhere
/// their addresses are not known, but their ports are.
fn needed(broker: &Broker) -> Vec<Value> {
    if broker.in_cluster {
        let ports = [NSQD_TCP, LOOKUPD_HTTP].map(tcp);
        return vec![
            dns(),
            object! {"to": [labels::all_of_ours()], "ports": ports},
        ];
    }
    let mut ports = vec![broker.nsqd.port, broker.lookupd.port];
    ports.sort_unstable();
    ports.dedup();
    let ports: Vec<_> = ports.into_iter().map(tcp).collect();
    vec![dns(), object! {"ports": ports}]
}

/// Prometheus reads metrics, if it is wanted to.
fn scraped(app: &App, port: u16) -> Option<Value> {
    let namespace = app.monitoring.reader()?;
    let prometheus = object! {
        "namespaceSelector": labelled(NAMESPACE, namespace),
        "podSelector": labelled("app.kubernetes.io/name", "prometheus"),
    };
    Some(object! {"from": [prometheus], "ports": [tcp(port)]})
}

/// KEDA's operator, where its documentation installs it.
fn keda() -> Value {
    json!({
        "namespaceSelector": {"matchLabels": {NAMESPACE: "keda"}},
        "podSelector": {"matchLabels": {"app": "keda-operator"}},
    })
}

/// The cluster's DNS: its pods, or the node-local cache, which is no pod that a selector finds.
fn dns() -> Value {
    let pods = object! {
        "namespaceSelector": labelled(NAMESPACE, "kube-system"),
        "podSelector": labelled("k8s-app", "kube-dns"),
    };
    let cache = object! {"ipBlock": object! {"cidr": "169.254.20.10/32"}};
    let udp = object! {"protocol": "UDP", "port": 53};
    object! {"to": [pods, cache], "ports": [udp, tcp(53)]}
}

fn pods(object: &str) -> Value {
    json!({"podSelector": {"matchLabels": selector(object)}})
}

fn tcp(port: u16) -> Value {
    object! {"protocol": "TCP", "port": port}
}
