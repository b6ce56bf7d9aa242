//! What the API takes for granted in a pod.

use super::defaults::Is::{False, Int, Text, True};
use super::defaults::Row;

/// As [`super::defaults`] has it, of pod templates.
#[rustfmt::skip] // One row a line.
pub(super) const PODS: &[Row] = &[
    ("*", "PT/spec/restartPolicy", Text("Always")),
    ("*", "PT/spec/dnsPolicy", Text("ClusterFirst")),
    ("*", "PT/spec/schedulerName", Text("default-scheduler")),
    ("*", "PT/spec/terminationGracePeriodSeconds", Int(30)),
    ("*", "PT/spec/hostNetwork|hostPID|hostIPC", False),
    ("*", "PT/spec/enableServiceLinks", True),
    ("*", "PT/spec/tolerations/[]/operator", Text("Equal")),
    ("*", "PT/spec/topologySpreadConstraints/[]/nodeAffinityPolicy", Text("Honor")),
    ("*", "PT/spec/topologySpreadConstraints/[]/nodeTaintsPolicy", Text("Ignore")),
    ("*", "PT/spec/*/[]/terminationMessagePath", Text("/dev/termination-log")),
    ("*", "PT/spec/*/[]/terminationMessagePolicy", Text("File")),
    ("*", "PT/spec/*/[]/stdin|stdinOnce|tty", False),
    ("*", "PT/spec/*/[]/securityContext/procMount", Text("Default")),
    ("*", "PT/spec/*/[]/ports/[]/protocol", Text("TCP")),
    ("*", "PT/spec/*/[]/volumeMounts/[]/readOnly", False),
    ("*", "PT/spec/*/[]/env/[]/value", Text("")),
    ("*", "PT/spec/*/[]/env/[]/valueFrom/fieldRef/apiVersion", Text("v1")),
    ("*", "PT/spec/*/[]/env/[]/valueFrom/resourceFieldRef/divisor", Text("0")),
    ("*", "PT/spec/*/[]/livenessProbe|readinessProbe|startupProbe/timeoutSeconds|successThreshold", Int(1)),
    ("*", "PT/spec/*/[]/livenessProbe|readinessProbe|startupProbe/periodSeconds", Int(10)),
    ("*", "PT/spec/*/[]/livenessProbe|readinessProbe|startupProbe/failureThreshold", Int(3)),
    ("*", "PT/spec/*/[]/livenessProbe|readinessProbe|startupProbe/initialDelaySeconds", Int(0)),
    ("*", "PT/spec/**/httpGet/scheme", Text("HTTP")),
    ("*", "PT/spec/**/httpGet/path", Text("/")),
    ("*", "PT/spec/**/grpc/service", Text("")),
    ("*", "PT/spec/volumes/[]/configMap|secret|projected|downwardAPI/defaultMode", Int(0o644)),
    ("*", "PT/spec/volumes/[]/hostPath/type", Text("")),
    ("*", "PT/spec/volumes/[]/projected/sources/[]/serviceAccountToken/expirationSeconds", Int(3600)),
    ("*", "PT/spec/volumes/[]/**/fieldRef/apiVersion", Text("v1")),
];
