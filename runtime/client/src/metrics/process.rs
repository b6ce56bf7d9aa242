//! What the system tells about this process, under the names all Prometheus clients use.

use prometheus::core::{Collector, Desc};
use prometheus::proto::MetricFamily;
use prometheus::{Counter, Gauge};

/// The unit of times in `/proc/<pid>/stat`: 100 a second on every Linux of today (proc(5), USER_HZ).
const TICKS: f64 = 100.0;

/// Reads `/proc` when it is asked; elsewhere it tells nothing.
pub(super) struct Process {
    cpu: Counter,
    memory: Gauge,
    files: Gauge,
    most_files: Gauge,
    start: Gauge,
}

/// What `/proc` tells now.
struct Figures {
    cpu: f64,
    memory: f64,
    files: f64,
    most_files: f64,
    start: f64,
}

impl Process {
    pub(super) fn new() -> Self {
        const VALID: &str = "the name is one";
        let gauge = |name, help| Gauge::new(name, help).expect(VALID);
        Self {
            cpu: Counter::new(
                "process_cpu_seconds_total",
                "CPU time used, user and system.",
            )
            .expect(VALID),
            memory: gauge("process_resident_memory_bytes", "Memory in use."),
            files: gauge("process_open_fds", "Open file descriptors."),
            most_files: gauge("process_max_fds", "File descriptors it may open."),
            start: gauge(
                "process_start_time_seconds",
                "When it started, in seconds since 1970.",
            ),
        }
    }

    fn gauges(&self) -> [&Gauge; 4] {
        [&self.memory, &self.files, &self.most_files, &self.start]
    }
}

impl Collector for Process {
    fn desc(&self) -> Vec<&Desc> {
        let gauges = self.gauges().into_iter().flat_map(Collector::desc);
        self.cpu.desc().into_iter().chain(gauges).collect()
    }

    fn collect(&self) -> Vec<MetricFamily> {
        let Some(now) = figures() else {
            return Vec::new();
        };
        // Clocks of processors only go forward; a counter takes nothing else.
        self.cpu.inc_by((now.cpu - self.cpu.get()).max(0.0));
        self.memory.set(now.memory);
        self.files.set(now.files);
        self.most_files.set(now.most_files);
        self.start.set(now.start);
        let gauges = self.gauges().into_iter().flat_map(Collector::collect);
        self.cpu.collect().into_iter().chain(gauges).collect()
    }
}

fn figures() -> Option<Figures> {
    let stat = std::fs::read_to_string("/proc/self/stat").ok()?;
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let system = std::fs::read_to_string("/proc/stat").ok()?;
    let files = std::fs::read_dir("/proc/self/fd").ok()?.count();
    let limits = std::fs::read_to_string("/proc/self/limits").ok()?;
    let (cpu, since_boot) = times(&stat)?;
    Some(Figures {
        cpu,
        memory: after(&status, "VmRSS:")? * 1024.0,
        // Looking takes one itself.
        files: u32::try_from(files.saturating_sub(1)).ok()?.into(),
        // `unlimited` is no number; no limit is as good as a large one.
        most_files: after(&limits, "Max open files").unwrap_or(f64::INFINITY),
        start: after(&system, "btime")? + since_boot,
    })
}

/// Seconds on processors, and seconds from the boot of the system to the start of the process:
/// fields 14, 15 and 22 of proc(5). The second one, the program's name, may hold anything.
fn times(stat: &str) -> Option<(f64, f64)> {
    let (_, rest) = stat.rsplit_once(')')?;
    let fields = rest.split_ascii_whitespace().collect::<Vec<_>>();
    let field = |number: usize| fields.get(number - 3)?.parse::<f64>().ok();
    Some(((field(14)? + field(15)?) / TICKS, field(22)? / TICKS))
}

/// The number behind a word at the start of a line.
fn after(text: &str, word: &str) -> Option<f64> {
    let line = text.lines().find_map(|line| line.strip_prefix(word))?;
    line.split_ascii_whitespace().next()?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_program_may_have_any_name() {
        let stat = "42 (a) b (c) S 1 1 1 0 -1 4194560 100 0 0 0 250 50 0 0 20 0 4 0 1200 0 0";
        assert_eq!(times(stat), Some((3.0, 12.0)));
        assert_eq!(times("42 (a"), None);
        assert_eq!(times("42 (a) S 1"), None);
    }
}
