//! The objects of a gateway.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use super::labels::{Component, Metadata, metadata, selector};
use super::pod::{Container, Pod, Port, Probes};
use super::scaling::Autoscaled;
use super::{
    CONFIG_MAP, DEPLOYMENT, HTTP_ROUTE, INGRESS, NETWORK_POLICY, Plan, SERVICE, SERVICE_ACCOUNT,
    broker, gateway_config, monitoring, network, scaling,
};
use crate::resolve::{App, Entrance, Gateway, Timeout};
use crate::source::Span;

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
    let timeouts = gateway
        .routes
        .iter()
        .map(|route| route.timeout.unwrap_or_default());
    let longest = timeouts.reduce(Timeout::max).unwrap_or_default();
    plan.add(&SERVICE_ACCOUNT, &named(), origin, Value::Null);
    plan.add(
        &NETWORK_POLICY,
        &named(),
        origin,
        network::gateway(app, object, HTTP.container_port, ADMIN.container_port),
    );
    // The gateway reads the file again when it changes: nothing restarts for a route.
    plan.add(
        &CONFIG_MAP,
        &named(),
        origin,
        json!({"data": {CONFIG.1: gateway_config::text(&gateway.routes, gateway.body)}}),
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
            "pod": Value::from(pod(app, gateway, longest)),
        }),
    );
    let autoscaled = Autoscaled {
        kind: &DEPLOYMENT,
        container: CONTAINER,
        window: longest.stabilisation_seconds(),
        queue: None,
    };
    scaling::plan(&named(), origin, gateway.scaling, &autoscaled, plan);
    for entrance in &gateway.entrances {
        self::entrance(&named(), origin, entrance, longest, plan);
    }
    monitoring::pods(app, &named(), ADMIN.name, origin, plan);
}

/// A way to the gateway from outside of the cluster.
fn entrance(
    metadata: &Metadata,
    origin: Option<Span>,
    entrance: &Entrance,
    longest: Timeout,
    plan: &mut Plan,
) {
    let object = metadata.name.as_str();
    match entrance {
        Entrance::Ingress {
            host,
            tls,
            class,
            annotations,
        } => {
            let mut metadata = metadata.clone();
            metadata.annotate(annotations);
            let tls = tls.as_ref().map(|secret| {
                let hosts = host.as_ref().map(|host| [host]);
                json!([{"hosts": hosts, "secretName": secret}])
            });
            let context = json!({"class": class, "host": host, "tls": tls, "service": object});
            plan.add(&INGRESS, &metadata, origin, context);
        }
        Entrance::HttpRoute {
            parent,
            namespace,
            section,
            hosts,
        } => {
            let context = json!({
                "parent": parent,
                "namespace": namespace,
                "section": section,
                "hosts": (!hosts.is_empty()).then_some(hosts),
                "service": object,
                "timeout": format!("{}s", longest.proxy_seconds()),
            });
            plan.add(&HTTP_ROUTE, metadata, origin, context);
        }
    }
}

fn pod(app: &App, gateway: &Gateway, longest: Timeout) -> Pod {
    let mut container = Container::new(CONTAINER, &gateway.image, &gateway.resources);
    container.command = Some(vec!["/bin/kubefuncs-gateway".to_owned()]);
    container.args = Some(vec![
        format!("--config={}/{}", CONFIG.0, CONFIG.1),
        format!("--listen=0.0.0.0:{}", HTTP.container_port),
        format!("--admin=0.0.0.0:{}", ADMIN.container_port),
    ]);
    let env = broker::env(&app.broker).into_iter();
    container.env = env.map(|var| var.object).collect();
    container.ports = vec![HTTP, ADMIN];
    let get = |path: &str| json!({"httpGet": {"path": path, "port": ADMIN.name}});
    container.probes = Probes::new(&get("/healthz"), &get("/readyz"), 60);
    container.lifecycle = Some(json!({"preStop": {"sleep": {"seconds": FAREWELL}}}));
    container.volume_mounts =
        vec![json!({"name": "config", "mountPath": CONFIG.0, "readOnly": true})];
    let grace = FAREWELL + patience(longest).grace_seconds();
    let mut pod = Pod::new(app, &gateway.object, Component::Gateway, container, grace);
    let config = json!({"name": "config", "configMap": {"name": gateway.object}});
    pod.volumes.push(config);
    broker::mount(&app.broker, &mut pod);
    tokens(gateway, &mut pod);
    pod
}

/// The longest timeout that is planned for: in two steps only, for a change of it restarts the
/// gateway, and a route alone must not.
fn patience(longest: Timeout) -> Timeout {
    match longest.tires_callers() {
        true => Timeout::LONGEST,
        false => Timeout::TIRING,
    }
}

/// The Secrets with tokens. One that is not there must not keep a gateway, which others share,
/// from starting: the gateway lets nobody in for whom it has no token.
fn tokens(gateway: &Gateway, pod: &mut Pod) {
    let tokens = gateway
        .routes
        .iter()
        .filter_map(|route| route.auth.as_ref());
    let secrets: BTreeSet<&str> = tokens.map(|token| token.secret.as_str()).collect();
    for (index, secret) in secrets.into_iter().enumerate() {
        let name = format!("tokens-{index}");
        let source = json!({"secretName": secret, "optional": true});
        pod.volumes.push(json!({"name": name, "secret": source}));
        let path = format!("{}/{secret}", gateway_config::TOKENS);
        let mount = json!({"name": name, "mountPath": path, "readOnly": true});
        pod.container.volume_mounts.push(mount);
    }
}
