//! What a set of files means on one machine: programs with their environment, and routes.

use std::collections::BTreeMap;

use serde_json::Value;

use crate::plan;
use crate::resolve::{App, Async, EnvVar, Function, Health, Route, Schedule, Timeout};

/// What runs of a set of files, as data for whoever runs it without a cluster.
#[derive(Clone, Debug)]
pub struct Local {
    /// The functions, in the order of the files and of their names.
    pub functions: Vec<LocalFunction>,
    /// The text of the gateway's configuration file.
    pub gateway: String,
    /// Path and topic of each route, in the order of the paths.
    pub routes: Vec<(String, String)>,
}

/// A function, as a program on one machine.
#[derive(Clone, Debug)]
pub struct LocalFunction {
    /// Its name.
    pub name: String,
    /// The name of its objects in a cluster.
    pub object: String,
    /// The namespace of its objects.
    pub namespace: String,
    /// The topic it consumes.
    pub topic: String,
    /// The channel it consumes.
    pub channel: String,
    /// Program and arguments: those of `dev`, else those of its container; empty where both leave
    /// it to the image.
    pub command: Vec<String>,
    /// Whether `$(NAME)` in the command is for Kubernetes to replace: not in that of `dev`.
    pub expands: bool,
    /// The variables of its container, in Kubernetes' form and order.
    pub env: Vec<EnvVar>,
    /// Its `envFrom`, in Kubernetes' form.
    pub env_from: Vec<Value>,
    /// Files that it reads in [`CONFIG_FILES`](plan::CONFIG_FILES): names and contents.
    pub config: BTreeMap<String, String>,
    /// Where it answers health checks, if it does.
    pub health: Option<Health>,
    /// How long it may take to stop, in seconds.
    pub grace_seconds: u64,
    /// Whether its messages are bodies that no client of ours wrote.
    pub raw: bool,
    /// Events sent on its topic by the clock.
    pub schedule: Vec<Schedule>,
}

impl Local {
    /// Of linked applications. Where `all` is set every function gets a route by its name that has
    /// none: the gateway is nobody's own then.
    pub(crate) fn new(apps: &[App], all: bool) -> Self {
        let functions: Vec<(&App, &Function)> = apps
            .iter()
            .flat_map(|app| app.functions.iter().map(move |function| (app, function)))
            .collect();
        let gateways = apps.iter().filter_map(|app| app.gateway.as_ref());
        let body = gateways.clone().filter_map(|gateway| gateway.body).max();
        let mut routes: Vec<Route> = gateways.flat_map(|g| g.routes.clone()).collect();
        if all {
            for (_, function) in &functions {
                let reached = routes.iter().any(|route| route.topic == function.topic);
                if !reached && function.replies {
                    routes.push(by_name(function));
                }
            }
        }
        let mut listed: Vec<_> = routes
            .iter()
            .map(|route| (route.path.clone(), route.topic.clone()))
            .collect();
        listed.sort();
        Self {
            gateway: plan::gateway_file(&routes, body),
            routes: listed,
            functions: functions.iter().map(|(app, f)| local(app, f)).collect(),
        }
    }
}

fn local(app: &App, function: &Function) -> LocalFunction {
    let container = function.command.iter().chain(&function.args).flatten();
    LocalFunction {
        name: function.name.clone(),
        object: function.object.clone(),
        namespace: app.namespace.clone(),
        topic: function.topic.clone(),
        channel: function.channel.clone(),
        command: match &function.dev {
            Some(dev) => dev.clone(),
            // Arguments alone are for the image's own program.
            None if function.command.is_none() => Vec::new(),
            None => container.cloned().collect(),
        },
        expands: function.dev.is_none(),
        env: plan::environment(app, function),
        env_from: function.env_from.clone(),
        config: function
            .config
            .as_ref()
            .map(|config| config.files.clone())
            .unwrap_or_default(),
        health: function.health.clone(),
        grace_seconds: function.timeout.grace_seconds(),
        raw: function.raw,
        schedule: function.schedule.clone(),
    }
}

/// `/name/` for a function that no route leads to.
fn by_name(function: &Function) -> Route {
    Route {
        path: format!("/{}/", function.name),
        path_span: function.name_span,
        topic: function.topic.clone(),
        topic_span: function.name_span,
        external: false,
        timeout: Some(function.timeout).filter(|timeout| *timeout != Timeout::default()),
        methods: Vec::new(),
        host: None,
        respond_async: Async::Never,
        cors: None,
        auth: None,
        idempotent: function.idempotent,
    }
}
