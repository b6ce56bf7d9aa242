//! What every process tells of itself, by the names that Prometheus' own libraries use.

use super::{Metric, counter, gauge};

/// What every process tells of itself.
pub const PROCESS: &[Metric] = &[
    gauge("kubefuncs_build_info", &["version"], "1, and the version."),
    counter(
        "process_cpu_seconds_total",
        &[],
        "CPU time used, user and system.",
    ),
    gauge("process_resident_memory_bytes", &[], "Memory in use."),
    gauge("process_open_fds", &[], "Open file descriptors."),
    gauge("process_max_fds", &[], "File descriptors it may open."),
    gauge(
        "process_start_time_seconds",
        &[],
        "When it started, in seconds since 1970.",
    ),
];
