//! Which objects there are, and what each template is told.
//!
//! [`KINDS`] is the one table of kinds: its order is the order of the output, which is an order in
//! which the objects can be applied.

mod alerts;
/// A mapping as data, its values moved in. `json!` would copy all that is named in it, once for
/// each level it is named on.
macro_rules! object {
    ($($key:tt: $value:expr),* $(,)?) => {{
        let entries = [$(($key.to_owned(), serde_json::Value::from($value))),*];
        serde_json::Value::Object(entries.into_iter().collect())
    }};
}

mod broker;
mod dashboard;
mod exporter;
mod function;
mod gateway;
mod gateway_config;
mod id;
mod labels;
pub mod metrics;
mod monitoring;
mod network;
mod nsq;
mod nsqadmin;
mod pod;
mod query;
mod scaling;
mod schedule;
mod users;

pub use gateway_config::TOKENS;
pub use id::ObjectId;
use serde::Serialize;
use serde_json::Value;
pub use users::CONFIG_FILES;

use crate::resolve::{App, EnvVar, Function, Gateway, Nsq, Patches, Route};
use crate::source::Span;

/// A kind of object that we render.
#[derive(Debug, PartialEq, Eq)]
pub struct Kind<'a> {
    /// Its API group and version.
    pub api_version: &'a str,
    /// Its name.
    pub kind: &'a str,
    /// The file in `templates/`, or in the user's directory.
    pub template: &'a str,
}

/// The kinds, in the order they are printed and applied.
pub const KINDS: &[Kind<'static>] = &[
    NAMESPACE,
    NETWORK_POLICY,
    SERVICE_ACCOUNT,
    CONFIG_MAP,
    SERVICE,
    STATEFUL_SET,
    DAEMON_SET,
    DEPLOYMENT,
    POD_DISRUPTION_BUDGET,
    HORIZONTAL_POD_AUTOSCALER,
    SCALED_OBJECT,
    CRON_JOB,
    INGRESS,
    HTTP_ROUTE,
    POD_MONITOR,
    PROMETHEUS_RULE,
];

const fn kind(
    api_version: &'static str,
    kind: &'static str,
    template: &'static str,
) -> Kind<'static> {
    Kind {
        api_version,
        kind,
        template,
    }
}

const NAMESPACE: Kind<'static> = kind("v1", "Namespace", "namespace.yaml");
const NETWORK_POLICY: Kind<'static> = kind(
    "networking.k8s.io/v1",
    "NetworkPolicy",
    "networkpolicy.yaml",
);
const SERVICE_ACCOUNT: Kind<'static> = kind("v1", "ServiceAccount", "serviceaccount.yaml");
const CONFIG_MAP: Kind<'static> = kind("v1", "ConfigMap", "configmap.yaml");
const SERVICE: Kind<'static> = kind("v1", "Service", "service.yaml");
const STATEFUL_SET: Kind<'static> = kind("apps/v1", "StatefulSet", "statefulset.yaml");
const DEPLOYMENT: Kind<'static> = kind("apps/v1", "Deployment", "deployment.yaml");
const DAEMON_SET: Kind<'static> = kind("apps/v1", "DaemonSet", "daemonset.yaml");
const SCALED_OBJECT: Kind<'static> = kind("keda.sh/v1alpha1", "ScaledObject", "scaledobject.yaml");
const CRON_JOB: Kind<'static> = kind("batch/v1", "CronJob", "cronjob.yaml");
const INGRESS: Kind<'static> = kind("networking.k8s.io/v1", "Ingress", "ingress.yaml");
const HTTP_ROUTE: Kind<'static> = kind(
    "gateway.networking.k8s.io/v1",
    "HTTPRoute",
    "httproute.yaml",
);
const POD_MONITOR: Kind<'static> =
    kind("monitoring.coreos.com/v1", "PodMonitor", "podmonitor.yaml");
const PROMETHEUS_RULE: Kind<'static> = kind(
    "monitoring.coreos.com/v1",
    "PrometheusRule",
    "prometheusrule.yaml",
);
const POD_DISRUPTION_BUDGET: Kind<'static> = kind(
    "policy/v1",
    "PodDisruptionBudget",
    "poddisruptionbudget.yaml",
);
const HORIZONTAL_POD_AUTOSCALER: Kind<'static> = kind(
    "autoscaling/v2",
    "HorizontalPodAutoscaler",
    "horizontalpodautoscaler.yaml",
);

