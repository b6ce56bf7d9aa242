//! One function, complete.

use std::collections::BTreeMap;

use serde_json::Value;

use super::resources::Usual;
use super::{
    EnvVar, ImageRef, Options, Resources, Scaling, Timeout, env, image, labels, names, resources,
};
use crate::diag::codes::meaning::{BAD_NAME, SAME_NAME};
use crate::diag::{Diagnostic, Report};
use crate::schema::spec::{self, Application, Toggle};
use crate::schema::{Located, Text, fault};
use crate::source::Span;

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
    /// Kubernetes' `nodeSelector`.
    pub node_selector: Option<Value>,
    /// Kubernetes' `tolerations`.
    pub tolerations: Option<Value>,
    /// Kubernetes' `affinity`, if not the usual one.
    pub affinity: Option<Value>,
    /// Labels of its pods, beside ours.
    pub pod_labels: BTreeMap<String, String>,
    /// Annotations of its pods.
    pub pod_annotations: BTreeMap<String, String>,
}

/// Where a container answers health checks.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Health {
    /// The path.
    pub path: String,
    /// The port.
    pub port: u16,
}

pub(super) fn resolve(
    located: &Located<spec::Function>,
    app: &str,
    shared: &image::Shared,
    options: &Options,
    report: &mut Report,
) -> Option<Function> {
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
    let scaling = Scaling::resolve(spec.scaling.as_ref(), 1, report);
    let name = name?;
    Some(Function {
        object: names::object(app, &name, name_span, report),
        name,
        span: located.span,
        name_span,
        image: image?,
        topic: topic?,
        channel: channel?,
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
        node_selector: plain(spec.node_selector.as_ref()),
        tolerations: plain(spec.tolerations.as_ref()),
        affinity: plain(spec.affinity.as_ref()),
        pod_labels: labels::resolve(spec.pod_labels.as_ref(), report),
        pod_annotations: labels::annotations(spec.pod_annotations.as_ref(), report),
    })
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

/// `--image NAME=REF` has to name a function there is.
pub(super) fn check_overrides(spec: &Application, options: &Options, report: &mut Report) {
    let names: Vec<&str> = spec
        .functions
        .iter()
        .flatten()
        .map(|function| function.name.0.as_str())
        .collect();
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

/// A Kubernetes-shaped value; one that is empty says nothing.
fn plain(spec: Option<&spec::Kubernetes>) -> Option<Value> {
    let value = &spec?.value;
    let empty = value.as_object().is_some_and(serde_json::Map::is_empty)
        || value.as_array().is_some_and(Vec::is_empty);
    (!empty && !value.is_null()).then(|| value.clone())
}
