//! Fields that take one of a few words.

use serde_json::json;

use super::{Definitions, scalar};

pub(super) fn apply(definitions: &mut Definitions) {
    for (fields, values) in ENUMS {
        for at in *fields {
            scalar(definitions, at).insert("enum".to_owned(), json!(values));
        }
    }
}

/// Fields and the values they may have; of a list, each item.
const ENUMS: &[(&[&str], &[&str])] = &[
    // Workloads.
    (
        &["apps.v1.DeploymentStrategy.type"],
        &["Recreate", "RollingUpdate"],
    ),
    (
        &[
            "apps.v1.DaemonSetUpdateStrategy.type",
            "apps.v1.StatefulSetUpdateStrategy.type",
        ],
        &["OnDelete", "RollingUpdate"],
    ),
    (
        &["apps.v1.StatefulSetSpec.podManagementPolicy"],
        &["OrderedReady", "Parallel"],
    ),
    (
        &[
            "apps.v1.StatefulSetPersistentVolumeClaimRetentionPolicy.whenDeleted",
            "apps.v1.StatefulSetPersistentVolumeClaimRetentionPolicy.whenScaled",
        ],
        &["Delete", "Retain"],
    ),
    (
        &["batch.v1.CronJobSpec.concurrencyPolicy"],
        &["Allow", "Forbid", "Replace"],
    ),
    (
        &["batch.v1.JobSpec.completionMode"],
        &["Indexed", "NonIndexed"],
    ),
    (
        &["batch.v1.JobSpec.podReplacementPolicy"],
        &["Failed", "TerminatingOrFailed"],
    ),
    (
        &["batch.v1.PodFailurePolicyRule.action"],
        &["Count", "FailIndex", "FailJob", "Ignore"],
    ),
    (
        &["batch.v1.PodFailurePolicyOnExitCodesRequirement.operator"],
        &["In", "NotIn"],
    ),
    (
        &["policy.v1.PodDisruptionBudgetSpec.unhealthyPodEvictionPolicy"],
        &["AlwaysAllow", "IfHealthyBudget"],
    ),
    // Autoscaling.
    (
        &["autoscaling.v2.HPAScalingPolicy.type"],
        &["Percent", "Pods"],
    ),
    (
        &["autoscaling.v2.HPAScalingRules.selectPolicy"],
        &["Disabled", "Max", "Min"],
    ),
    (
        &["autoscaling.v2.MetricSpec.type"],
        &[
            "ContainerResource",
            "External",
            "Object",
            "Pods",
            "Resource",
        ],
    ),
    (
        &["autoscaling.v2.MetricTarget.type"],
        &["AverageValue", "Utilization", "Value"],
    ),
    // Pods.
    (
        &["core.v1.PodSpec.restartPolicy"],
        &["Always", "Never", "OnFailure"],
    ),
    (
        &[
            "core.v1.Container.restartPolicy",
            "core.v1.EphemeralContainer.restartPolicy",
        ],
        &["Always", "Never", "OnFailure"],
    ),
    (
        &["core.v1.PodSpec.dnsPolicy"],
        &["ClusterFirst", "ClusterFirstWithHostNet", "Default", "None"],
    ),
    (
        &[
            "core.v1.PodSpec.preemptionPolicy",
            "scheduling.v1.PriorityClass.preemptionPolicy",
        ],
        &["Never", "PreemptLowerPriority"],
    ),
    (&["core.v1.PodOS.name"], &["linux", "windows"]),
    (
        &["core.v1.PodSecurityContext.fsGroupChangePolicy"],
        &["Always", "OnRootMismatch"],
    ),
    (
        &["core.v1.PodSecurityContext.supplementalGroupsPolicy"],
        &["Merge", "Strict"],
    ),
    (
        &["core.v1.PodSecurityContext.seLinuxChangePolicy"],
        &["MountOption", "Recursive"],
    ),
    (
        &[
            "core.v1.SeccompProfile.type",
            "core.v1.AppArmorProfile.type",
        ],
        &["Localhost", "RuntimeDefault", "Unconfined"],
    ),
    (
        &["core.v1.SecurityContext.procMount"],
        &["Default", "Unmasked"],
    ),
    (
        &[
            "core.v1.Container.imagePullPolicy",
            "core.v1.EphemeralContainer.imagePullPolicy",
            "core.v1.ImageVolumeSource.pullPolicy",
        ],
        &["Always", "IfNotPresent", "Never"],
    ),
    (
        &[
            "core.v1.Container.terminationMessagePolicy",
            "core.v1.EphemeralContainer.terminationMessagePolicy",
        ],
        &["FallbackToLogsOnError", "File"],
    ),
    (
        &["core.v1.ContainerResizePolicy.restartPolicy"],
        &["NotRequired", "RestartContainer"],
    ),
    (&["core.v1.HTTPGetAction.scheme"], &["HTTP", "HTTPS"]),
    (
        &["core.v1.VolumeMount.mountPropagation"],
        &["Bidirectional", "HostToContainer", "None"],
    ),
    (
        &["core.v1.VolumeMount.recursiveReadOnly"],
        &["Disabled", "Enabled", "IfPossible"],
    ),
    (
        &["core.v1.HostPathVolumeSource.type"],
        &[
            "",
            "BlockDevice",
            "CharDevice",
            "Directory",
            "DirectoryOrCreate",
            "File",
            "FileOrCreate",
            "Socket",
        ],
    ),
    // Scheduling.
    (
        &["core.v1.Toleration.effect"],
        &["NoExecute", "NoSchedule", "PreferNoSchedule"],
    ),
    (
        &["core.v1.Toleration.operator"],
        &["Equal", "Exists", "Gt", "Lt"],
    ),
    (
        &["core.v1.NodeSelectorRequirement.operator"],
        &["DoesNotExist", "Exists", "Gt", "In", "Lt", "NotIn"],
    ),
    (
        &["meta.v1.LabelSelectorRequirement.operator"],
        &["DoesNotExist", "Exists", "In", "NotIn"],
    ),
    (
        &["core.v1.TopologySpreadConstraint.whenUnsatisfiable"],
        &["DoNotSchedule", "ScheduleAnyway"],
    ),
    (
        &[
            "core.v1.TopologySpreadConstraint.nodeAffinityPolicy",
            "core.v1.TopologySpreadConstraint.nodeTaintsPolicy",
        ],
        &["Honor", "Ignore"],
    ),
    // Storage.
    (
        &["core.v1.PersistentVolumeClaimSpec.accessModes"],
        &[
            "ReadOnlyMany",
            "ReadWriteMany",
            "ReadWriteOnce",
            "ReadWriteOncePod",
        ],
    ),
    (
        &["core.v1.PersistentVolumeClaimSpec.volumeMode"],
        &["Block", "Filesystem"],
    ),
    // Networking.
    (
        &[
            "core.v1.ContainerPort.protocol",
            "core.v1.ServicePort.protocol",
            "networking.v1.NetworkPolicyPort.protocol",
        ],
        &["SCTP", "TCP", "UDP"],
    ),
    (
        &["core.v1.ServiceSpec.type"],
        &["ClusterIP", "ExternalName", "LoadBalancer", "NodePort"],
    ),
    (
        &["core.v1.ServiceSpec.sessionAffinity"],
        &["ClientIP", "None"],
    ),
    (
        &[
            "core.v1.ServiceSpec.externalTrafficPolicy",
            "core.v1.ServiceSpec.internalTrafficPolicy",
        ],
        &["Cluster", "Local"],
    ),
    (&["core.v1.ServiceSpec.ipFamilies"], &["IPv4", "IPv6"]),
    (
        &["core.v1.ServiceSpec.ipFamilyPolicy"],
        &["PreferDualStack", "RequireDualStack", "SingleStack"],
    ),
    (
        &["core.v1.ServiceSpec.trafficDistribution"],
        &["PreferClose", "PreferSameNode", "PreferSameZone"],
    ),
    (
        &["networking.v1.NetworkPolicySpec.policyTypes"],
        &["Egress", "Ingress"],
    ),
    (
        &["networking.v1.HTTPIngressPath.pathType"],
        &["Exact", "ImplementationSpecific", "Prefix"],
    ),
    // Access.
    (
        &["rbac.v1.Subject.kind"],
        &["Group", "ServiceAccount", "User"],
    ),
    (&["rbac.v1.RoleRef.kind"], &["ClusterRole", "Role"]),
];
