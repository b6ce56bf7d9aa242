//! Which changes are ones of security, and when: the first row that fits judges.

use super::judge::Judge::{self, Added, Any, By, Else, NotFalse, NotTrue, Parts, Removed, True};
use super::judge::{digest, pod_security, profile, repository, service_type, toleration, user};

/// Kinds, path pattern, judge, reason where less is held back than before, or may be.
pub(super) type Row = (&'static str, &'static str, Judge, &'static str);

const RBAC: &str = "Role.rbac.authorization.k8s.io|ClusterRole.rbac.authorization.k8s.io";
const BINDING: &str =
    "RoleBinding.rbac.authorization.k8s.io|ClusterRoleBinding.rbac.authorization.k8s.io";
const POLICY: &str = "NetworkPolicy.networking.k8s.io";
const INGRESS: &str = "Ingress.networking.k8s.io";
const HOOKS: &str = "ValidatingWebhookConfiguration.admissionregistration.k8s.io|\
                     MutatingWebhookConfiguration.admissionregistration.k8s.io";

/// The table.
#[rustfmt::skip] // One row a line.
pub(super) const TABLE: &[Row] = &[
    // Pods.
    ("*", "PT/spec/hostNetwork|hostPID|hostIPC", True, "shares a namespace of its node"),
    ("*", "PT/spec/shareProcessNamespace", True, "containers see each other's processes"),
    ("*", "PT/spec/hostUsers", NotFalse, "users of the pod are users of the node"),
    ("*", "PT/spec/automountServiceAccountToken", NotFalse, "pods get a token of the API"),
    ("*", "PT/spec/serviceAccountName", Any, "pods act as another account"),
    ("*", "PT/spec/imagePullSecrets/[]", Any, "images are pulled with other credentials"),
    ("*", "PT/spec/tolerations/[]", By(toleration), "pods may run beside the control plane"),
    ("*", "PT/spec/*/[]/image", Else(repository), "runs code from another repository"),
    ("*", "PT/spec/*/[]/image", By(digest), "is no longer pinned to one image by its digest"),
    ("*", "PT/spec/*/[]/ports/[]/hostPort", Added, "opens a port of the node"),
    ("*", "PT/spec/**/securityContext/privileged", True, "may do everything on its node"),
    ("*", "PT/spec/**/securityContext/allowPrivilegeEscalation", NotFalse, "processes may gain privileges"),
    ("*", "PT/spec/**/securityContext/runAsNonRoot", NotTrue, "may run as root"),
    ("*", "PT/spec/**/securityContext/readOnlyRootFilesystem", NotTrue, "may write to its image's files"),
    ("*", "PT/spec/**/securityContext/runAsUser|runAsGroup", By(user), "runs as another user"),
    ("*", "PT/spec/**/securityContext/capabilities|seccompProfile|appArmorProfile", Parts, ""),
    ("*", "PT/spec/**/securityContext/capabilities/add", Added, "gains capabilities"),
    ("*", "PT/spec/**/securityContext/capabilities/drop", Removed, "keeps capabilities it gave up"),
    ("*", "PT/spec/**/securityContext/capabilities/add/[]", Added, "gains a capability"),
    ("*", "PT/spec/**/securityContext/capabilities/drop/[]", Removed, "keeps a capability it gave up"),
    ("*", "PT/spec/**/securityContext/seccompProfile|appArmorProfile/type", By(profile), "fewer system calls are filtered"),
    ("*", "PT/spec/**/securityContext/*", Any, "security settings of the pod change"),
    ("*", "PT/spec/**/securityContext/*/**", Any, "security settings of the pod change"),
    ("*", "PT/spec/volumes/[]/hostPath", Added, "reads files of the node"),
    ("*", "PT/spec/volumes/[]/hostPath/path", Any, "reads other files of the node"),
    ("*", "PT/spec/volumes/[]/secret", Added, "mounts a Secret"),
    ("*", "PT/spec/volumes/[]/secret/secretName", Any, "mounts another Secret"),
    ("*", "PT/spec/volumes/[]/projected/sources/[]/serviceAccountToken|secret", Added, "mounts a token or a Secret"),
    ("*", "PT/spec/*/[]/env/[]/valueFrom/secretKeyRef", Added, "reads a Secret"),
    ("*", "PT/spec/*/[]/env/[]/valueFrom/secretKeyRef/name|key", Any, "reads another Secret"),
    ("*", "PT/spec/*/[]/envFrom/[]/secretRef", Added, "reads a Secret"),
    // Rights.
    (RBAC, "/rules", Added, "grants rights"),
    (RBAC, "/rules/[]", Added, "grants more rights"),
    (RBAC, "/rules/[]/verbs|resources|apiGroups|nonResourceURLs/[]", Added, "grants more rights"),
    (RBAC, "/rules/[]/verbs|resources|apiGroups|nonResourceURLs", Added, "grants more rights"),
    (RBAC, "/rules/[]/resourceNames", Removed, "grants rights to objects of any name"),
    (RBAC, "/rules/[]/resourceNames/[]", Added, "grants rights to more objects"),
    (RBAC, "/aggregationRule/**", Any, "takes its rights from other roles"),
    (BINDING, "/subjects", Added, "grants rights to somebody"),
    (BINDING, "/subjects/[]", Added, "grants rights to somebody else"),
    (BINDING, "/roleRef/**", Any, "grants other rights"),
    ("ServiceAccount", "/automountServiceAccountToken", NotFalse, "pods get a token of the API"),
    ("ServiceAccount", "/imagePullSecrets/**", Any, "images are pulled with other credentials"),
    ("ServiceAccount", "/metadata/annotations/eks.amazonaws.com~1*|iam.gke.io~1*|azure.workload.identity~1*", Any, "acts as another account of the cloud"),
    ("Secret", "/data/**", Any, "a Secret holds another value"),
    ("Secret", "/type", Any, "a Secret is of another type"),
    ("Namespace", "/metadata/labels/pod-security.kubernetes.io~1enforce", By(pod_security), "pods may do more in the namespace"),
    (HOOKS, "/webhooks/**", Any, "requests to the API are checked otherwise"),
    // Reach.
    (POLICY, "/spec/policyTypes/[]", Removed, "a direction of traffic is no longer restricted"),
    (POLICY, "/spec/ingress|egress", Added, "lets more traffic through"),
    (POLICY, "/spec/ingress|egress/[]", Added, "lets more traffic through"),
    (POLICY, "/spec/ingress|egress/[]/from|to|ports", Removed, "lets traffic of all peers or ports through"),
    (POLICY, "/spec/ingress|egress/[]/from|to|ports/[]", Added, "lets more traffic through"),
    (POLICY, "/spec/**/except", Removed, "lets more addresses through"),
    (POLICY, "/spec/**/except/[]", Removed, "lets more addresses through"),
    (POLICY, "/spec/**", Any, "lets other traffic through"),
    ("Service", "/spec/type", By(service_type), "can be reached from outside the cluster"),
    ("Service", "/spec/externalIPs/[]", Added, "can be reached from outside the cluster"),
    ("Service", "/spec/externalIPs", Added, "can be reached from outside the cluster"),
    ("Service", "/spec/loadBalancerSourceRanges", Removed, "can be reached from any address"),
    ("Service", "/spec/loadBalancerSourceRanges/[]", Added, "can be reached from more addresses"),
    (INGRESS, "/spec/tls", Removed, "is served without encryption"),
    (INGRESS, "/spec/tls/[]", Removed, "is served without encryption"),
    (INGRESS, "/spec/tls/[]/hosts/[]", Removed, "is served without encryption"),
    (INGRESS, "/spec/tls/**", Any, "is served with another certificate"),
    (INGRESS, "/metadata/annotations/nginx.ingress.kubernetes.io~1whitelist-*|nginx.ingress.kubernetes.io~1allowlist-*|nginx.ingress.kubernetes.io~1auth-*|nginx.ingress.kubernetes.io~1ssl-redirect|nginx.ingress.kubernetes.io~1force-ssl-redirect", Any, "who is let in, or how, changes"),
    ("Gateway.gateway.networking.k8s.io", "/spec/listeners/[]/tls/**", Any, "is served with another certificate"),
];
