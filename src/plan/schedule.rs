//! Events that are sent by the clock: a CronJob each, which runs our command line.

use serde_json::{Value, json};

use super::labels::{Component, metadata};
use super::pod::{Container, Pod};
use super::{CRON_JOB, NETWORK_POLICY, Plan, broker, network};
use crate::resolve::{App, EnvVar, Function, Schedule};

/// One event is sent in far less.
const DEADLINE: u64 = 60;
const GRACE: u64 = 15;

pub(super) fn plan(app: &App, function: &Function, plan: &mut Plan) {
    if function.schedule.is_empty() {
        return;
    }
    let object = network::sender(&function.object);
    let named = metadata(app, &object, Component::Schedule);
    let rules = network::schedule(&object, &app.broker);
    plan.add(&NETWORK_POLICY, &named, Some(function.span), rules);
    for (index, schedule) in function.schedule.iter().enumerate() {
        let mut named = metadata(app, &function.object, Component::Schedule);
        named.name = format!("{}-{index}", function.object);
        let context = json!({
            "schedule": schedule.cron,
            "timezone": schedule.timezone,
            "deadline": DEADLINE,
            "pod": Value::from(pod(app, function, schedule, &object)),
        });
        plan.add(&CRON_JOB, &named, Some(schedule.span), context);
    }
}

fn pod(app: &App, function: &Function, schedule: &Schedule, object: &str) -> Pod {
    let resources = json!({
        "requests": {"cpu": "50m", "memory": "32Mi", "ephemeral-storage": "64Mi"},
        "limits": {"memory": "64Mi", "ephemeral-storage": "128Mi"},
    });
    let mut container = Container::new("emit", &app.tools, &resources);
    container.command = Some(vec!["/bin/kubefuncs".to_owned()]);
    let mut args = vec!["emit".to_owned()];
    args.extend(function.raw.then(|| "--raw".to_owned()));
    // Alone it would stand for standard input.
    args.extend((schedule.body == "-").then(|| "--literal".to_owned()));
    // What follows is data, whatever it begins with.
    args.extend([
        "--".to_owned(),
        function.topic.clone(),
        literal(&schedule.body),
    ]);
    container.args = Some(args);
    let mut env = broker::env(&app.broker);
    env.extend(broker::fixed(&app.broker));
    container.env = env.into_iter().map(|var: EnvVar| var.object).collect();
    let mut pod = Pod::new(app, object, Component::Schedule, container, GRACE);
    pod.service_account.clone_from(&function.account.name);
    pod.restart_policy = Some("Never");
    pod.affinity = Value::Null;
    pod.spread = Value::Null;
    broker::mount(&app.broker, &mut pod);
    pod
}

/// A text that Kubernetes' `$(NAME)` leaves as it is.
fn literal(text: &str) -> String {
    text.replace('$', "$$")
}
