//! One function, complete.

use std::collections::BTreeMap;

use serde_json::Value;

use super::resources::Usual;
use super::{
    Account, Config, EnvVar, ImageRef, Network, Options, Patches, PodSettings, Resources, Retries,
    Route, Scaling, Schedule, Timeout, Workload, account, config, delivery, env, image, names,
    network, pod, resources, route, schedule,
};
use crate::diag::codes::meaning::{BAD_NAME, SAME_NAME};
use crate::diag::codes::running::{LONG_DRAIN, ONE_EACH};
use crate::diag::{Diagnostic, Report};
use crate::schema::spec::{self, Payload, Toggle};
use crate::schema::{Located, Text, fault};
use crate::source::Span;
use crate::templates::UserKind;

/// What a function requests that says nothing.
const USUAL: Usual = Usual {
    cpu: "100m",
    memory: "64Mi",
    memory_limit: "128Mi",
};

/// A function, complete.
#[derive(Clone, Debug)]
pub struct Function {
    /// Its name.
    pub name: String,
    /// `<app>-<name>`: the name of its objects.
    pub object: String,
    /// Where it is written.
    pub span: Span,
    /// Where its name is written.
    pub name_span: Span,
    /// Where it says what it consumes: `topic` or `channel`, whichever comes last; else its name.
    pub consumes_span: Span,
    /// Its image.
    pub image: ImageRef,
    /// The topic it consumes.
    pub topic: String,
    /// The channel it consumes.
    pub channel: String,
    /// The program, if not the image's.
    pub command: Option<Vec<String>>,
    /// The arguments, if not the image's.
    pub args: Option<Vec<String>>,
    /// The user's environment variables, in order.
    pub env: Vec<EnvVar>,
    /// The user's `envFrom`, in Kubernetes' form.
    pub env_from: Vec<Value>,
    /// How long a caller waits.
    pub timeout: Timeout,
    /// Messages handled at once in a pod.
    pub concurrency: u32,
    /// How many pods.
    pub scaling: Scaling,
    /// Whether it answers.
    pub replies: bool,
    /// CPU and memory.
    pub resources: Resources,
    /// Where it answers health checks, if it does.
    pub health: Option<Health>,
    /// The program and its arguments on a developer's machine, if not `command` and `args`.
    pub dev: Option<Vec<String>>,
    /// Whether it is rendered.
    pub enabled: bool,
    /// The kind of its workload.
    pub workload: Workload,
    /// Files below `/etc/config`.
    pub config: Option<Config>,
    /// How messages that nobody waits for are delivered again.
    pub retries: Retries,
    /// The topic of messages that are given up.
    pub dead_letter: Option<String>,
    /// Whether its messages are bodies that no client of ours wrote.
    pub raw: bool,
    /// Whether the gateway may send a call twice.
    pub idempotent: bool,
    /// Events sent on its topic by the clock.
    pub schedule: Vec<Schedule>,
    /// Routes that lead to it, before a gateway has them.
    pub http: Vec<Route>,
    /// Its pods' service account.
    pub account: Account,
    /// Who may talk to its pods, and whom they may talk to.
    pub network: Network,
    /// What is written for its pods in Kubernetes' own form.
    pub pod: PodSettings,
    /// Changes of its rendered objects.
    pub patches: Patches,
}

/// Where a container answers health checks.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Health {
    /// The path.
    pub path: String,
    /// The port.
    pub port: u16,
}