/// An object to be rendered.
#[derive(Clone, Debug)]
pub struct Planned {
    /// Which object it is.
    pub id: ObjectId,
    /// The place of its kind in [`KINDS`].
    pub rank: usize,
    /// The file in `templates/`, or in the user's directory.
    pub template: String,
    /// What the template is told.
    pub context: Value,
    /// The part of the input it is made for.
    pub origin: Option<Span>,
}

/// A part of the input that objects are made for, independently of all others: the unit of work,
/// so that an input of any size needs memory for a few of them at a time.
#[derive(Clone, Copy, Debug)]
pub struct Unit<'a> {
    app: &'a App,
    part: Part<'a>,
}

#[derive(Clone, Copy, Debug)]
enum Part<'a> {
    Namespace,
    Function(&'a Function),
    Gateway(&'a Gateway),
    Nsq(&'a Nsq),
    Monitoring,
}

/// The units of all applications.
#[must_use]
pub fn units(apps: &[App]) -> Vec<Unit<'_>> {
    let mut units = Vec::new();
    for app in apps {
        let mut add = |part| units.push(Unit { app, part });
        if app.create_namespace {
            add(Part::Namespace);
        }
        app.functions.iter().map(Part::Function).for_each(&mut add);
        app.gateway.iter().map(Part::Gateway).for_each(&mut add);
        app.nsq.iter().map(Part::Nsq).for_each(&mut add);
        let monitoring = &app.monitoring;
        if monitoring.rules || monitoring.dashboard || monitoring.exporter.is_some() {
            add(Part::Monitoring);
        }
    }
    units
}

impl<'a> Unit<'a> {
    /// The application it is a part of.
    #[must_use]
    pub fn app(&self) -> &'a App {
        self.app
    }

    /// The changes of its objects alone.
    #[must_use]
    pub fn patches(&self) -> &'a Patches {
        static NONE: Patches = Patches::new();
        match self.part {
            Part::Function(function) => &function.patches,
            _ => &NONE,
        }
    }

    /// The objects of this unit.
    #[must_use]
    pub fn plan(&self) -> Vec<Planned> {
        let mut plan = Plan::default();
        match self.part {
            Part::Namespace => plan.namespace(self.app),
            Part::Function(function) => function::plan(self.app, function, &mut plan),
            Part::Gateway(gateway) => gateway::plan(self.app, gateway, &mut plan),
            Part::Nsq(nsq) => nsq::plan(self.app, nsq, &mut plan),
            Part::Monitoring => monitoring::plan(self.app, &mut plan),
        }
        plan.objects
    }
}

/// The variables of a function's container, in order: the environment contract, then the user's.
#[must_use]
pub fn environment(app: &App, function: &Function) -> Vec<EnvVar> {
    function::env(app, function)
}

/// The text of a gateway's configuration file; `body` is the largest body of a request in bytes,
/// where it is not the usual one.
#[must_use]
pub fn gateway_file(routes: &[Route], body: Option<u64>) -> String {
    gateway_config::text(routes, body)
}

/// The plan under construction.
#[derive(Default)]
struct Plan {
    objects: Vec<Planned>,
}

impl Plan {
    /// Adds an object. `context` is what its template is told beside `metadata`.
    fn add(
        &mut self,
        kind: &Kind<'_>,
        metadata: &labels::Metadata,
        origin: Option<Span>,
        context: Value,
    ) {
        let place = |kind| KINDS.iter().position(|known| known == kind);
        // A kind of the user's is a workload like others.
        let rank = place(kind).or(place(&DEPLOYMENT)).unwrap_or(KINDS.len());
        let id = ObjectId {
            api_version: kind.api_version.to_owned(),
            kind: kind.kind.to_owned(),
            namespace: metadata.namespace.clone().unwrap_or_default(),
            name: metadata.name.clone(),
        };
        let mut context = match context {
            Value::Object(context) => context,
            _ => serde_json::Map::new(),
        };
        context.insert("metadata".to_owned(), value(metadata));
        self.objects.push(Planned {
            id,
            rank,
            template: kind.template.to_owned(),
            context: Value::Object(context),
            origin,
        });
    }

    fn namespace(&mut self, app: &App) {
        let metadata = labels::namespace(app);
        self.add(&NAMESPACE, &metadata, app.span, Value::Null);
    }
}

/// A context part as data. Nothing of ours fails to serialise: no map has other keys than text.
fn value(part: &impl Serialize) -> Value {
    serde_json::to_value(part).unwrap_or_default()
}
