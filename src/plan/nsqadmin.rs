//! The objects of nsqadmin, NSQ's web page.

use serde_json::{Value, json};

use super::labels::{Component, metadata, selector};
use super::network::{ADMIN_HTTP, LOOKUPD_HTTP};
use super::pod::{Container, Pod, Port, Probes};
use super::{DEPLOYMENT, NETWORK_POLICY, Plan, SERVICE, SERVICE_ACCOUNT, network, nsq, scaling};
use crate::resolve::{App, Nsq};

const GRACE: u64 = 30;
/// It keeps nothing: a second one makes a node's maintenance unnoticed.
const REPLICAS: u32 = 2;
const HTTP: &str = "http";

pub(super) fn plan(app: &App, nsq: &Nsq, plan: &mut Plan) {
    let Some(admin) = &nsq.admin else { return };
    let (object, origin) = (admin.object.as_str(), Some(nsq.span));
    let named = || metadata(app, object, Component::Nsqadmin);
    let mut container = Container::new("nsqadmin", &nsq.image, &admin.resources);
    container.command = Some(vec!["/nsqadmin".to_owned()]);
    let mut args = vec![format!("--http-address=0.0.0.0:{ADMIN_HTTP}")];
    let members = nsq::members(app, nsq);
    args.extend(members.map(|host| format!("--lookupd-http-address={host}:{LOOKUPD_HTTP}")));
    container.args = Some(args);
    container.ports = vec![Port::tcp(HTTP, ADMIN_HTTP)];
    let live = json!({"tcpSocket": {"port": HTTP}});
    let ready = json!({"httpGet": {"path": "/ping", "port": HTTP}});
    container.probes = Probes::new(&live, &ready, 60);
    let pod = Pod::new(app, object, Component::Nsqadmin, container, GRACE);
    let rules = network::nsqadmin(nsq, object);
    let port = json!({"name": HTTP, "port": 80, "target": HTTP, "app": "http"});
    let service = json!({"headless": false, "selector": selector(object), "ports": [port]});
    plan.add(&SERVICE_ACCOUNT, &named(), origin, Value::Null);
    plan.add(&NETWORK_POLICY, &named(), origin, rules);
    plan.add(&SERVICE, &named(), origin, service);
    let context = json!({
        "replicas": REPLICAS,
        "selector": selector(object),
        "pod": Value::from(pod),
    });
    plan.add(&DEPLOYMENT, &named(), origin, context);
    scaling::budget(&named(), origin, plan);
}
