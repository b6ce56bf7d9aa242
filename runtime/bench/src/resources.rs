//! What a process has used, from `/proc`.

use std::fs;
use std::io;

/// Linux counts CPU time for `/proc` in hundredths of a second.
const TICKS: f64 = 100.0;

/// The processor time of a process so far, in seconds: its own and the kernel's for it.
pub(crate) fn cpu_seconds(process: &str) -> io::Result<f64> {
    let stat = fs::read_to_string(format!("/proc/{process}/stat"))?;
    // The second field is the program's name in brackets, and may hold spaces.
    let fields = stat.rsplit_once(") ").map_or("", |(_, rest)| rest);
    let ticks = fields.split(' ').skip(11).take(2);
    Ok(ticks
        .filter_map(|field| field.parse::<f64>().ok())
        .sum::<f64>()
        / TICKS)
}

/// The memory of a process that is in RAM now, in KiB.
pub(crate) fn rss_kib(process: &str) -> io::Result<u64> {
    let status = fs::read_to_string(format!("/proc/{process}/status"))?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
    let kib = line.and_then(|rest| rest.split_whitespace().next()?.parse().ok());
    kib.ok_or_else(|| io::Error::other(format!("no VmRSS in the status of process {process}")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_process_has_used_something() {
        assert!(cpu_seconds("self").unwrap() >= 0.0);
        assert!(rss_kib("self").unwrap() > 100);
        assert!(rss_kib("no such process").is_err());
    }
}
