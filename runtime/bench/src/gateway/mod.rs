//! The programme of the gateways.

mod memory;
mod server;

use std::time::Duration;

use kubefuncs_testkit::{Nsqd, NsqdOptions};

use crate::job::{Buffer, Job, Subject, Work, measure};
use crate::load::{self, Load, Loop};
use crate::samples::median;
use crate::table::{Table, figure};
use crate::{Extent, Fault, progress, report};
use server::{Kind, Server};

const KINDS: [Kind; 4] = [Kind::Ours, Kind::Original, Kind::Relay, Kind::Hello];

/// Measures and prints everything.
pub(crate) fn run(extent: Extent) -> Result<(), Fault> {
    let runtime = tokio::runtime::Runtime::new()?;
    let servers = KINDS.map(|kind| Server::start(kind, true));
    let servers = servers.into_iter().collect::<Result<Vec<_>, _>>()?;
    report(SETTINGS);
    let connections = extent.pick(vec![1, 64], vec![1, 64, 256, 1000]);
    let rounds = extent.pick(1, 5);
    let lasting = Duration::from_millis(extent.pick(500, 2000));
    let mut best = [0.0_f64; KINDS.len()];
    let mut at_64 = [0.0; KINDS.len()];
    let mut client = Client::new(extent);
    for number in connections {
        let loads = all_rounds(&servers, number, rounds, lasting, Loop::Closed, || {
            if number == 64 { client.round() } else { Ok(()) }
        })?;
        report(&format!(
            "### Closed loop, {number} connections\n\n{}",
            table(&loads)
        ));
        for (kind, load) in loads.iter().enumerate() {
            best[kind] = best[kind].max(load.rate);
            if number == 64 {
                at_64[kind] = load.rate;
            }
        }
    }
    bars_of_throughput(at_64[0], at_64[1], median(client.rates));
    let rate = best[0].min(best[1]) / 2.0;
    let rounds = extent.pick(1, 7);
    let loads = all_rounds(&servers, 256, rounds, lasting, Loop::Open(rate), || Ok(()))?;
    let what = "half of the slowest gateway's best; at most 256 connections";
    report(&format!(
        "### Open loop, {} requests/s ({what})\n\n{}",
        figure(rate),
        table(&loads)
    ));
    let [ratio, floor] = [0, 2].map(|kind| loads[kind].p99_us / loads[1].p99_us);
    let met = verdict(ratio <= 0.2);
    report(&format!(
        "- p99 ≤ 1/5 of the original's: {}×, where the bare relay has {}× — {met}\n",
        figure(ratio),
        figure(floor)
    ));
    drop(servers);
    report(&memory::run(&runtime, extent)?);
    Ok(())
}

const SETTINGS: &str = "\
Everything on one machine and loopback: the load generator (ours, `runtime/bench/src/load`), the \
server, and for a gateway its function and an nsqd of its own. GET with a short answer. \
kubefuncs-gateway and the example function run with their defaults, but for \
`KUBEFUNCS_CONCURRENCY=256`; the original's manner is `tools/bench/go-nsq/gateway`, both sides with \
go-nsq's defaults: one message at a time. Figures are medians of interleaved rounds.\n";

/// Round by round, each server in its turn, and then `last`; the median of each figure.
fn all_rounds(
    servers: &[Server],
    connections: usize,
    rounds: usize,
    lasting: Duration,
    form: Loop,
    mut last: impl FnMut() -> Result<(), Fault>,
) -> Result<Vec<Load>, Fault> {
    let mut all = vec![Vec::new(); servers.len()];
    for round in 0..rounds {
        for (server, loads) in servers.iter().zip(&mut all) {
            let (kind, round) = (server.kind.name(), round + 1);
            progress(&format!(
                "{form:?}, {connections} connections, round {round}: {kind}"
            ));
            let load = load::run(server.addr(), "/test/", connections, lasting, form)?;
            loads.push(load);
        }
        last()?;
    }
    Ok(all.iter().map(|loads| middle(loads)).collect())
}

fn middle(loads: &[Load]) -> Load {
    let of = |pick: fn(&Load) -> f64| median(loads.iter().map(pick).collect());
    Load {
        rate: of(|load| load.rate),
        p50_us: of(|load| load.p50_us),
        p99_us: of(|load| load.p99_us),
        p999_us: of(|load| load.p999_us),
        failed: loads.iter().map(|load| load.failed).sum(),
        own_cpu: of(|load| load.own_cpu),
    }
}

fn table(loads: &[Load]) -> String {
    let mut table = Table::new([
        "",
        "answers/s",
        "p50, µs",
        "p99, µs",
        "p99.9, µs",
        "failed, all rounds",
        "generator's CPU, cores",
    ]);
    for (kind, load) in KINDS.iter().zip(loads) {
        table.row([
            kind.name().to_owned(),
            figure(load.rate),
            figure(load.p50_us),
            figure(load.p99_us),
            figure(load.p999_us),
            load.failed.to_string(),
            figure(load.own_cpu),
        ]);
    }
    table.markdown()
}

/// Our own client's calls a second with 64 in flight.
struct Client {
    nsqd: Nsqd,
    millis: u64,
    rates: Vec<f64>,
}

impl Client {
    fn new(extent: Extent) -> Self {
        Self {
            nsqd: Nsqd::start(NsqdOptions::default()),
            millis: extent.pick(300, 1500),
            rates: Vec::new(),
        }
    }

    fn round(&mut self) -> Result<(), Fault> {
        let round = self.rates.len() + 1;
        progress(&format!("our client, 64 in flight, round {round}"));
        let job = Job {
            subject: Subject::Ours,
            work: Work::Call,
            nsqd: self.nsqd.tcp(),
            topic: format!("bench-{round}"),
            in_flight: 64,
            connections: 1,
            buffer: Buffer::None,
            millis: self.millis,
            count: 0,
        };
        self.rates.push(measure(&job)?.rate());
        Ok(())
    }
}

fn bars_of_throughput(ours: f64, original: f64, client: f64) {
    let (fold, share) = (ours / original, ours / client);
    report(&format!(
        "Our client alone, 64 in flight: {} calls/s.\n\n\
         - 64 connections: ≥ 4× the original's throughput: {}× — {}\n\
         - 64 connections: ≥ 0.6× our own client's calls/s: {}× — {}\n",
        figure(client),
        figure(fold),
        verdict(fold >= 4.0),
        figure(share),
        verdict(share >= 0.6),
    ));
}

fn verdict(met: bool) -> &'static str {
    if met { "met" } else { "MISSED" }
}
