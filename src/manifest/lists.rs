//! How the entries of a list are told apart: the one table of Kubernetes' lists.
//!
//! The keys are those of the API's `listType`, `listMapKey` and `patchMergeKey`. A list the API
//! replaces as a whole although its order means nothing is a [`List::Set`] here.

use std::sync::LazyLock;

use super::path::{Scope, Step};
use super::table::Table;

/// What a list is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum List {
    /// Its entries are told apart by these fields; `protocol=TCP` gives what an absent one means,
    /// `metadata.name` a field of a field.
    Map(&'static [&'static str]),
    /// The same, and the order of the entries means something too.
    OrderedMap(&'static [&'static str]),
    /// The order of its entries means nothing.
    Set,
    /// Its entries count from the first; also every list that is not in the table.
    Ordered,
}

/// What the list at a path is; the first row that fits says so.
#[must_use]
pub fn list_at(scope: &Scope, path: &[Step]) -> List {
    static LISTS: LazyLock<Table<List>> = LazyLock::new(|| Table::new(TABLE.iter().copied()));
    LISTS
        .at(scope, path)
        .next()
        .copied()
        .unwrap_or(List::Ordered)
}

use List::{Map, OrderedMap, Set};

const NAME: &[&str] = &["name"];
const RBAC: &str = "Role.rbac.authorization.k8s.io|ClusterRole.rbac.authorization.k8s.io";
const BINDING: &str =
    "RoleBinding.rbac.authorization.k8s.io|ClusterRoleBinding.rbac.authorization.k8s.io";
const POLICY: &str = "NetworkPolicy.networking.k8s.io";
const INGRESS: &str = "Ingress.networking.k8s.io";
const HTTP_ROUTE: &str = "HTTPRoute.gateway.networking.k8s.io";
const GATEWAY: &str = "Gateway.gateway.networking.k8s.io";
const AUTOSCALER: &str = "HorizontalPodAutoscaler.autoscaling";
const WEBHOOKS: &str = "ValidatingWebhookConfiguration.admissionregistration.k8s.io|\
                        MutatingWebhookConfiguration.admissionregistration.k8s.io";
const DEFINITION: &str = "CustomResourceDefinition.apiextensions.k8s.io";
const MONITORS: &str = "PodMonitor.monitoring.coreos.com|ServiceMonitor.monitoring.coreos.com";
const ALERTS: &str = "PrometheusRule.monitoring.coreos.com";
const SCALED: &str = "ScaledObject.keda.sh";

