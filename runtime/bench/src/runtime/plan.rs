//! What is compared with what.

use super::{Medians, ours};
use crate::Extent;
use crate::job::{Buffer, Subject, Work};
use crate::table::figure;

/// One row of a table.
pub(super) struct Contender {
    pub(super) name: &'static str,
    pub(super) subject: Subject,
    pub(super) buffer: Buffer,
    pub(super) connections: u32,
}

/// One table.
pub(super) struct Part {
    pub(super) title: String,
    pub(super) note: &'static str,
    pub(super) work: Work,
    pub(super) in_flight: u32,
    pub(super) count: u64,
    pub(super) millis: u64,
    pub(super) rounds: usize,
    pub(super) contenders: Vec<Contender>,
}

type Column = (&'static str, fn(&Medians) -> f64);

impl Part {
    /// What the table shows, the most important first.
    pub(super) fn columns(&self) -> Vec<Column> {
        let cpu: Column = ("CPU, µs each", |result| result.cpu_us);
        let nsqd: Column = ("nsqd's CPU, µs each", |result| result.nsqd_us);
        let p50: Column = ("p50, µs", |result| result.p50_us);
        let p99: Column = ("p99, µs", |result| result.p99_us);
        let rate: Column = ("per second", |result| result.rate);
        let memory: Column = ("memory, MiB", |result| result.rss_mib);
        match self.work {
            Work::Call if self.in_flight == 1 => vec![p50, p99, rate, cpu, nsqd],
            Work::Call => vec![rate, p50, p99, cpu, nsqd, memory],
            Work::Publish | Work::Consume => vec![rate, cpu, nsqd],
            Work::Hold => vec![memory],
        }
    }

    /// The bars that this part decides.
    pub(super) fn bars(&self, results: &[Medians]) -> Vec<String> {
        let Some(ours) = ours(self, results) else {
            return Vec::new();
        };
        let of = |subject| {
            let rows = self.contenders.iter().zip(results);
            rows.filter(move |(row, _)| row.subject == subject)
                .map(|(_, result)| *result)
        };
        let bar = |what: &str, value: f64, met: bool| {
            let verdict = if met { "met" } else { "MISSED" };
            format!("{what}: {}× — {verdict}", figure(value))
        };
        match (self.work, self.in_flight) {
            (Work::Call, 1) => {
                // Ours has a buffer of 16 KiB, and a window that is full with one message.
                let same =
                    |row: &Contender| row.subject == Subject::Probe && row.buffer == Buffer::Ms25;
                let Some(at) = self.contenders.iter().position(same) else {
                    return Vec::new();
                };
                let ratio = ours.p50_us / results[at].p50_us;
                vec![bar(
                    "p50 ≤ 1.3× the probe with the same settings",
                    ratio,
                    ratio <= 1.3,
                )]
            }
            (Work::Call, 256) => {
                let calm = of(Subject::Probe).filter(|probe| probe.p99_us <= 5.0 * probe.p50_us);
                let ratio = ours.rate / calm.map(|probe| probe.rate).fold(0.0, f64::max);
                let what = "calls/s ≥ 0.7× the best probe whose p99 ≤ 5× its p50";
                vec![bar(what, ratio, ratio >= 0.7)]
            }
            (Work::Publish | Work::Consume, _) => {
                let Some(go) = of(Subject::GoNsq).next() else {
                    return Vec::new();
                };
                let (rate, cpu) = (ours.rate / go.rate, ours.cpu_us / go.cpu_us);
                vec![
                    bar("throughput ≥ 0.95× go-nsq", rate, rate >= 0.95),
                    bar("at less CPU than go-nsq", cpu, cpu < 1.0),
                ]
            }
            _ => Vec::new(),
        }
    }
}

pub(super) fn parts(extent: Extent) -> Vec<Part> {
    let in_flight = extent.pick(vec![1, 256], vec![1, 64, 256, 1000]);
    let mut parts: Vec<Part> = in_flight.into_iter().map(|n| calls(n, extent)).collect();
    let queue = |title: &str, note, work, in_flight, count| Part {
        title: title.to_owned(),
        note,
        work,
        in_flight,
        count,
        millis: extent.pick(300, 1500),
        rounds: 5,
        contenders: vec![
            row("bare probe", Subject::Probe, Buffer::Default, 1),
            row("kubefuncs-nsq", Subject::Ours, Buffer::Default, 1),
            row("go-nsq", Subject::GoNsq, Buffer::Default, 1),
            row("tokio-nsq", Subject::TokioNsq, Buffer::Default, 1),
        ],
    };
    parts.push(queue(
        "Publishing",
        "PUB, one message each, 256 waiting for their OK; a topic without a channel.",
        Work::Publish,
        256,
        0,
    ));
    parts.push(queue(
        "Consuming",
        "RDY 1,000 on one connection, nsqd's default buffering; every message finished.",
        Work::Consume,
        1000,
        extent.pick(20_000, 100_000),
    ));
    parts.push(Part {
        rounds: 3,
        ..queue(
            "Memory at 10,000 messages in flight",
            "RDY 10,000 on one connection, messages of 1 KiB, none finished.",
            Work::Hold,
            10_000,
            10_000,
        )
    });
    parts
}

fn calls(in_flight: u32, extent: Extent) -> Part {
    let mut contenders = vec![
        row(
            "bare probe: unbuffered, one connection a side",
            Subject::Probe,
            Buffer::None,
            1,
        ),
        row(
            "bare probe: 16 KiB or 25 ms, one connection a side",
            Subject::Probe,
            Buffer::Ms25,
            1,
        ),
        // With more connections the two cores only change threads.
        row(
            "bare probe: 16 KiB, RDY 1 on each of 8 connections a side",
            Subject::Probe,
            Buffer::Default,
            8,
        ),
    ];
    contenders.extend([
        row(
            "kubefuncs: `Client` and `Function`, 16 KiB, window after the traffic",
            Subject::Ours,
            Buffer::Ms25,
            1,
        ),
        row("go-nsq: unbuffered", Subject::GoNsq, Buffer::None, 1),
        row(
            "tokio-nsq: nsqd's default, own flush each 1 ms",
            Subject::TokioNsq,
            Buffer::Default,
            1,
        ),
    ]);
    Part {
        title: format!("Calls, {in_flight} in flight"),
        note: "Caller and function in one process; a call is PUB, delivery, PUB of the answer and \
               FIN, delivery, FIN. Each answer is followed by the next call.",
        work: Work::Call,
        in_flight,
        count: 0,
        millis: extent.pick(300, 1200),
        rounds: 5,
        contenders,
    }
}

fn row(name: &'static str, subject: Subject, buffer: Buffer, connections: u32) -> Contender {
    Contender {
        name,
        subject,
        buffer,
        connections,
    }
}
