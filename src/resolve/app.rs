//! The application as a whole.

use std::collections::BTreeMap;

use super::{
    Broker, Function, Gateway, ImageRef, Monitoring, Nsq, Patches, function, gateway, image,
    labels, monitoring, names, nsq,
};
use crate::diag::codes::meaning::{NO_APP, NOTHING_TO_RENDER, OTHER_VERSION};
use crate::diag::codes::running::OPEN_EGRESS;
use crate::diag::{Diagnostic, Report};
use crate::schema::spec::Application;
use crate::schema::{self, Located, Lost, Read, Text};
use crate::source::Span;
use crate::templates::{Files, UserKind};

/// What the command line says about every file.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Options {
    /// `--templates`: the directory of the user's templates.
    pub templates: Option<String>,
    /// Who reads such directories.
    pub reader: Files,
    /// `--env`: the environment that is merged over the rest of a file.
    pub env: Option<String>,
    /// `--release`: the application's name.
    pub release: Option<String>,
    /// `--namespace`.
    pub namespace: Option<String>,
    /// `--image REF`: the image of every function that names none of its own.
    pub image: Option<String>,
    /// `--image NAME=REF`: the image of one function.
    pub images: BTreeMap<String, String>,
    /// Whether notes on what could be better are wanted, though nothing is wrong: `check` is where
    /// somebody wants to read them.
    pub advice: bool,
}

/// An application, complete.
#[derive(Clone, Debug)]
pub struct App {
    /// Its name, the beginning of every object's name.
    pub name: String,
    /// The namespace of its objects.
    pub namespace: String,
    /// Whether the namespace is rendered too.
    pub create_namespace: bool,
    /// Labels of every object.
    pub labels: BTreeMap<String, String>,
    /// Annotations of every object.
    pub annotations: BTreeMap<String, String>,
    /// Secrets with which images are pulled.
    pub pull_secrets: Vec<String>,
    /// The functions, in the order of their names.
    pub functions: Vec<Function>,
    /// Topics of the functions that are switched off, and where these are written.
    pub switched_off: Vec<(String, Span)>,
    /// Topics of the functions that are left out for what is wrong with them; none where that
    /// topic cannot be told.
    pub left_out: Vec<Option<String>>,
    /// The image of the gateway, which sends scheduled events.
    pub tools: ImageRef,
    /// The gateway, if it has one.
    pub gateway: Option<Gateway>,
    /// The NSQ cluster, if it has one.
    pub nsq: Option<Nsq>,
    /// Where its processes find NSQ.
    pub broker: Broker,
    /// Objects for Prometheus and Grafana.
    pub monitoring: Monitoring,
    /// The oldest Kubernetes it has to work on, as the minor version of 1.
    pub minor: u32,
    /// Changes of rendered objects, those of the gateway and NSQ included.
    pub patches: Patches,
    /// The kinds that templates of the user's add.
    pub kinds: Vec<UserKind>,
    /// The place that stands for the whole file.
    pub span: Option<Span>,
}

