//! The objects of an NSQ cluster.
//!
//! Brokers are a StatefulSet, so that each keeps its name and its volume. The members of the
//! directory know nothing of each other, so every broker registers with each of them by name.

use serde_json::{Value, json};

use super::labels::{Component, metadata, selector};
use super::network::{LOOKUPD_HTTP, LOOKUPD_TCP, NSQD_HTTP, NSQD_TCP};
use super::pod::{Container, Pod, Port, Probes};
use super::{
    NETWORK_POLICY, Plan, SERVICE, SERVICE_ACCOUNT, STATEFUL_SET, network, nsqadmin, scaling,
};
use crate::resolve::{App, Nsq};

/// A broker writes what it holds in memory to its volume when it is told to stop.
const NSQD_GRACE: u64 = 120;
const LOOKUPD_GRACE: u64 = 30;
/// Messages a topic and a channel hold in memory; more go to the volume. A small number loses
/// less when a broker dies, and keeps its memory within its limit.
const MEM_QUEUE: u32 = 2000;

const TCP: &str = "tcp";
const HTTP: &str = "http";

pub(super) fn plan(app: &App, nsq: &Nsq, plan: &mut Plan) {
    nsqd(app, nsq, plan);
    nsqlookupd(app, nsq, plan);
    nsqadmin::plan(app, nsq, plan);
}

/// The members of the directory by name, for whoever has to know each.
pub(super) fn members(app: &App, nsq: &Nsq) -> impl Iterator<Item = String> {
    hosts(app, &nsq.lookupd.object, nsq.lookupd.replicas)
}

/// The brokers by name.
pub(super) fn brokers(app: &App, nsq: &Nsq) -> impl Iterator<Item = String> {
    hosts(app, &nsq.nsqd.object, nsq.nsqd.replicas)
}

/// The pods of a StatefulSet, as its headless Service names them.
fn hosts(app: &App, object: &str, replicas: u32) -> impl Iterator<Item = String> {
    let namespace = &app.namespace;
    (0..replicas)
        .map(move |index| format!("{object}-{index}.{object}.{namespace}.svc.cluster.local"))
}

fn nsqd(app: &App, nsq: &Nsq, plan: &mut Plan) {
    let object = nsq.nsqd.object.as_str();
    let mut container = Container::new("nsqd", &nsq.image, &nsq.nsqd.resources);
    container.command = Some(vec!["/nsqd".to_owned()]);
    let mut args = vec![
        "--data-path=/data".to_owned(),
        broadcast(object),
        format!("--mem-queue-size={MEM_QUEUE}"),
    ];
    args.extend(
        members(app, nsq).map(|host| format!("--lookupd-tcp-address={host}:{LOOKUPD_TCP}")),
    );
    container.args = Some(args);
    container.env = pod_name();
    container.ports = vec![Port::tcp(TCP, NSQD_TCP), Port::tcp(HTTP, NSQD_HTTP)];
    container.probes = probes(120);
    container.volume_mounts = vec![json!({"name": "data", "mountPath": "/data"})];
    let pod = Pod::new(app, object, Component::Nsqd, container, NSQD_GRACE);
    let claims = json!([{
        "metadata": {"name": "data", "labels": selector(object)},
        "spec": {
            "accessModes": ["ReadWriteOnce"],
            "resources": {"requests": {"storage": nsq.nsqd.storage}},
        },
    }]);
    let policy = network::nsqd(nsq);
    let set = Set {
        object,
        component: Component::Nsqd,
        replicas: nsq.nsqd.replicas,
        claims,
        policy,
    };
    set.plan(app, nsq, pod, plan);
}

fn nsqlookupd(app: &App, nsq: &Nsq, plan: &mut Plan) {
    let object = nsq.lookupd.object.as_str();
    let mut container = Container::new("nsqlookupd", &nsq.image, &nsq.lookupd.resources);
    container.command = Some(vec!["/nsqlookupd".to_owned()]);
    // A broker asks here for the channels of a new topic, by the name it is told.
    container.args = Some(vec![broadcast(object)]);
    container.env = pod_name();
    container.ports = vec![Port::tcp(TCP, LOOKUPD_TCP), Port::tcp(HTTP, LOOKUPD_HTTP)];
    container.probes = probes(60);
    let pod = Pod::new(app, object, Component::Nsqlookupd, container, LOOKUPD_GRACE);
    let policy = network::nsqlookupd(nsq);
    let set = Set {
        object,
        component: Component::Nsqlookupd,
        replicas: nsq.lookupd.replicas,
        claims: Value::Null,
        policy,
    };
    set.plan(app, nsq, pod, plan);
}

/// What the two StatefulSets have in common.
struct Set<'a> {
    object: &'a str,
    component: Component,
    replicas: u32,
    /// `volumeClaimTemplates`.
    claims: Value,
    /// The context of the NetworkPolicy.
    policy: Value,
}

impl Set<'_> {
    fn plan(self, app: &App, nsq: &Nsq, pod: Pod, plan: &mut Plan) {
        let origin = Some(nsq.span);
        let named = || metadata(app, self.object, self.component);
        let ports: Vec<_> = pod
            .container
            .ports
            .iter()
            .map(|port| {
                let app = if port.name == HTTP { HTTP } else { TCP };
                json!({"name": port.name, "port": port.container_port, "target": port.name, "app": app})
            })
            .collect();
        plan.add(&SERVICE_ACCOUNT, &named(), origin, Value::Null);
        plan.add(&NETWORK_POLICY, &named(), origin, self.policy);
        plan.add(
            &SERVICE,
            &named(),
            origin,
            json!({"headless": true, "selector": selector(self.object), "ports": ports}),
        );
        plan.add(
            &STATEFUL_SET,
            &named(),
            origin,
            json!({
                "replicas": self.replicas,
                "selector": selector(self.object),
                "pod": Value::from(pod),
                "claims": self.claims,
            }),
        );
        if self.replicas > 1 {
            scaling::budget(&named(), origin, plan);
        }
    }
}

/// A broker whose disk is full says so on /ping: it takes no more, but a restart would lose what
/// it has in memory. So /ping decides on readiness only.
fn probes(start_seconds: u32) -> Probes {
    let live = json!({"tcpSocket": {"port": TCP}});
    let ready = json!({"httpGet": {"path": "/ping", "port": HTTP}});
    Probes::new(&live, &ready, start_seconds)
}

/// The name by which a member says it is reached. The default is the pod's bare name, which nobody
/// else can resolve.
fn broadcast(object: &str) -> String {
    format!("--broadcast-address=$(POD_NAME).{object}.$(POD_NAMESPACE).svc.cluster.local")
}

/// What [`broadcast`] refers to.
fn pod_name() -> Vec<Value> {
    vec![
        field("POD_NAME", "metadata.name"),
        field("POD_NAMESPACE", "metadata.namespace"),
    ]
}

fn field(name: &str, path: &str) -> Value {
    json!({"name": name, "valueFrom": {"fieldRef": {"fieldPath": path}}})
}
