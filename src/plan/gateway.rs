//! The objects of a gateway.

use std::collections::BTreeMap;

use serde::Serialize;
use serde_json::{Value, json};

use super::labels::{Component, metadata, selector};
use super::pod::{Container, Pod, Port, Probes};
use super::{
    CONFIG_MAP, DEPLOYMENT, NETWORK_POLICY, Plan, SERVICE, SERVICE_ACCOUNT, network, scaling, value,
};
use crate::resolve::{App, Gateway, Route, Timeout};

const CONTAINER: &str = "gateway";
/// Where callers go.
const HTTP: Port = Port::tcp("http", 8080);
/// Where the kubelet goes; closed to everybody else.
const ADMIN: Port = Port::tcp("admin", 8081);
/// The directory and the file of the configuration.
const CONFIG: (&str, &str) = ("/etc/kubefuncs", "gateway.json");
/// How long a pod that is told to stop goes on taking requests, in seconds: so long does the news
/// take to reach everybody who sends it any.
const FAREWELL: u64 = 5;

pub(super) fn plan(app: &App, gateway: &Gateway, plan: &mut Plan) {
    let object = gateway.object.as_str();
    let origin = Some(gateway.span);
    let named = || metadata(app, object, Component::Gateway);
    let routes = Config::new(&gateway.routes);
    let longest = routes
        .timeouts
        .iter()
        .copied()
        .reduce(Timeout::max)
        .unwrap_or_default();
    plan.add(&SERVICE_ACCOUNT, &named(), origin, Value::Null);
    plan.add(
        &NETWORK_POLICY,
        &named(),
        origin,
        network::gateway(object, HTTP.container_port, &app.broker),
    );
    // The gateway reads the file again when it changes: nothing restarts for a route.
    plan.add(
        &CONFIG_MAP,
        &named(),
        origin,
        json!({"data": {CONFIG.1: routes.text()}}),
    );
    plan.add(
        &SERVICE,
        &named(),
        origin,
        json!({
            "headless": false,
            "selector": selector(object),
            "ports": [{"name": HTTP.name, "port": 80, "target": HTTP.name, "app": "http"}],
        }),
    );
    plan.add(
        &DEPLOYMENT,
        &named(),
        origin,
        json!({
            "replicas": scaling::replicas(gateway.scaling),
            "selector": selector(object),
            "pod": value(&pod(app, gateway, longest)),
        }),
    );
    let window = longest.stabilisation_seconds();
    scaling::plan(&named(), origin, gateway.scaling, CONTAINER, window, plan);
}

fn pod(app: &App, gateway: &Gateway, longest: Timeout) -> Pod {
    let mut container = Container::new(CONTAINER, &gateway.image, &gateway.resources);
    container.command = Some(vec!["/bin/kubefuncs-gateway".to_owned()]);
    container.args = Some(vec![
        format!("--config={}/{}", CONFIG.0, CONFIG.1),
        format!("--listen=0.0.0.0:{}", HTTP.container_port),
        format!("--admin=0.0.0.0:{}", ADMIN.container_port),
    ]);
    container.env = network::nsq_env(&app.broker)
        .into_iter()
        .map(|var| var.object)
        .collect();
    container.ports = vec![HTTP, ADMIN];
    let get = |path: &str| json!({"httpGet": {"path": path, "port": ADMIN.name}});
    container.probes = Probes::new(&get("/healthz"), &get("/readyz"), 60);
    container.lifecycle = Some(json!({"preStop": {"sleep": {"seconds": FAREWELL}}}));
    container.volume_mounts =
        vec![json!({"name": "config", "mountPath": CONFIG.0, "readOnly": true})];
    let grace = FAREWELL + longest.grace_seconds();
    let mut pod = Pod::new(&gateway.object, Component::Gateway, container, grace);
    pod.volumes
        .push(json!({"name": "config", "configMap": {"name": gateway.object}}));
    pod
}

/// The gateway's configuration file. Its form is part of the gateway's contract; the compiler
/// shares nothing with it but this data.
struct Config {
    routes: BTreeMap<String, Target>,
    timeouts: Vec<Timeout>,
}

/// A route in the file: the topic alone where there is nothing else to say.
#[derive(Serialize)]
#[serde(untagged)]
enum Target {
    Topic(String),
    Route {
        topic: String,
        #[serde(skip_serializing_if = "Option::is_none")]
        host: Option<String>,
        #[serde(skip_serializing_if = "Vec::is_empty")]
        methods: Vec<String>,
        #[serde(skip_serializing_if = "Option::is_none")]
        timeout: Option<String>,
    },
}

impl Config {
    fn new(routes: &[Route]) -> Self {
        let timeouts: Vec<_> = routes
            .iter()
            .map(|route| route.timeout.unwrap_or_default())
            .collect();
        let targets = routes.iter().zip(&timeouts).map(|(route, timeout)| {
            let usual = *timeout == Timeout::default();
            let target = if usual && route.methods.is_empty() && route.host.is_none() {
                Target::Topic(route.topic.clone())
            } else {
                Target::Route {
                    topic: route.topic.clone(),
                    host: route.host.clone(),
                    methods: route.methods.clone(),
                    timeout: (!usual).then(|| timeout.text()),
                }
            };
            (route.path.clone(), target)
        });
        Self {
            routes: targets.collect(),
            timeouts,
        }
    }

    fn text(&self) -> String {
        let document = BTreeMap::from([("routes", &self.routes)]);
        serde_json::to_string_pretty(&document).unwrap_or_default() + "\n"
    }
}
