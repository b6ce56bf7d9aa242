//! Fields whose numbers have narrower bounds than their type.

use serde_json::json;

use super::{Definitions, extend, scalar};

pub(super) fn apply(definitions: &mut Definitions) {
    for (fields, least, most) in RANGES {
        for at in *fields {
            let schema = scalar(definitions, at);
            assert_eq!(schema["type"], "integer", "{at} is not a number");
            extend(schema, json!({"minimum": least, "maximum": most}));
        }
    }
}

const I32: i64 = i32::MAX as i64;

/// Fields, the least and the most they may be.
const RANGES: &[(&[&str], i64, i64)] = &[
    (
        &[
            "core.v1.ContainerPort.containerPort",
            "core.v1.GRPCAction.port",
            "core.v1.ServicePort.port",
            "networking.v1.NetworkPolicyPort.endPort",
            "networking.v1.ServiceBackendPort.number",
        ],
        1,
        65535,
    ),
    (
        // 0 leaves the choice to the cluster.
        &[
            "core.v1.ContainerPort.hostPort",
            "core.v1.ServicePort.nodePort",
            "core.v1.ServiceSpec.healthCheckNodePort",
        ],
        0,
        65535,
    ),
    (
        &[
            "apps.v1.DaemonSetSpec.minReadySeconds",
            "apps.v1.DaemonSetSpec.revisionHistoryLimit",
            "apps.v1.DeploymentSpec.minReadySeconds",
            "apps.v1.DeploymentSpec.progressDeadlineSeconds",
            "apps.v1.DeploymentSpec.replicas",
            "apps.v1.DeploymentSpec.revisionHistoryLimit",
            "apps.v1.ReplicaSetSpec.minReadySeconds",
            "apps.v1.ReplicaSetSpec.replicas",
            "apps.v1.RollingUpdateStatefulSetStrategy.partition",
            "apps.v1.StatefulSetOrdinals.start",
            "apps.v1.StatefulSetSpec.minReadySeconds",
            "apps.v1.StatefulSetSpec.replicas",
            "apps.v1.StatefulSetSpec.revisionHistoryLimit",
            "autoscaling.v2.HorizontalPodAutoscalerSpec.minReplicas",
            "batch.v1.CronJobSpec.failedJobsHistoryLimit",
            "batch.v1.CronJobSpec.successfulJobsHistoryLimit",
            "batch.v1.JobSpec.backoffLimit",
            "batch.v1.JobSpec.backoffLimitPerIndex",
            "batch.v1.JobSpec.completions",
            "batch.v1.JobSpec.maxFailedIndexes",
            "batch.v1.JobSpec.parallelism",
            "batch.v1.JobSpec.ttlSecondsAfterFinished",
            "core.v1.Probe.initialDelaySeconds",
        ],
        0,
        I32,
    ),
    (
        &[
            "batch.v1.CronJobSpec.startingDeadlineSeconds",
            "batch.v1.JobSpec.activeDeadlineSeconds",
            "core.v1.PodSpec.terminationGracePeriodSeconds",
            "core.v1.SleepAction.seconds",
        ],
        0,
        i64::MAX,
    ),
    (
        &[
            "autoscaling.v2.HPAScalingPolicy.value",
            "autoscaling.v2.HorizontalPodAutoscalerSpec.maxReplicas",
            "autoscaling.v2.MetricTarget.averageUtilization",
            "core.v1.Probe.failureThreshold",
            "core.v1.Probe.periodSeconds",
            "core.v1.Probe.successThreshold",
            "core.v1.Probe.timeoutSeconds",
            "core.v1.TopologySpreadConstraint.maxSkew",
            "core.v1.TopologySpreadConstraint.minDomains",
        ],
        1,
        I32,
    ),
    (
        &[
            "core.v1.PodSpec.activeDeadlineSeconds",
            "core.v1.Probe.terminationGracePeriodSeconds",
        ],
        1,
        i64::MAX,
    ),
    (
        &[
            "core.v1.PreferredSchedulingTerm.weight",
            "core.v1.WeightedPodAffinityTerm.weight",
        ],
        1,
        100,
    ),
    (&["autoscaling.v2.HPAScalingPolicy.periodSeconds"], 1, 1800),
    (
        &["autoscaling.v2.HPAScalingRules.stabilizationWindowSeconds"],
        0,
        3600,
    ),
    (&["core.v1.ClientIPConfig.timeoutSeconds"], 1, 86400),
    (
        &["core.v1.ServiceAccountTokenProjection.expirationSeconds"],
        600,
        1 << 32,
    ),
    (
        &["scheduling.v1.PriorityClass.value"],
        i32::MIN as i64,
        1_000_000_000,
    ),
    (
        // 0777: a mode that was written in octal but read as decimal is mostly above it.
        &[
            "core.v1.ConfigMapVolumeSource.defaultMode",
            "core.v1.DownwardAPIVolumeFile.mode",
            "core.v1.DownwardAPIVolumeSource.defaultMode",
            "core.v1.KeyToPath.mode",
            "core.v1.ProjectedVolumeSource.defaultMode",
            "core.v1.SecretVolumeSource.defaultMode",
        ],
        0,
        0o777,
    ),
    (
        &[
            "core.v1.PodSecurityContext.fsGroup",
            "core.v1.PodSecurityContext.runAsGroup",
            "core.v1.PodSecurityContext.runAsUser",
            "core.v1.PodSecurityContext.supplementalGroups",
            "core.v1.SecurityContext.runAsGroup",
            "core.v1.SecurityContext.runAsUser",
        ],
        0,
        I32,
    ),
];