pub(super) fn resolve(
    read: &Read,
    options: &Options,
    kinds: &[UserKind],
    report: &mut Report,
) -> App {
    let Read { spec, lost, place } = read;
    version(spec.kubefunctl.as_ref(), report);
    // Without a name of its own an application still has its functions checked.
    let app = app_name(spec, lost, options, report).unwrap_or_default();
    let namespace = namespace(spec, options, report);
    let shared = image::Shared::new(spec, lost, options, report);
    let mut functions: Vec<Function> = Vec::new();
    let mut left_out = Vec::new();
    for function in spec.functions.iter().flatten() {
        match function::resolve(function, &app, &shared, options, kinds, report) {
            Ok(function) => functions.push(function),
            Err(topic) => left_out.push(topic),
        }
    }
    if lost.any(&["functions", "functions.name", "functions.topic"]) {
        left_out.push(None);
    }
    function::check_unique(&functions, report);
    functions.sort_by(|a, b| a.name.cmp(&b.name));
    let off = functions.iter().filter(|function| !function.enabled);
    let switched_off = off
        .map(|function| (function.topic.clone(), function.name_span))
        .collect();
    functions.retain(|function| function.enabled);
    if options.advice {
        open_egress(&functions, report);
    }
    let gateway = spec
        .gateway
        .as_ref()
        .map(|gateway| gateway::resolve(gateway, &app, &shared, report));
    let nsq = spec
        .nsq
        .as_ref()
        .map(|nsq| nsq::resolve(nsq, &app, &shared, report));
    let broker = nsq::broker(spec.broker.as_ref(), nsq.as_ref(), &namespace, report);
    let nothing = spec.functions.iter().flatten().next().is_none();
    let monitoring = monitoring::resolve(spec.monitoring.as_ref(), &app, &shared, report);
    let nothing = nothing && gateway.is_none() && nsq.is_none() && monitoring.exporter.is_none();
    if lost.is_empty() && nothing {
        report.push(
            Diagnostic::at(&NOTHING_TO_RENDER, *place, "the file describes no object")
                .help("add `functions`, a `gateway` or an `nsq` section"),
        );
    }
    App {
        name: app,
        namespace,
        create_namespace: spec.create_namespace.unwrap_or(false),
        labels: labels::resolve(spec.labels.as_ref(), report),
        annotations: labels::annotations(spec.annotations.as_ref(), report),
        pull_secrets: pull_secrets(spec, report),
        functions,
        switched_off,
        left_out,
        tools: shared.gateway(),
        gateway,
        nsq,
        broker,
        monitoring,
        minor: spec
            .kube_version
            .as_ref()
            .and_then(|version| schema::minor(&version.0))
            .unwrap_or(schema::kinds::OLDEST),
        kinds: kinds.to_vec(),
        patches: spec.patches.clone().unwrap_or_default(),
        span: spec.app.as_ref().map(|app| app.span),
    }
}

fn pull_secrets(spec: &Application, report: &mut Report) -> Vec<String> {
    let written = spec.pull_secrets.iter().flatten();
    let good = written.filter(|name| names::subdomain("a Secret", &name.0, name.span, report));
    good.map(|name| name.0.clone()).collect()
}

/// One note for a whole file: that there are rules for egress is mostly decided for all.
fn open_egress(functions: &[Function], report: &mut Report) {
    let open: Vec<_> = functions
        .iter()
        .filter(|f| f.network.egress.is_none())
        .collect();
    let Some(first) = open.iter().min_by_key(|function| function.name_span) else {
        return;
    };
    let message = match open.len() {
        1 => "a function may call anybody".to_owned(),
        many => format!("{many} functions may call anybody, this one first"),
    };
    report.push(
        Diagnostic::at(&OPEN_EGRESS, first.name_span, message).help(
            "say whom under `network.egress`, here or in `defaults`; NSQ and DNS always work",
        ),
    );
}

fn version(pin: Option<&Located<Text>>, report: &mut Report) {
    let ours = env!("CARGO_PKG_VERSION");
    let minor = ours.rsplit_once('.').map_or(ours, |(minor, _)| minor);
    if let Some(pin) = pin.filter(|pin| pin.0 != minor && pin.0 != ours) {
        report.push(
            Diagnostic::at(
                &OTHER_VERSION,
                pin.span,
                format!("this is kubefunctl {ours}"),
            )
            .label("the file is for another version")
            .help(format!(
                "use that version, or pin `\"{minor}\"` and render again"
            )),
        );
    }
}

fn app_name(
    spec: &Application,
    lost: &Lost,
    options: &Options,
    report: &mut Report,
) -> Option<String> {
    if let Some(release) = &options.release {
        return names::option("--release", release, names::LABEL_MAX, report);
    }
    let Some(app) = &spec.app else {
        if !lost.any(&["app"]) {
            report.push(
                Diagnostic::global(&NO_APP, "the application has no name")
                    .help("write `app: NAME` in the file, or give --release NAME"),
            );
        }
        return None;
    };
    names::label(
        "an application's name",
        &app.0,
        app.span,
        names::LABEL_MAX,
        report,
    )
}

fn namespace(spec: &Application, options: &Options, report: &mut Report) -> String {
    let named = match (&options.namespace, &spec.namespace) {
        (Some(option), _) => names::option("--namespace", option, names::LABEL_MAX, report),
        (None, Some(text)) => names::namespace(&text.0, text.span, report),
        (None, None) => None,
    };
    named.unwrap_or_else(|| "default".to_owned())
}
