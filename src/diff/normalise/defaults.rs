//! The tables of fields that servers write and of values that are the API's own.

use std::sync::LazyLock;

use serde_json::Value;

use super::Surroundings;
use super::pods::PODS;
use crate::manifest::{Scope, Step, Table};

/// What the API takes an absent field for.
#[derive(Clone, Copy, Debug)]
pub(super) enum Is {
    False,
    True,
    Int(i64),
    Text(&'static str),
}

impl Is {
    fn is(self, value: &Value) -> bool {
        match self {
            Self::False => *value == Value::Bool(false),
            Self::True => *value == Value::Bool(true),
            Self::Int(number) => value.as_i64() == Some(number),
            Self::Text(text) => value.as_str() == Some(text),
        }
    }
}

use Is::{False, Int, Text, True};

/// A field and its value where it is absent: kinds, path pattern, value.
pub(super) type Row = (&'static str, &'static str, Is);

const SETS: &str = "Deployment.apps|StatefulSet.apps|ReplicaSet.apps";
const SET_OR_DAEMON: &str = "StatefulSet.apps|DaemonSet.apps";
const JOB: &str = "Job.batch";
const CRON: &str = "CronJob.batch";
const POLICY: &str = "NetworkPolicy.networking.k8s.io";
const HTTP_ROUTE: &str = "HTTPRoute.gateway.networking.k8s.io";
const HOOKS: &str = "ValidatingWebhookConfiguration.admissionregistration.k8s.io|\
                     MutatingWebhookConfiguration.admissionregistration.k8s.io";

#[rustfmt::skip] // One row a line.
const OBJECTS: &[Row] = &[
    ("Deployment.apps", "/spec/strategy/type", Text("RollingUpdate")),
    ("Deployment.apps", "/spec/strategy/rollingUpdate/maxSurge|maxUnavailable", Text("25%")),
    ("Deployment.apps", "/spec/progressDeadlineSeconds", Int(600)),
    ("Deployment.apps", "/spec/paused", False),
    ("Deployment.apps|StatefulSet.apps|DaemonSet.apps", "/spec/revisionHistoryLimit", Int(10)),
    ("*", "/spec/minReadySeconds", Int(0)),
    (SET_OR_DAEMON, "/spec/updateStrategy/type", Text("RollingUpdate")),
    ("StatefulSet.apps", "/spec/updateStrategy/rollingUpdate/partition", Int(0)),
    ("StatefulSet.apps", "/spec/podManagementPolicy", Text("OrderedReady")),
    ("StatefulSet.apps", "/spec/persistentVolumeClaimRetentionPolicy/whenDeleted|whenScaled", Text("Retain")),
    ("StatefulSet.apps", "/spec/volumeClaimTemplates/[]/spec/volumeMode", Text("Filesystem")),
    ("StatefulSet.apps", "/spec/volumeClaimTemplates/[]/kind", Text("PersistentVolumeClaim")),
    ("StatefulSet.apps", "/spec/volumeClaimTemplates/[]/apiVersion", Text("v1")),
    ("DaemonSet.apps", "/spec/updateStrategy/rollingUpdate/maxUnavailable", Int(1)),
    ("DaemonSet.apps", "/spec/updateStrategy/rollingUpdate/maxSurge", Int(0)),
    (JOB, "/spec/completions|parallelism", Int(1)),
    (JOB, "/spec/backoffLimit", Int(6)),
    (JOB, "/spec/completionMode", Text("NonIndexed")),
    (JOB, "/spec/suspend", False),
    (CRON, "/spec/concurrencyPolicy", Text("Allow")),
    (CRON, "/spec/successfulJobsHistoryLimit", Int(3)),
    (CRON, "/spec/failedJobsHistoryLimit", Int(1)),
    (CRON, "/spec/suspend", False),
    (CRON, "/spec/jobTemplate/spec/completions|parallelism", Int(1)),
    (CRON, "/spec/jobTemplate/spec/backoffLimit", Int(6)),
    (CRON, "/spec/jobTemplate/spec/completionMode", Text("NonIndexed")),
    (CRON, "/spec/jobTemplate/spec/suspend", False),
    ("Service", "/spec/type", Text("ClusterIP")),
    ("Service", "/spec/sessionAffinity", Text("None")),
    ("Service", "/spec/sessionAffinityConfig/clientIP/timeoutSeconds", Int(10800)),
    ("Service", "/spec/internalTrafficPolicy|externalTrafficPolicy", Text("Cluster")),
    ("Service", "/spec/publishNotReadyAddresses", False),
    ("Service", "/spec/allocateLoadBalancerNodePorts", True),
    ("Service", "/spec/ports/[]/protocol", Text("TCP")),
    ("PersistentVolumeClaim|PersistentVolume", "/spec/volumeMode", Text("Filesystem")),
    ("PersistentVolume", "/spec/persistentVolumeReclaimPolicy", Text("Retain")),
    ("StorageClass.storage.k8s.io", "/reclaimPolicy", Text("Delete")),
    ("StorageClass.storage.k8s.io", "/volumeBindingMode", Text("Immediate")),
    ("StorageClass.storage.k8s.io", "/allowVolumeExpansion", False),
    ("Secret", "/type", Text("Opaque")),
    ("ConfigMap|Secret", "/immutable", False),
    ("PodDisruptionBudget.policy", "/spec/unhealthyPodEvictionPolicy", Text("IfHealthyBudget")),
    ("HorizontalPodAutoscaler.autoscaling", "/spec/minReplicas", Int(1)),
    (POLICY, "/spec/ingress|egress/[]/ports/[]/protocol", Text("TCP")),
    ("Ingress.networking.k8s.io", "/spec/rules/[]/http/paths/[]/pathType", Text("ImplementationSpecific")),
    ("RoleBinding.rbac.authorization.k8s.io|ClusterRoleBinding.rbac.authorization.k8s.io", "/roleRef/apiGroup", Text("rbac.authorization.k8s.io")),
    (HTTP_ROUTE, "/spec/parentRefs/[]/group", Text("gateway.networking.k8s.io")),
    (HTTP_ROUTE, "/spec/parentRefs/[]/kind", Text("Gateway")),
    (HTTP_ROUTE, "/spec/rules/[]/backendRefs/[]/weight", Int(1)),
    (HTTP_ROUTE, "/spec/rules/[]/backendRefs/[]/kind", Text("Service")),
    (HTTP_ROUTE, "/spec/rules/[]/backendRefs/[]/group", Text("")),
    (HTTP_ROUTE, "/spec/rules/[]/matches/[]/path/type", Text("PathPrefix")),
    (HTTP_ROUTE, "/spec/rules/[]/matches/[]/path/value", Text("/")),
    (HOOKS, "/webhooks/[]/failurePolicy", Text("Fail")),
    (HOOKS, "/webhooks/[]/matchPolicy", Text("Equivalent")),
    (HOOKS, "/webhooks/[]/timeoutSeconds", Int(10)),
];

/// Fields that nobody but servers and controllers writes: kinds, path pattern.
#[rustfmt::skip] // One row a line.
const SERVERS: &[(&str, &str)] = &[
    ("*", "/status"),
    ("*", "/metadata/uid|resourceVersion|generation|creationTimestamp|managedFields|selfLink"),
    ("*", "/metadata/annotations/kubectl.kubernetes.io~1last-applied-configuration"),
    ("*", "/metadata/annotations/deployment.kubernetes.io~1revision"),
    ("*", "/metadata/annotations/argocd.argoproj.io~1tracking-id"),
    ("*", "/metadata/annotations/pv.kubernetes.io~1*"),
    ("*", "/metadata/labels/kustomize.toolkit.fluxcd.io~1*"),
    ("*", "/metadata/labels/batch.kubernetes.io~1*"),
    ("Namespace", "/metadata/labels/kubernetes.io~1metadata.name"),
    ("Namespace", "/spec/finalizers"),
    ("PersistentVolumeClaim", "/metadata/finalizers"),
    ("*", "PT/metadata/creationTimestamp"),
    ("CronJob.batch", "/spec/jobTemplate/metadata/creationTimestamp"),
    ("StatefulSet.apps", "/spec/volumeClaimTemplates/[]/status"),
    ("StatefulSet.apps", "/spec/volumeClaimTemplates/[]/metadata/creationTimestamp"),
];

pub(super) fn is_the_servers(scope: &Scope, path: &[Step]) -> bool {
    static FIELDS: LazyLock<Table<()>> = LazyLock::new(|| {
        Table::new(
            SERVERS
                .iter()
                .map(|(kinds, pattern)| (*kinds, *pattern, ())),
        )
    });
    FIELDS.at(scope, path).next().is_some()
}

pub(super) fn is_default(
    scope: &Scope,
    around: Surroundings,
    path: &[Step],
    value: &Value,
) -> bool {
    static DEFAULTS: LazyLock<Table<Is>> =
        LazyLock::new(|| Table::new(PODS.iter().chain(OBJECTS).copied()));
    if value.is_object() || value.is_array() {
        return false;
    }
    if !around.autoscaled && scope.is(SETS) && scope.fits("/spec/replicas", path) {
        return Int(1).is(value);
    }
    DEFAULTS.at(scope, path).any(|is| is.is(value))
}
