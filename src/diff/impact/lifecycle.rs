//! What it does that an object is new, or gone.

use serde_json::Value;

use super::{Class, Classes, privileged};
use crate::manifest::Scope;

/// Kinds whose objects, once gone, take what is stored with them.
#[rustfmt::skip] // One row a line.
const HOLDS_DATA: &[(&str, &str)] = &[
    ("Namespace", "everything in it is deleted with it"),
    ("PersistentVolumeClaim", "its volume may be deleted with it"),
    ("PersistentVolume", "its storage may be deleted with it"),
    ("StatefulSet.apps", "its pods go, and nothing uses their volumes any more"),
    ("CustomResourceDefinition.apiextensions.k8s.io", "all objects of its kind are deleted with it"),
];

/// Kinds whose objects hold something back while they are there.
#[rustfmt::skip] // One row a line.
const PROTECTS: &[(&str, &str)] = &[
    ("NetworkPolicy.networking.k8s.io", "what it kept out comes through"),
    ("ValidatingWebhookConfiguration.admissionregistration.k8s.io", "what it refused is accepted"),
    ("ResourceQuota", "what it limited is free"),
    ("LimitRange", "what it limited is free"),
];

/// Kinds that requests are led by.
const LEADS: &str = "Ingress.networking.k8s.io|HTTPRoute.gateway.networking.k8s.io|\
                     GRPCRoute.gateway.networking.k8s.io|TCPRoute.gateway.networking.k8s.io|\
                     TLSRoute.gateway.networking.k8s.io|Gateway.gateway.networking.k8s.io";

/// Kinds that give rights, or decide on requests to the API.
const GRANTS: &str = "Role.rbac.authorization.k8s.io|ClusterRole.rbac.authorization.k8s.io|\
                      RoleBinding.rbac.authorization.k8s.io|\
                      ClusterRoleBinding.rbac.authorization.k8s.io|\
                      MutatingWebhookConfiguration.admissionregistration.k8s.io|\
                      ValidatingWebhookConfiguration.admissionregistration.k8s.io";

/// The classes of a new object, and why.
pub(crate) fn added(scope: &Scope, object: &Value) -> (Classes, String) {
    if scope.is(GRANTS) {
        return (one(Class::Security), "new rights or checks".to_owned());
    }
    if scope.is(LEADS) {
        return (one(Class::Routing), "requests are led by it".to_owned());
    }
    if scope.is("Service") {
        return match object.pointer("/spec/type").and_then(Value::as_str) {
            Some("LoadBalancer" | "NodePort") => (
                one(Class::Routing).with(Class::Security),
                "can be reached from outside the cluster".to_owned(),
            ),
            _ => (one(Class::Config), "a new name to reach pods by".to_owned()),
        };
    }
    let reason = starts(scope, object).unwrap_or_else(|| "is made".to_owned());
    match privileged(scope, object) {
        Some(why) => (
            one(Class::Config).with(Class::Security),
            format!("{reason}; {why}"),
        ),
        None => (one(Class::Config), reason),
    }
}

/// What a new object starts, if it starts pods.
fn starts(scope: &Scope, object: &Value) -> Option<String> {
    scope.template?;
    let replicas = || object.pointer("/spec/replicas").and_then(Value::as_i64);
    Some(match scope.kind.as_str() {
        "DaemonSet.apps" => "starts a pod on every node".to_owned(),
        "CronJob.batch" => "starts pods by its schedule".to_owned(),
        "Pod" => "starts a pod".to_owned(),
        "Job.batch" => "starts a run".to_owned(),
        _ => match replicas() {
            Some(1) => "starts 1 pod".to_owned(),
            Some(count) => format!("starts {count} pods"),
            // One, or as many as an autoscaler says, which may be any object of any set.
            None => "starts pods".to_owned(),
        },
    })
}

/// The classes of an object that is gone, and why.
pub(crate) fn removed(scope: &Scope) -> (Classes, String) {
    let row = |table: &[(&str, &'static str)]| {
        let row = table.iter().find(|(kinds, _)| scope.is(kinds));
        row.map(|(_, reason)| (*reason).to_owned())
    };
    if let Some(reason) = row(HOLDS_DATA) {
        return (one(Class::Delete).with(Class::DataLoss), reason);
    }
    if let Some(reason) = row(PROTECTS) {
        return (one(Class::Delete).with(Class::Security), reason);
    }
    let reason = if scope.is(LEADS) || scope.is("Service") {
        "requests no longer find their way by it"
    } else if scope.template.is_some() {
        "its pods stop"
    } else if scope.is("PodDisruptionBudget.policy") {
        "all pods may be away at once"
    } else {
        "is gone"
    };
    (one(Class::Delete), reason.to_owned())
}

fn one(class: Class) -> Classes {
    Classes::default().with(class)
}
