//! The objects of a function.

use serde_json::{Value, json};

use super::labels::{Component, metadata, selector};
use super::pod::{Container, Pod, Port, Probes};
use super::{DEPLOYMENT, NETWORK_POLICY, Plan, SERVICE_ACCOUNT, network, scaling, value};
use crate::resolve::{App, EnvVar, Function};

/// The container of a function's pod.
const CONTAINER: &str = "function";

pub(super) fn plan(app: &App, function: &Function, plan: &mut Plan) {
    let object = function.object.as_str();
    let origin = Some(function.span);
    let named = || metadata(app, object, Component::Function);
    plan.add(&SERVICE_ACCOUNT, &named(), origin, Value::Null);
    plan.add(&NETWORK_POLICY, &named(), origin, network::function(object));
    plan.add(
        &DEPLOYMENT,
        &named(),
        origin,
        json!({
            "replicas": scaling::replicas(function.scaling),
            "selector": selector(object),
            "pod": value(&pod(app, function)),
        }),
    );
    let window = function.timeout.stabilisation_seconds();
    scaling::plan(&named(), origin, function.scaling, CONTAINER, window, plan);
}

fn pod(app: &App, function: &Function) -> Pod {
    let mut container = Container::new(CONTAINER, &function.image, &function.resources);
    container.command.clone_from(&function.command);
    container.args.clone_from(&function.args);
    container.env = env(app, function)
        .into_iter()
        .map(|var| var.object)
        .collect();
    container.env_from = (!function.env_from.is_empty()).then(|| function.env_from.clone());
    if let Some(health) = &function.health {
        container.ports = vec![Port::tcp("health", health.port)];
        let get = |path: &str| json!({"httpGet": {"path": path, "port": "health"}});
        // A query of its own: a container that knows one path only answers both alike.
        let ready = get(&format!("{}?ready=1", health.path));
        container.probes = Probes::new(&get(&health.path), &ready, 60);
    }
    let grace = function.timeout.grace_seconds();
    let mut pod = Pod::new(&function.object, Component::Function, container, grace);
    pod.labels = super::labels::pod(&function.object, Component::Function, &function.pod_labels);
    if !function.pod_annotations.is_empty() {
        pod.annotations = Some(function.pod_annotations.clone());
    }
    pod.node_selector.clone_from(&function.node_selector);
    pod.tolerations.clone_from(&function.tolerations);
    if let Some(affinity) = &function.affinity {
        pod.affinity = affinity.clone();
    }
    pod
}

/// The environment contract, then what the user adds; a name of ours that the user sets is the
/// user's.
fn env(app: &App, function: &Function) -> Vec<EnvVar> {
    let mut ours = vec![
        EnvVar::literal("TOPIC", &function.topic),
        EnvVar::literal("CHANNEL", &function.channel),
    ];
    ours.extend(network::nsq_env(&app.broker));
    ours.push(EnvVar::literal("NSQ_NSQD_ADDR", &app.broker.nsqd.host));
    ours.push(EnvVar::literal(
        "NSQ_NSQD_PORT",
        &app.broker.nsqd.port.to_string(),
    ));
    if let Some(health) = &function.health {
        ours.push(EnvVar::literal(
            "HEALTHZ_ADDR",
            &format!(":{}", health.port),
        ));
    }
    ours.push(EnvVar::literal(
        "KUBEFUNCS_TIMEOUT",
        &function.timeout.text(),
    ));
    ours.push(EnvVar::literal(
        "KUBEFUNCS_CONCURRENCY",
        &function.concurrency.to_string(),
    ));
    if !function.replies {
        ours.push(EnvVar::literal("KUBEFUNCS_REPLIES", "false"));
    }
    EnvVar::merge(ours, function.env.clone())
}
