//! What a subject is asked to do, and what it answers.

use std::net::SocketAddr;
use std::process::Command;
use std::time::Duration;

use clap::ValueEnum;
use kubefuncs_testkit::Process;
use serde::{Deserialize, Serialize};

use crate::{Fault, foreign, ours, probe, report};

/// Bytes of a request, an answer, a message. What is held in memory has [`HELD`].
pub(crate) const SIZE: usize = 200;
/// Bytes of a message that is held in memory.
pub(crate) const HELD: usize = 1024;
/// The channel of every subscription but those to replies.
pub(crate) const CHANNEL: &str = "c";
/// Before anything counts.
pub(crate) const WARM_UP: Duration = Duration::from_millis(300);
/// No measurement takes so long.
const LIMIT: Duration = Duration::from_secs(120);

/// Whose work is measured.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, ValueEnum)]
pub(crate) enum Subject {
    Probe,
    Ours,
    GoNsq,
    TokioNsq,
}

/// What is measured.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, ValueEnum)]
pub(crate) enum Work {
    /// A caller and a function in one process: `in_flight` calls, each followed by the next.
    Call,
    /// `in_flight` publishes that wait for their OK, each followed by the next.
    Publish,
    /// `count` messages are there; all are consumed and finished.
    Consume,
    /// `count` messages are there; all are taken and none is finished.
    Hold,
}

/// How nsqd gathers messages before it writes them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, ValueEnum)]
pub(crate) enum Buffer {
    /// `output_buffer_size` −1: each message at once.
    None,
    /// nsqd's default: 16 KiB or 250 ms.
    Default,
    /// 16 KiB or 25 ms.
    Ms25,
}

/// One measurement.
#[derive(Debug, Clone, clap::Args)]
pub(crate) struct Job {
    #[arg(long)]
    pub(crate) subject: Subject,
    #[arg(long)]
    pub(crate) work: Work,
    #[arg(long)]
    pub(crate) nsqd: SocketAddr,
    #[arg(long)]
    pub(crate) topic: String,
    #[arg(long, default_value = "1")]
    pub(crate) in_flight: u32,
    /// Connections a side; the probe's alone
    #[arg(long, default_value = "1")]
    pub(crate) connections: u32,
    #[arg(long, default_value = "none")]
    pub(crate) buffer: Buffer,
    #[arg(long, default_value = "1000")]
    pub(crate) millis: u64,
    #[arg(long, default_value = "0")]
    pub(crate) count: u64,
}

/// What came of it.
#[derive(Debug, Clone, Copy, Default, Serialize, Deserialize)]
pub(crate) struct Measured {
    pub(crate) operations: u64,
    pub(crate) seconds: f64,
    /// Latency of a call; 0 for other work.
    pub(crate) p50_us: f64,
    pub(crate) p99_us: f64,
    /// Processor time of the subject from the start of the work to its end.
    pub(crate) cpu_seconds: f64,
    /// All that was done in that time, warm-up and end included.
    pub(crate) cpu_operations: u64,
    /// Memory of the subject at the end of the work.
    pub(crate) rss_kib: u64,
}

impl Measured {
    pub(crate) fn rate(&self) -> f64 {
        self.operations as f64 / self.seconds
    }

    pub(crate) fn cpu_us(&self) -> f64 {
        self.cpu_seconds * 1e6 / self.cpu_operations as f64
    }
}

/// Does the work of a subject that is compiled in, and prints what came of it.
pub(crate) fn run(job: &Job) -> Result<(), Fault> {
    let measured = match job.subject {
        Subject::Probe => probe::run(job)?,
        Subject::Ours => ours::run(job)?,
        other => return Err(format!("{other:?} is another program").into()),
    };
    report(&serde_json::to_string(&measured)?);
    Ok(())
}

/// Has the work done by a process of its own.
pub(crate) fn measure(job: &Job) -> Result<Measured, Fault> {
    let mut command = match job.subject {
        Subject::Probe | Subject::Ours => {
            let mut command = Command::new(std::env::current_exe()?);
            command.arg("subject");
            command
        }
        Subject::GoNsq => Command::new(foreign::go("client")?),
        Subject::TokioNsq => Command::new(foreign::tokio_nsq()?),
    };
    command.args(flags(job));
    let mut process = Process::start("subject", command);
    let status = process.wait(LIMIT);
    if !status.success() {
        return Err(format!("{job:?}\n{}", process.last_words()).into());
    }
    let said = process.stdout();
    serde_json::from_str(&said).map_err(|error| format!("{job:?} said {said:?}: {error}").into())
}

fn flags(job: &Job) -> Vec<String> {
    let word = |value: &dyn Fn() -> Option<clap::builder::PossibleValue>| {
        value().map_or_else(String::new, |value| value.get_name().to_owned())
    };
    let pairs = [
        ("subject", word(&|| job.subject.to_possible_value())),
        ("work", word(&|| job.work.to_possible_value())),
        ("nsqd", job.nsqd.to_string()),
        ("topic", job.topic.clone()),
        ("in-flight", job.in_flight.to_string()),
        ("connections", job.connections.to_string()),
        ("buffer", word(&|| job.buffer.to_possible_value())),
        ("millis", job.millis.to_string()),
        ("count", job.count.to_string()),
    ];
    pairs
        .into_iter()
        .flat_map(|(name, value)| [format!("--{name}"), value])
        .collect()
}
