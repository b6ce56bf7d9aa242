//! The objects of the exporter, which asks the brokers and tells Prometheus and KEDA.

use serde_json::{Value, json};

use super::labels::{Component, metadata, selector};
use super::network::{LOOKUPD_HTTP, NSQD_HTTP};
use super::pod::{Container, Pod, Port, Probes};
use super::{DEPLOYMENT, NETWORK_POLICY, Plan, SERVICE, SERVICE_ACCOUNT, monitoring, network, nsq};
use crate::resolve::{App, Exporter};

const GRACE: u64 = 30;
const HTTP: Port = Port::tcp("http", Exporter::PORT);

pub(super) fn plan(app: &App, exporter: &Exporter, plan: &mut Plan) {
    let (object, origin) = (exporter.object.as_str(), app.monitoring.span);
    let named = || metadata(app, object, Component::Exporter);
    let mut container = Container::new("exporter", &exporter.image, &exporter.resources);
    container.command = Some(vec!["/bin/kubefuncs-exporter".to_owned()]);
    container.args = Some(args(app));
    container.ports = vec![HTTP];
    let get = |path: &str| json!({"httpGet": {"path": path, "port": HTTP.name}});
    container.probes = Probes::new(&get("/healthz"), &get("/readyz"), 60);
    let pod = Pod::new(app, object, Component::Exporter, container, GRACE);
    let rules = network::exporter(app, object, HTTP.container_port);
    let port =
        json!({"name": HTTP.name, "port": HTTP.container_port, "target": HTTP.name, "app": "http"});
    let service = json!({"headless": false, "selector": selector(object), "ports": [port]});
    plan.add(&SERVICE_ACCOUNT, &named(), origin, Value::Null);
    plan.add(&NETWORK_POLICY, &named(), origin, rules);
    plan.add(&SERVICE, &named(), origin, service);
    let context = json!({
        // Two would count everything twice.
        "replicas": 1,
        "selector": selector(object),
        "pod": Value::from(pod),
    });
    plan.add(&DEPLOYMENT, &named(), origin, context);
    monitoring::pods(app, &named(), HTTP.name, origin, plan);
}

/// Brokers of this file are named one by one, too: one that never registered is then told as down.
/// Nothing is deleted from brokers that others run.
fn args(app: &App) -> Vec<String> {
    let lookupd = &app.broker.lookupd;
    let mut args = vec![format!("--listen=0.0.0.0:{}", HTTP.container_port)];
    if app.broker.in_cluster {
        args.push("--janitor".to_owned());
    }
    match app.nsq.as_ref().filter(|_| app.broker.in_cluster) {
        Some(nsq) => {
            let members = nsq::members(app, nsq);
            args.extend(members.map(|host| format!("--lookupd={host}:{LOOKUPD_HTTP}")));
            let brokers = nsq::brokers(app, nsq);
            args.extend(brokers.map(|host| format!("--nsqd={host}:{NSQD_HTTP}")));
        }
        None => args.push(format!("--lookupd={}:{}", lookupd.host, lookupd.port)),
    }
    args
}
