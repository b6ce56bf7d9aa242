//! The class of a changed field: the first row that fits says so.

use super::Class::{self, Config, DataLoss, Metadata, Replace, Restart, Routing, Scale};
use super::when::When::{
    self, Always, Becomes, BrokerVariable, DataPath, Removed, Shrinks, WasImmutable,
};

/// Kinds, path pattern, condition, classes, reason.
pub(super) type Row = (
    &'static str,
    &'static str,
    When,
    &'static [Class],
    &'static str,
);

const DEPLOYMENT: &str = "Deployment.apps";
const STATEFUL: &str = "StatefulSet.apps";
const JOB: &str = "Job.batch";
const CRON: &str = "CronJob.batch";
const VOLUME_CLAIM: &str = "PersistentVolumeClaim";
const CONFIG_OR_SECRET: &str = "ConfigMap|Secret";
const BINDING: &str =
    "RoleBinding.rbac.authorization.k8s.io|ClusterRoleBinding.rbac.authorization.k8s.io";
const ROUTES: &str = "HTTPRoute.gateway.networking.k8s.io|GRPCRoute.gateway.networking.k8s.io|\
                      TCPRoute.gateway.networking.k8s.io|TLSRoute.gateway.networking.k8s.io|\
                      UDPRoute.gateway.networking.k8s.io|Gateway.gateway.networking.k8s.io|\
                      Ingress.networking.k8s.io|IngressClass.networking.k8s.io";
const DEFINITION: &str = "CustomResourceDefinition.apiextensions.k8s.io";
const AUTOSCALERS: &str = "HorizontalPodAutoscaler.autoscaling|ScaledObject.keda.sh|\
                           VerticalPodAutoscaler.autoscaling.k8s.io";

const ROLLS: &str = "pod template changed: pods restart one by one";
const REFUSED: &str = "the API lets nobody change this field";

