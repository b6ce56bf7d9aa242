//! Names, labels and selectors.
//!
//! A selector cannot be changed once it is applied, so it is the one label that says which
//! workload a pod belongs to, and nothing else: `app.kubernetes.io/name: <app>-<function>`.

use std::collections::BTreeMap;

use serde::Serialize;
use serde_json::{Value, json};

use crate::resolve::App;

const NAME: &str = "app.kubernetes.io/name";
const COMPONENT: &str = "app.kubernetes.io/component";
const INSTANCE: &str = "app.kubernetes.io/instance";
const MANAGED_BY: &str = "app.kubernetes.io/managed-by";
const PART_OF: &str = "app.kubernetes.io/part-of";

/// The value of [`PART_OF`] on every pod of ours: what NSQ's NetworkPolicies let in.
const US: &str = "kubefuncs";

/// `metadata` of an object.
#[derive(Clone, Debug, Serialize)]
pub(super) struct Metadata {
    pub name: String,
    pub namespace: Option<String>,
    pub labels: BTreeMap<String, String>,
    pub annotations: Option<BTreeMap<String, String>>,
}

impl Metadata {
    /// Adds annotations of the object's own.
    pub(super) fn annotate(&mut self, own: &BTreeMap<String, String>) {
        if !own.is_empty() {
            self.annotations.get_or_insert_default().extend(own.clone());
        }
    }
}

/// What a workload is for.
#[derive(Clone, Copy, Debug)]
pub(super) enum Component {
    Exporter,
    Function,
    Gateway,
    Nsqadmin,
    Nsqd,
    Nsqlookupd,
    Schedule,
    Monitoring,
}

impl Component {
    fn name(self) -> &'static str {
        match self {
            Self::Exporter => "exporter",
            Self::Function => "function",
            Self::Gateway => "gateway",
            Self::Nsqadmin => "nsqadmin",
            Self::Nsqd => "nsqd",
            Self::Nsqlookupd => "nsqlookupd",
            Self::Schedule => "schedule",
            Self::Monitoring => "monitoring",
        }
    }
}

/// Metadata of an object that belongs to the workload `object`.
pub(super) fn metadata(app: &App, object: &str, component: Component) -> Metadata {
    let ours = [
        (NAME, object),
        (COMPONENT, component.name()),
        (INSTANCE, &app.name),
        (MANAGED_BY, "kubefunctl"),
        (PART_OF, US),
    ];
    Metadata {
        name: object.to_owned(),
        namespace: Some(app.namespace.clone()),
        labels: with(&app.labels, &ours),
        annotations: annotations(app),
    }
}

/// Metadata of the application's namespace. All that is rendered keeps Pod Security's strictest
/// level, so the namespace asks for it.
pub(super) fn namespace(app: &App) -> Metadata {
    let ours = [
        (MANAGED_BY, "kubefunctl"),
        (PART_OF, US),
        ("pod-security.kubernetes.io/audit", "restricted"),
        ("pod-security.kubernetes.io/enforce", "restricted"),
        ("pod-security.kubernetes.io/warn", "restricted"),
    ];
    Metadata {
        name: app.namespace.clone(),
        namespace: None,
        labels: with(&app.labels, &ours),
        annotations: annotations(app),
    }
}

/// The label that a workload's selector has, and nothing else has.
pub(super) fn selector(object: &str) -> Value {
    object! {NAME: object}
}

/// Labels of a workload's pods. Nothing is here that changes without the pod's own need.
pub(super) fn pod(
    object: &str,
    component: Component,
    users: &BTreeMap<String, String>,
) -> BTreeMap<String, String> {
    with(
        users,
        &[(NAME, object), (COMPONENT, component.name()), (PART_OF, US)],
    )
}

/// Selects every pod of ours, in whatever namespace.
pub(super) fn all_of_ours() -> Value {
    object! {"namespaceSelector": object! {}, "podSelector": labelled(PART_OF, US)}
}

/// Selects all pods of a kind in a namespace, whatever they are called.
pub(super) fn all_of(component: Component) -> Value {
    json!({"podSelector": {"matchLabels": {COMPONENT: component.name(), PART_OF: US}}})
}

/// Selects what has this label.
pub(super) fn labelled(key: &str, value: &str) -> Value {
    object! {"matchLabels": object! {key: value}}
}

/// The user's labels and ours; ours win, for objects are found by them.
fn with(users: &BTreeMap<String, String>, ours: &[(&str, &str)]) -> BTreeMap<String, String> {
    let ours = ours
        .iter()
        .map(|(key, value)| ((*key).to_owned(), (*value).to_owned()));
    users.clone().into_iter().chain(ours).collect()
}

fn annotations(app: &App) -> Option<BTreeMap<String, String>> {
    (!app.annotations.is_empty()).then(|| app.annotations.clone())
}