/// A function as far as it can be told.
///
/// # Errors
/// Its topic, if that at least can be told: what else is wrong has been reported.
pub(super) fn resolve(
    located: &Located<spec::Function>,
    app: &str,
    shared: &image::Shared,
    options: &Options,
    kinds: &[UserKind],
    report: &mut Report,
) -> Result<Function, Option<String>> {
    let spec = &located.value;
    let name_span = spec.name.span;
    let name = names::label(
        "a function's name",
        &spec.name.0,
        name_span,
        names::LABEL_MAX,
        report,
    );
    let image = shared.function(
        &spec.name.0,
        spec.image.as_ref(),
        name_span,
        options,
        report,
    );
    let topic = match &spec.topic {
        Some(topic) => names::topic("a topic", &topic.0, topic.span, report),
        None => name.clone(),
    };
    let channel = match &spec.channel {
        Some(channel) => names::topic("a channel", &channel.0, channel.span, report),
        None => Some("default".to_owned()),
    };
    let env = env::resolve(spec.env.as_ref(), report);
    let env_from = env::sources(spec.env_from.as_ref(), report);
    let timeout = Timeout::resolve(spec.timeout.as_ref(), report);
    let workload = Workload::resolve(spec.kind.as_ref(), kinds, report);
    let scaling = scaling(workload, spec.scaling.as_ref(), report);
    if timeout.outlives_nodes()
        && let Some(text) = &spec.timeout
    {
        let message = "a pod may need longer to stop than its node is kept";
        report.push(
            Diagnostic::at(&LONG_DRAIN, text.span, message)
                .label(format!(
                    "{} s to stop, nodes go after 600",
                    timeout.grace_seconds()
                ))
                .help("do the work in steps, each a message"),
        );
    }
    let dead_letter = match (&topic, &channel) {
        (Some(topic), Some(channel)) => {
            delivery::dead_letter(spec.dead_letter.as_ref(), topic, channel, report)
        }
        _ => None,
    };
    let retries = delivery::retries(spec.retries.as_ref(), report);
    let raw = spec.payload == Some(Payload::Raw);
    let schedule = schedule::resolve(spec.schedule.as_ref(), raw, report);
    let network = network::resolve(spec.network.as_ref(), report);
    let config = config::resolve(spec.config.as_ref(), report);
    let pod = pod::resolve(spec, report);
    let object = format!("{app}-{}", spec.name.0);
    let account = account::resolve(spec.service_account.as_ref(), &object, report);
    let idempotent = spec.idempotent.unwrap_or(false);
    let written = spec.http.iter().flatten();
    let routes = written.filter_map(|http| {
        let topic = topic.as_deref().unwrap_or_default();
        route::of_function(http, topic, timeout, idempotent, report)
    });
    let http = routes.collect();
    let (Some(name), Some(topic), Some(channel)) = (name, topic.clone(), channel) else {
        return Err(topic);
    };
    Ok(Function {
        object: names::object(app, &name, name_span, report),
        name,
        span: located.span,
        name_span,
        consumes_span: [&spec.topic, &spec.channel]
            .into_iter()
            .flatten()
            .map(|text| text.span)
            .max()
            .unwrap_or(name_span),
        // Without one nothing is rendered, and all the rest is looked at still.
        image: image.unwrap_or_else(|| ImageRef::ours("")),
        topic,
        channel,
        command: spec.command.as_ref().map(|words| strings(words)),
        args: spec.args.as_ref().map(|words| strings(words)),
        env,
        env_from,
        timeout,
        concurrency: spec.concurrency.unwrap_or(16),
        scaling,
        replies: spec.replies.unwrap_or(true),
        resources: resources::resolve(spec.resources.as_ref(), USUAL),
        health: health(spec.health.as_ref().map(|health| &health.value)),
        dev: spec
            .dev
            .as_ref()
            .and_then(|dev| dev.command.as_ref())
            .map(|words| strings(words)),
        enabled: spec.enabled.unwrap_or(true),
        workload,
        config,
        retries,
        dead_letter,
        raw,
        idempotent,
        schedule,
        http,
        account,
        network,
        pod,
        patches: spec.patches.clone().unwrap_or_default(),
    })
}

/// How many pods; a DaemonSet has one on each node, whatever is written.
fn scaling(
    workload: Workload,
    spec: Option<&Located<Toggle<spec::Scaling>>>,
    report: &mut Report,
) -> Scaling {
    let scaling = Scaling::resolve(spec, 1, report);
    if workload != Workload::DaemonSet {
        return scaling;
    }
    if let Some(spec) = spec.filter(|spec| !matches!(spec.value, Toggle::Off)) {
        report.push(
            Diagnostic::at(&ONE_EACH, spec.span, "a DaemonSet has one pod on each node")
                .label("says nothing here")
                .help("leave it out, or write `scaling: false` over that of `defaults`"),
        );
    }
    Scaling::EachNode
}

/// Two functions of one name would have the same objects.
pub(super) fn check_unique(functions: &[Function], report: &mut Report) {
    let mut first: BTreeMap<&str, Span> = BTreeMap::new();
    for function in functions {
        if let Some(span) = first.get(function.name.as_str()) {
            let message = format!("two functions are called `{}`", function.name);
            report.push(
                Diagnostic::at(&SAME_NAME, function.name_span, message)
                    .label("the second")
                    .related(*span, "the first"),
            );
        } else {
            first.insert(&function.name, function.name_span);
        }
    }
}

/// `--image NAME=REF` has to name a function there is, in one of the files.
pub fn check_overrides(names: &[String], options: &Options, report: &mut Report) {
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    for name in options
        .images
        .keys()
        .filter(|name| !names.contains(&name.as_str()))
    {
        let message = format!("--image {name}=… names a function that does not exist");
        let diagnostic = Diagnostic::global(&BAD_NAME, message);
        report.push(match fault::suggest(name, names.iter().copied()) {
            Some(near) => diagnostic.help(format!("did you mean `{near}`?")),
            None => diagnostic,
        });
    }
}

fn health(spec: Option<&Toggle<spec::Health>>) -> Option<Health> {
    let written = match spec {
        Some(Toggle::Off) => return None,
        Some(Toggle::On(written)) => written.clone(),
        None => spec::Health::default(),
    };
    let path = written.path.unwrap_or_else(|| "/healthz".to_owned());
    Some(Health {
        path,
        port: written.port.unwrap_or(8080),
    })
}

fn strings(texts: &[Text]) -> Vec<String> {
    texts.iter().map(|text| text.0.clone()).collect()
}
