//! The programme of the clients.

mod cold;
mod plan;

use std::collections::BTreeMap;

use kubefuncs_testkit::{Nsqd, NsqdOptions, http};

use crate::job::{CHANNEL, HELD, Job, Measured, SIZE, Subject, Work, measure};
use crate::samples::median;
use crate::table::{Table, figure};
use crate::{Extent, Fault, foreign, probe, progress, report, resources};
use plan::{Contender, Part, parts};

/// What one contender gave in one part: each a median of all rounds.
#[derive(Debug, Clone, Copy)]
struct Medians {
    rate: f64,
    p50_us: f64,
    p99_us: f64,
    cpu_us: f64,
    nsqd_us: f64,
    rss_mib: f64,
}

/// Measures and prints everything.
pub(crate) fn run(extent: Extent) -> Result<(), Fault> {
    foreign::build_clients()?;
    let options = NsqdOptions::default()
        .arg("-mem-queue-size=2000000")
        .arg("-max-rdy-count=10000");
    let nsqd = Nsqd::start(options);
    report(&settings(extent));
    for part in parts(extent) {
        let results = interleaved(&part, &nsqd, extent.pick(1, part.rounds))?;
        report(&format!(
            "### {}\n\n{}\n\n{}",
            part.title,
            part.note,
            table(&part, &results)
        ));
        for line in part.bars(&results) {
            report(&format!("- {line}"));
        }
        report("");
    }
    drop(nsqd);
    report(&cold::run(extent.pick(3, 20))?);
    Ok(())
}

fn settings(extent: Extent) -> String {
    let cores = std::thread::available_parallelism().map_or(0, usize::from);
    format!(
        "One nsqd {} on the same machine, {cores} cores, loopback, `-mem-queue-size` beyond all that \
         is queued. Requests, answers and messages of {SIZE} bytes. Figures are medians of {} \
         interleaved rounds; each measurement is a process of its own, nsqd is the same one.\n",
        kubefuncs_testkit::NSQ_VERSION,
        extent.pick("1", "3 to 5"),
    )
}

/// Round by round, each contender in its turn.
fn interleaved(part: &Part, nsqd: &Nsqd, rounds: usize) -> Result<Vec<Medians>, Fault> {
    let mut all: BTreeMap<usize, Vec<(Measured, f64)>> = BTreeMap::new();
    for round in 0..rounds {
        for (number, contender) in part.contenders.iter().enumerate() {
            progress(&format!(
                "{}, round {}: {}",
                part.title,
                round + 1,
                contender.name
            ));
            all.entry(number)
                .or_default()
                .push(once(part, contender, nsqd)?);
        }
    }
    let middle = |number: usize, pick: &dyn Fn(&(Measured, f64)) -> f64| {
        median(all[&number].iter().map(pick).collect())
    };
    Ok((0..part.contenders.len())
        .map(|number| Medians {
            rate: middle(number, &|(one, _)| one.rate()),
            p50_us: middle(number, &|(one, _)| one.p50_us),
            p99_us: middle(number, &|(one, _)| one.p99_us),
            cpu_us: middle(number, &|(one, _)| one.cpu_us()),
            nsqd_us: middle(number, &|(_, nsqd)| *nsqd),
            rss_mib: middle(number, &|(one, _)| one.rss_kib as f64 / 1024.0),
        })
        .collect())
}

/// One measurement on fresh topics, and nsqd's processor time for each operation of it.
fn once(part: &Part, contender: &Contender, nsqd: &Nsqd) -> Result<(Measured, f64), Fault> {
    let topic = "bench";
    let replies = format!("{topic}-replies");
    for name in [topic, &replies] {
        post(nsqd, &format!("/topic/create?topic={name}"))?;
        // A published message goes nowhere, so that publishing is all that is measured.
        if part.work != Work::Publish {
            post(
                nsqd,
                &format!("/channel/create?topic={name}&channel={CHANNEL}"),
            )?;
        }
    }
    let size = if part.work == Work::Hold { HELD } else { SIZE };
    probe::fill(nsqd.tcp(), topic, size, part.count)?;
    let job = Job {
        subject: contender.subject,
        work: part.work,
        nsqd: nsqd.tcp(),
        topic: topic.to_owned(),
        in_flight: part.in_flight,
        connections: contender.connections,
        buffer: contender.buffer,
        millis: part.millis,
        count: part.count,
    };
    let pid = nsqd.id().to_string();
    let before = resources::cpu_seconds(&pid)?;
    let measured = measure(&job)?;
    let nsqd_us = (resources::cpu_seconds(&pid)? - before) * 1e6 / measured.cpu_operations as f64;
    for name in [topic, &replies] {
        post(nsqd, &format!("/topic/delete?topic={name}"))?;
    }
    Ok((measured, nsqd_us))
}

fn post(nsqd: &Nsqd, path: &str) -> Result<(), Fault> {
    let response = http::post(nsqd.http(), path, b"")?;
    if response.status == 200 {
        return Ok(());
    }
    Err(format!("nsqd {path}: {}", response.text()).into())
}

/// The contenders, and after each figure its ratio to the first contender's.
fn table(part: &Part, results: &[Medians]) -> String {
    let mut head = vec!["".to_owned()];
    head.extend(part.columns().iter().map(|(name, _)| (*name).to_owned()));
    let mut table = Table::new(head);
    for (contender, result) in part.contenders.iter().zip(results) {
        let mut row = vec![contender.name.to_owned()];
        for (at, (_, pick)) in part.columns().iter().enumerate() {
            let (value, first) = (pick(result), pick(&results[0]));
            let ratio = figure(value / first);
            // The first column is what the part is about.
            row.push(if at == 0 {
                format!("{} ({ratio}×)", figure(value))
            } else {
                figure(value)
            });
        }
        table.row(row);
    }
    table.markdown()
}

/// Whether our own result has a subject at all in this part.
fn ours(part: &Part, results: &[Medians]) -> Option<Medians> {
    let at = part
        .contenders
        .iter()
        .position(|one| one.subject == Subject::Ours)?;
    results.get(at).copied()
}
