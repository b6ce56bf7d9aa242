//! Which objects there are, and what each template is told.
//!
//! [`KINDS`] is the one table of kinds: its order is the order of the output, which is an order in
//! which the objects can be applied.

mod function;
mod gateway;
mod id;
mod labels;
mod network;
mod nsq;
mod pod;
mod scaling;

use std::collections::{BTreeMap, BTreeSet};

pub use id::ObjectId;
use serde::Serialize;
use serde_json::Value;

use crate::diag::codes::object::SAME_OBJECT;
use crate::diag::{Diagnostic, Report};
use crate::resolve::App;
use crate::source::Span;

/// A kind of object that we render.
#[derive(Debug, PartialEq, Eq)]
pub struct Kind {
    /// Its API group and version.
    pub api_version: &'static str,
    /// Its name.
    pub kind: &'static str,
    /// The file in `templates/`.
    pub template: &'static str,
}

/// The kinds, in the order they are printed and applied.
pub const KINDS: &[Kind] = &[
    NAMESPACE,
    NETWORK_POLICY,
    SERVICE_ACCOUNT,
    CONFIG_MAP,
    SERVICE,
    STATEFUL_SET,
    DEPLOYMENT,
    POD_DISRUPTION_BUDGET,
    HORIZONTAL_POD_AUTOSCALER,
];

const fn kind(api_version: &'static str, kind: &'static str, template: &'static str) -> Kind {
    Kind {
        api_version,
        kind,
        template,
    }
}

const NAMESPACE: Kind = kind("v1", "Namespace", "namespace.yaml");
const NETWORK_POLICY: Kind = kind(
    "networking.k8s.io/v1",
    "NetworkPolicy",
    "networkpolicy.yaml",
);
const SERVICE_ACCOUNT: Kind = kind("v1", "ServiceAccount", "serviceaccount.yaml");
const CONFIG_MAP: Kind = kind("v1", "ConfigMap", "configmap.yaml");
const SERVICE: Kind = kind("v1", "Service", "service.yaml");
const STATEFUL_SET: Kind = kind("apps/v1", "StatefulSet", "statefulset.yaml");
const DEPLOYMENT: Kind = kind("apps/v1", "Deployment", "deployment.yaml");
const POD_DISRUPTION_BUDGET: Kind = kind(
    "policy/v1",
    "PodDisruptionBudget",
    "poddisruptionbudget.yaml",
);
const HORIZONTAL_POD_AUTOSCALER: Kind = kind(
    "autoscaling/v2",
    "HorizontalPodAutoscaler",
    "horizontalpodautoscaler.yaml",
);

/// An object to be rendered.
#[derive(Clone, Debug)]
pub struct Planned {
    /// Which object it is.
    pub id: ObjectId,
    /// The file in `templates/`.
    pub template: &'static str,
    /// What the template is told.
    pub context: Value,
    /// The part of the input it is made for.
    pub origin: Option<Span>,
}

/// The objects of all applications, in output order.
pub fn plan(apps: &[App], report: &mut Report) -> Vec<Planned> {
    let mut all = Plan::default();
    for app in apps {
        if app.create_namespace {
            all.namespace(app);
        }
        for function in &app.functions {
            function::plan(app, function, &mut all);
        }
        if let Some(gateway) = &app.gateway {
            gateway::plan(app, gateway, apps, &mut all);
        }
        if let Some(nsq) = &app.nsq {
            nsq::plan(app, nsq, &mut all);
        }
    }
    all.sorted(report)
}

/// The plan under construction.
#[derive(Default)]
struct Plan {
    objects: Vec<(usize, Planned)>,
}

impl Plan {
    /// Adds an object. `context` is what its template is told beside `metadata`.
    fn add(
        &mut self,
        kind: &Kind,
        metadata: &labels::Metadata,
        origin: Option<Span>,
        context: Value,
    ) {
        let position = KINDS
            .iter()
            .position(|known| known == kind)
            .unwrap_or(KINDS.len());
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
        let context = Value::Object(context);
        self.objects.push((
            position,
            Planned {
                id,
                template: kind.template,
                context,
                origin,
            },
        ));
    }

    fn namespace(&mut self, app: &App) {
        let metadata = labels::namespace(app);
        self.add(&NAMESPACE, &metadata, app.span, Value::Null);
    }

    /// In output order; two objects with one identity are an error.
    fn sorted(mut self, report: &mut Report) -> Vec<Planned> {
        self.objects.sort_by(|(a_kind, a), (b_kind, b)| {
            (a_kind, &a.id.namespace, &a.id.name).cmp(&(b_kind, &b.id.namespace, &b.id.name))
        });
        let objects: Vec<_> = self.objects.into_iter().map(|(_, object)| object).collect();
        let mut seen: BTreeMap<&ObjectId, Option<Span>> = BTreeMap::new();
        let mut told = BTreeSet::new();
        for object in &objects {
            // Two parts of an input that share one object mostly share all of them: once is enough.
            if let Some(first) = seen.insert(&object.id, object.origin)
                && told.insert((first, object.origin))
            {
                report.push(same_object(object, first));
            }
        }
        objects
    }
}

fn same_object(object: &Planned, first: Option<Span>) -> Diagnostic {
    let message = format!("two objects are {}", object.id);
    let diagnostic = match object.origin {
        Some(span) => Diagnostic::at(&SAME_OBJECT, span, message).label("made for this"),
        None => Diagnostic::global(&SAME_OBJECT, message),
    };
    match first {
        Some(span) => diagnostic.related(span, "and for this"),
        None => diagnostic,
    }
}

/// A context part as data. Nothing of ours fails to serialise: no map has other keys than text.
fn value(part: &impl Serialize) -> Value {
    serde_json::to_value(part).unwrap_or_default()
}
