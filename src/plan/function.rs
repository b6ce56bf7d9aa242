//! The objects of a function.

use serde_json::{Value, json};

use super::labels::{self, Component, metadata, selector};
use super::pod::{Container, Pod, Port, Probes};
use super::scaling::{Autoscaled, Queue};
use super::{
    CONFIG_MAP, DAEMON_SET, DEPLOYMENT, Kind, NETWORK_POLICY, Plan, SERVICE, SERVICE_ACCOUNT,
    STATEFUL_SET, broker, monitoring, network, scaling, schedule, users,
};
use crate::resolve::{App, EnvVar, Function, Workload};

/// The container of a function's pod.
pub(super) const CONTAINER: &str = "function";
/// The port with health and metrics.
pub(super) const HEALTH: &str = "health";

pub(super) fn plan(app: &App, function: &Function, plan: &mut Plan) {
    let object = function.object.as_str();
    let origin = Some(function.span);
    let named = || metadata(app, object, Component::Function);
    if function.account.own {
        let mut metadata = named();
        metadata.annotate(&function.account.annotations);
        plan.add(&SERVICE_ACCOUNT, &metadata, origin, Value::Null);
    }
    let rules = network::function(app, function);
    plan.add(&NETWORK_POLICY, &named(), origin, rules);
    if let Some(config) = &function.config {
        plan.add(&CONFIG_MAP, &named(), origin, json!({"data": config.files}));
    }
    let kind = &kind(app, function.workload);
    if function.workload == Workload::StatefulSet {
        let port = |health: &crate::resolve::Health| json!({"name": HEALTH, "port": health.port, "target": HEALTH, "app": "http"});
        let ports: Vec<_> = function.health.iter().map(port).collect();
        let context = json!({"headless": true, "selector": selector(object), "ports": ports});
        plan.add(&SERVICE, &named(), origin, context);
    }
    let context = object! {
        "replicas": scaling::replicas(function.scaling),
        "selector": selector(object),
        "pod": pod(app, function),
        "claims": Value::Null,
    };
    plan.add(kind, &named(), origin, context);
    let timeout = function.timeout;
    let autoscaled = Autoscaled {
        kind,
        container: CONTAINER,
        window: timeout.stabilisation_seconds(),
        queue: Some(Queue {
            topic: &function.topic,
            channel: &function.channel,
            broker: &app.broker,
            cooldown: timeout.cooldown_seconds(function.retries.longest),
        }),
    };
    if is_scaled(app, function.workload) {
        scaling::plan(&named(), origin, function.scaling, &autoscaled, plan);
    }
    schedule::plan(app, function, plan);
    if function.health.is_some() {
        monitoring::pods(app, &named(), HEALTH, origin, plan);
    }
}

fn kind(app: &App, workload: Workload) -> Kind<'_> {
    match workload {
        Workload::Deployment => DEPLOYMENT,
        Workload::StatefulSet => STATEFUL_SET,
        Workload::DaemonSet => DAEMON_SET,
        Workload::Other(number) => {
            let kind = &app.kinds[number];
            Kind {
                api_version: &kind.api_version,
                kind: &kind.kind,
                template: &kind.template,
            }
        }
    }
}

/// Whether anybody may change how many pods the workload has.
fn is_scaled(app: &App, workload: Workload) -> bool {
    match workload {
        Workload::Other(number) => app.kinds[number].scaled,
        _ => true,
    }
}

fn pod(app: &App, function: &Function) -> Pod {
    let mut container = Container::new(CONTAINER, &function.image, &function.resources);
    container.command.clone_from(&function.command);
    container.args.clone_from(&function.args);
    let env = env(app, function).into_iter();
    container.env = env.map(|var| var.object).collect();
    container.env_from = (!function.env_from.is_empty()).then(|| function.env_from.clone());
    if let Some(health) = &function.health {
        container.ports = vec![Port::tcp(HEALTH, health.port)];
        let get = |path: &str| object! {"httpGet": object! {"path": path, "port": HEALTH}};
        // A query of its own: a container that knows one path only answers both alike.
        let ready = get(&format!("{}?ready=1", health.path));
        container.probes = Probes::new(&get(&health.path), &ready, 60);
    }
    let (object, grace) = (&function.object, function.timeout.grace_seconds());
    let mut pod = Pod::new(app, object, Component::Function, container, grace);
    pod.labels = labels::pod(object, Component::Function, &function.pod.labels);
    pod.service_account.clone_from(&function.account.name);
    pod.token = function.account.token;
    if function.workload == Workload::DaemonSet {
        // There is one on each node: nothing is left to be spread.
        pod.affinity = Value::Null;
        pod.spread = Value::Null;
    }
    broker::mount(&app.broker, &mut pod);
    users::apply(function, &mut pod);
    pod
}

/// The environment contract, then what the user adds; a name of ours that the user sets is the
/// user's.
pub(super) fn env(app: &App, function: &Function) -> Vec<EnvVar> {
    let mut ours = vec![
        EnvVar::literal("TOPIC", &function.topic),
        EnvVar::literal("CHANNEL", &function.channel),
    ];
    ours.extend(broker::env(&app.broker));
    ours.extend(broker::fixed(&app.broker));
    let health = function.health.as_ref();
    let retries = &function.retries;
    let rest = [
        (
            "HEALTHZ_ADDR",
            health.map(|health| format!(":{}", health.port)),
        ),
        ("KUBEFUNCS_TIMEOUT", Some(function.timeout.text())),
        (
            "KUBEFUNCS_CONCURRENCY",
            Some(function.concurrency.to_string()),
        ),
        (
            "KUBEFUNCS_ATTEMPTS",
            retries.attempts.map(|attempts| attempts.to_string()),
        ),
        ("KUBEFUNCS_BACKOFF_MIN", retries.min.clone()),
        ("KUBEFUNCS_BACKOFF_MAX", retries.max.clone()),
        ("KUBEFUNCS_DEAD_LETTER", function.dead_letter.clone()),
        (
            "KUBEFUNCS_REPLIES",
            (!function.replies).then(|| "false".to_owned()),
        ),
        ("KUBEFUNCS_PAYLOAD", function.raw.then(|| "raw".to_owned())),
    ];
    let rest = rest.into_iter();
    ours.extend(rest.filter_map(|(name, value)| Some(EnvVar::literal(name, &value?))));
    EnvVar::merge(ours, function.env.clone())
}