/// Kinds, path pattern, what the list is.
#[rustfmt::skip] // One row a line.
const TABLE: &[(&str, &str, List)] = &[
    // Pods, wherever their template stands.
    ("*", "PT/spec/initContainers", OrderedMap(NAME)),
    ("*", "PT/spec/containers|ephemeralContainers|volumes|imagePullSecrets|resourceClaims|schedulingGates", Map(NAME)),
    ("*", "PT/spec/containers|initContainers|ephemeralContainers/[]/env", OrderedMap(NAME)),
    ("*", "PT/spec/containers|initContainers|ephemeralContainers/[]/ports", Map(&["containerPort", "protocol=TCP"])),
    ("*", "PT/spec/containers|initContainers|ephemeralContainers/[]/volumeMounts", Map(&["mountPath"])),
    ("*", "PT/spec/containers|initContainers|ephemeralContainers/[]/volumeDevices", Map(&["devicePath"])),
    ("*", "PT/spec/containers|initContainers|ephemeralContainers/[]/resources/claims", Map(NAME)),
    ("*", "PT/spec/containers|initContainers|ephemeralContainers/[]/securityContext/capabilities/add|drop", Set),
    ("*", "PT/spec/hostAliases", Map(&["ip"])),
    ("*", "PT/spec/hostAliases/[]/hostnames", Set),
    ("*", "PT/spec/topologySpreadConstraints", Map(&["topologyKey", "whenUnsatisfiable"])),
    ("*", "PT/spec/tolerations|readinessGates", Set),
    ("*", "PT/spec/securityContext/sysctls", Map(NAME)),
    ("*", "PT/spec/securityContext/supplementalGroups", Set),
    ("*", "PT/spec/volumes/[]/configMap|secret|downwardAPI/items", Map(&["path"])),
    ("*", "PT/spec/volumes/[]/projected/sources/[]/configMap|secret|downwardAPI/items", Map(&["path"])),
    ("*", "PT/spec/**/matchExpressions|matchFields", Set),
    ("*", "PT/spec/**/matchExpressions|matchFields/[]/values", Set),
    ("*", "PT/spec/**/httpHeaders", Map(NAME)),
    // Everything with metadata.
    ("*", "/metadata/finalizers", Set),
    ("*", "/metadata/ownerReferences", Map(&["uid"])),
    // Services and what leads to them.
    ("Service", "/spec/ports", Map(&["port", "protocol=TCP"])),
    ("Service", "/spec/externalIPs|loadBalancerSourceRanges", Set),
    (INGRESS, "/spec/rules", OrderedMap(&["host="])),
    (INGRESS, "/spec/rules/[]/http/paths", OrderedMap(&["path=/", "pathType=ImplementationSpecific"])),
    (INGRESS, "/spec/tls/[]/hosts", Set),
    (INGRESS, "/spec/tls", Set),
    (HTTP_ROUTE, "/spec/hostnames", Set),
    (HTTP_ROUTE, "/spec/parentRefs", Map(&["namespace=", "name", "sectionName=", "port="])),
    (HTTP_ROUTE, "/spec/rules/[]/matches/[]/headers|queryParams", Map(NAME)),
    (HTTP_ROUTE, "/spec/rules/[]/backendRefs", Map(&["kind=Service", "namespace=", "name", "port="])),
    (GATEWAY, "/spec/listeners", Map(NAME)),
    (POLICY, "/spec/policyTypes|ingress|egress", Set),
    (POLICY, "/spec/ingress|egress/[]/from|to|ports", Set),
    (POLICY, "/spec/**/except", Set),
    ("EndpointSlice.discovery.k8s.io", "/ports", Map(&["name="])),
    // Rights.
    (RBAC, "/rules", Set),
    (RBAC, "/rules/[]/verbs|resources|apiGroups|resourceNames|nonResourceURLs", Set),
    (RBAC, "/aggregationRule/clusterRoleSelectors", Set),
    (BINDING, "/subjects", Map(&["kind", "namespace=", "name"])),
    ("ServiceAccount", "/secrets|imagePullSecrets", Map(NAME)),
    // Storage and workloads.
    ("StatefulSet.apps", "/spec/volumeClaimTemplates", Map(&["metadata.name"])),
    ("StatefulSet.apps", "/spec/volumeClaimTemplates/[]/spec/accessModes", Set),
    ("PersistentVolumeClaim|PersistentVolume", "/spec/accessModes", Set),
    (AUTOSCALER, "/spec/metrics", Set),
    (AUTOSCALER, "/spec/behavior/scaleUp|scaleDown/policies", Set),
    ("Namespace", "/spec/finalizers", Set),
    ("ResourceQuota", "/spec/scopes", Set),
    (WEBHOOKS, "/webhooks", Map(NAME)),
    (DEFINITION, "/spec/versions", Map(NAME)),
    (DEFINITION, "/spec/names/shortNames|categories", Set),
    (DEFINITION, "/spec/versions/[]/schema/**/required|enum", Set),
    // Of other projects.
    (MONITORS, "/spec/podMetricsEndpoints|endpoints", Set),
    (MONITORS, "/spec/namespaceSelector/matchNames", Set),
    (ALERTS, "/spec/groups", Map(NAME)),
    (SCALED, "/spec/triggers", Set),
    // Selectors, in any kind.
    ("*", "/**/matchExpressions", Set),
    ("*", "/**/matchExpressions/[]/values", Set),
];
