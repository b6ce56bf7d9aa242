//! The application as a whole.

use std::collections::BTreeMap;

use super::{Broker, Function, Gateway, Nsq, function, gateway, image, labels, names, nsq};
use crate::diag::codes::meaning::{NO_APP, NOTHING_TO_RENDER, OTHER_VERSION};
use crate::diag::{Diagnostic, Report};
use crate::schema::spec::Application;
use crate::schema::{Located, Text};
use crate::source::Span;

/// What the command line says about every file.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Options {
    /// `--release`: the application's name.
    pub release: Option<String>,
    /// `--namespace`.
    pub namespace: Option<String>,
    /// `--image REF`: the image of every function that names none of its own.
    pub image: Option<String>,
    /// `--image NAME=REF`: the image of one function.
    pub images: BTreeMap<String, String>,
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
    /// The functions, in the order of their names.
    pub functions: Vec<Function>,
    /// The gateway, if it has one.
    pub gateway: Option<Gateway>,
    /// The NSQ cluster, if it has one.
    pub nsq: Option<Nsq>,
    /// Where its processes find NSQ.
    pub broker: Broker,
    /// The place that stands for the whole file.
    pub span: Option<Span>,
}

pub(super) fn resolve(
    spec: &Application,
    complete: bool,
    options: &Options,
    report: &mut Report,
) -> App {
    version(spec.kubefunctl.as_ref(), report);
    // Without a name of its own an application still has its functions checked.
    let app = app_name(spec, complete, options, report).unwrap_or_default();
    let namespace = namespace(spec, options, report);
    let shared = image::Shared::new(spec, complete, options, report);
    let mut functions: Vec<Function> = Vec::new();
    for function in spec.functions.iter().flatten() {
        functions.extend(function::resolve(function, &app, &shared, options, report));
    }
    function::check_unique(&functions, report);
    function::check_overrides(spec, options, report);
    functions.sort_by(|a, b| a.name.cmp(&b.name));
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
    if complete && nothing && gateway.is_none() && nsq.is_none() {
        report.push(
            Diagnostic::global(&NOTHING_TO_RENDER, "the file describes no object")
                .help("add `functions`, a `gateway` or an `nsq` section"),
        );
    }
    App {
        name: app,
        namespace,
        create_namespace: spec.create_namespace.unwrap_or(false),
        labels: labels::resolve(spec.labels.as_ref(), report),
        annotations: labels::annotations(spec.annotations.as_ref(), report),
        functions,
        gateway,
        nsq,
        broker,
        span: spec.app.as_ref().map(|app| app.span),
    }
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
    complete: bool,
    options: &Options,
    report: &mut Report,
) -> Option<String> {
    if let Some(release) = &options.release {
        return names::option("--release", release, names::LABEL_MAX, report);
    }
    let Some(app) = &spec.app else {
        if complete {
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