/// The table.
#[rustfmt::skip] // One row a line.
pub(super) const TABLE: &[Row] = &[
    // What is stored.
    (STATEFUL, "/spec/volumeClaimTemplates", Removed, &[DataLoss, Replace], "its pods lose their volumes"),
    (STATEFUL, "/spec/volumeClaimTemplates/[]", Removed, &[DataLoss, Replace], "its pods lose a volume"),
    (STATEFUL, "/spec/persistentVolumeClaimRetentionPolicy/*", Becomes("Delete"), &[DataLoss], "volumes are deleted with the pods that use them"),
    (VOLUME_CLAIM, "/spec/resources/requests/storage", Shrinks, &[DataLoss, Replace], "a volume cannot shrink: it would have to be made anew, empty"),
    ("PersistentVolume", "/spec/persistentVolumeReclaimPolicy", Becomes("Delete"), &[DataLoss], "the storage is deleted with the claim to it"),
    ("*", "PT/spec/*/[]/args|command", DataPath, &[DataLoss, Restart], "messages stay in the old folder, unread"),
    // What the API refuses to change.
    ("Deployment.apps|DaemonSet.apps|ReplicaSet.apps", "/spec/selector/**", Always, &[Replace], REFUSED),
    (STATEFUL, "/spec/volumeClaimTemplates/**", Always, &[Replace], "claims to volumes cannot be changed, only made"),
    (STATEFUL, "/spec/selector|serviceName|podManagementPolicy/**", Always, &[Replace], REFUSED),
    (JOB, "/spec/completions|selector|completionMode|podFailurePolicy|successPolicy|backoffLimitPerIndex|managedBy/**", Always, &[Replace], REFUSED),
    (JOB, "PT/**", Always, &[Replace], "a Job's pods are fixed when it is made"),
    (VOLUME_CLAIM, "/spec/resources/requests/storage", Always, &[Config], "the volume grows"),
    (VOLUME_CLAIM, "/spec/volumeAttributesClassName", Always, &[Config], "the volume gets other properties"),
    (VOLUME_CLAIM, "/spec/**", Always, &[Replace], REFUSED),
    ("PersistentVolume", "/spec/csi|nfs|hostPath|local|iscsi|fc|volumeMode|nodeAffinity/**", Always, &[Replace], REFUSED),
    ("Service", "/spec/clusterIP|clusterIPs|loadBalancerClass", Always, &[Replace], "an address of the cluster stays what it is"),
    (CONFIG_OR_SECRET, "/data|binaryData|immutable/**", WasImmutable, &[Replace], "the object is marked as immutable"),
    ("Secret", "/type", Always, &[Replace], REFUSED),
    (BINDING, "/roleRef/**", Always, &[Replace], REFUSED),
    ("StorageClass.storage.k8s.io", "/provisioner|parameters|reclaimPolicy|volumeBindingMode/**", Always, &[Replace], REFUSED),
    ("PriorityClass.scheduling.k8s.io", "/value|preemptionPolicy", Always, &[Replace], REFUSED),
    ("IngressClass.networking.k8s.io", "/spec/controller", Always, &[Replace], REFUSED),
    (DEFINITION, "/spec/group|scope|names/**", Always, &[Replace], REFUSED),
    ("Pod", "/spec/containers|initContainers/[]/image", Always, &[Restart], "the container restarts with another image"),
    ("Pod", "/spec/activeDeadlineSeconds|terminationGracePeriodSeconds|tolerations/**", Always, &[Config], "the pod goes on running"),
    ("Pod", "/spec/**", Always, &[Replace], "a pod is fixed when it is made"),
    // How many run.
    ("*", "/spec/replicas", Always, &[Scale], "another number of pods"),
    (AUTOSCALERS, "/spec/**", Always, &[Scale], "scales otherwise"),
    ("PodDisruptionBudget.policy", "/spec/**", Always, &[Scale], "other numbers of pods may be away at once"),
    (DEPLOYMENT, "/spec/paused", Always, &[Scale], "a rollout is held or let go"),
    ("CronJob.batch|Job.batch", "/spec/suspend", Always, &[Scale], "runs are held or let go"),
    (JOB, "/spec/parallelism", Always, &[Scale], "another number of pods at once"),
    // Pods.
    (CRON, "/spec/jobTemplate/**", Always, &[Config], "the next run uses it"),
    ("ReplicaSet.apps|PodTemplate", "PT/**", Always, &[Config], "only new pods use it"),
    ("Pod", "/metadata/**", Always, &[Metadata], "labels and annotations of a pod"),
    ("*", "PT/spec/*/[]/args|command", BrokerVariable, &[Restart, Routing], "pods restart, and look for the broker elsewhere"),
    ("*", "PT/spec/*/[]/env/[name=NSQ_*]/**", Always, &[Restart, Routing], "pods restart, and look for the broker elsewhere"),
    ("*", "PT/**", Always, &[Restart], ROLLS),
    // Where requests go.
    ("Service", "/spec/**", Always, &[Routing], "requests reach other pods, or by another way"),
    (ROUTES, "/spec/**", Always, &[Routing], "requests are led otherwise"),
    ("EndpointSlice.discovery.k8s.io", "/endpoints|ports|addressType/**", Always, &[Routing], "requests reach other addresses"),
    ("Endpoints", "/subsets/**", Always, &[Routing], "requests reach other addresses"),
    ("ConfigMap", "/data/gateway.json|routes.json/**", Always, &[Routing], "the gateway's routes change; no pod restarts"),
    ("NetworkPolicy.networking.k8s.io", "/spec/**", Always, &[Routing], "other connections are let through"),
    // Names and notes.
    ("*", "/metadata/annotations/argocd.argoproj.io~1*|kustomize.toolkit.fluxcd.io~1*|helm.sh~1hook*|helm.sh~1resource-policy", Always, &[Config], "whoever applies it treats it otherwise"),
    ("*", "/metadata/labels|annotations/**", Always, &[Metadata], "labels and annotations"),
    ("*", "/apiVersion", Always, &[Metadata], "another version of the same API"),
    // All else.
    (CONFIG_OR_SECRET, "/data|binaryData/**", Always, &[Config], "pods see it when they read the file again, or when they restart"),
    ("*", "/spec/strategy|updateStrategy|minReadySeconds|progressDeadlineSeconds|revisionHistoryLimit/**", Always, &[Config], "the next rollout goes otherwise"),
    (STATEFUL, "/spec/persistentVolumeClaimRetentionPolicy|ordinals/**", Always, &[Config], "set otherwise"),
    (STATEFUL, "/spec/**", Always, &[Replace], REFUSED),
    ("*", "/**", Always, &[Config], "set otherwise"),
];
