//! How much memory calls take that wait for their answer.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use kubefuncs::{Config, Context, Failure, Function, Raw};
use tokio::runtime::Runtime;
use tokio::task::JoinSet;

use super::server::{Kind, Server};
use crate::load::{Connection, request};
use crate::table::{Table, figure};
use crate::{Extent, Fault, progress, resources};

/// Nothing has changed for so long: everybody is where they stay.
const CALM: Duration = Duration::from_millis(700);
/// The Go gateway gives up after 3 s, so it is looked at before.
const LIMIT: Duration = Duration::from_millis(2500);
const LIMIT_OURS: Duration = Duration::from_secs(20);

pub(super) fn run(runtime: &Runtime, extent: Extent) -> Result<String, Fault> {
    let small = 1 << 10;
    let large = 512 << 10;
    let cases = [
        (Kind::Ours, 1_000, small),
        (Kind::Ours, 10_000, small),
        (Kind::Ours, 1_000, large),
        (Kind::Ours, 10_000, large),
        (Kind::Original, 1_000, small),
        (Kind::Original, 10_000, small),
    ];
    let columns = [
        "",
        "calls sent",
        "body, KiB",
        "waiting",
        "answered early",
        "memory, MiB",
    ];
    let mut table = Table::new(columns);
    let mut bar = String::new();
    for (kind, calls, size) in cases {
        if extent.quick && calls > 1_000 {
            continue;
        }
        progress(&format!(
            "memory: {}, {calls} calls of {size} bytes",
            kind.name()
        ));
        let case = measure(runtime, kind, calls, size)?;
        let early: Vec<_> = case
            .early
            .iter()
            .map(|(status, n)| format!("{n} × {status}"))
            .collect();
        table.row([
            kind.name().to_owned(),
            calls.to_string(),
            (size >> 10).to_string(),
            case.waiting.to_string(),
            early.join(", "),
            figure(case.mib),
        ]);
        if (kind, calls, size) == (Kind::Ours, 1_000, small) {
            let met = super::verdict(case.mib <= 64.0);
            bar = format!(
                "- 1,000 waiting calls of 1 KiB: ≤ 64 MiB: {} — {met}\n",
                figure(case.mib)
            );
        }
    }
    Ok(format!(
        "### Memory of calls that wait\n\nOne connection a call, all at once, to a function that \
         does not answer; each row is a fresh gateway.\n\n{}\n{bar}",
        table.markdown()
    ))
}

struct Case {
    waiting: usize,
    /// Answers by status, 0 for a broken connection.
    early: BTreeMap<u16, usize>,
    mib: f64,
}

type Answers = Arc<Mutex<BTreeMap<u16, usize>>>;

fn measure(runtime: &Runtime, kind: Kind, calls: usize, size: usize) -> Result<Case, Fault> {
    let server = Server::start(kind, false)?;
    runtime.block_on(async {
        let (path, limit) = match kind {
            Kind::Ours => ("/wait/", LIMIT_OURS),
            _ => ("/test/", LIMIT),
        };
        let _function = match (kind, server.nsqd()) {
            (Kind::Ours, Some(nsqd)) => Some(silent(nsqd.tcp()).await?),
            _ => None,
        };
        let mut open = Vec::new();
        for _ in 0..calls {
            open.push(Connection::open(server.addr()).await?);
        }
        let answers = Answers::default();
        let body: Arc<[u8]> = request(path, &vec![b'x'; size]).into();
        let mut tasks = JoinSet::new();
        for connection in open {
            tasks.spawn(one(connection, Arc::clone(&body), Arc::clone(&answers)));
        }
        let mib = calm(&server, &answers, limit).await?;
        let early = look(&answers);
        tasks.abort_all();
        Ok(Case {
            waiting: calls - early.values().sum::<usize>(),
            early,
            mib,
        })
    })
}

/// A function that is there and says nothing.
async fn silent(nsqd: std::net::SocketAddr) -> Result<Function, Fault> {
    let (host, port) = (nsqd.ip().to_string(), nsqd.port().to_string());
    let config = Config::from_vars([
        ("NSQ_NSQD_ADDR", host.as_str()),
        ("NSQ_NSQD_PORT", &port),
        ("HEALTHZ_ADDR", "127.0.0.1:0"),
        ("TOPIC", "wait"),
        ("KUBEFUNCS_TIMEOUT", "2m"),
    ])?;
    let never = |_: Context, _: Raw| std::future::pending::<Result<Raw, Failure>>();
    let function = Function::start(config, never).await?;
    function.ready().await;
    Ok(function)
}

async fn one(mut connection: Connection, request: Arc<[u8]>, answers: Answers) {
    // What was refused before all of it was sent has an answer, too.
    let _ = connection.send(&request).await;
    let status = connection.answer().await.unwrap_or(0);
    let mut answers = answers.lock().unwrap_or_else(PoisonError::into_inner);
    *answers.entry(status).or_default() += 1;
}

/// Waits until nothing changes any more; gives the most memory that was seen.
async fn calm(server: &Server, answers: &Answers, limit: Duration) -> Result<f64, Fault> {
    let begin = Instant::now();
    let (mut most, mut seen, mut since) = (0, (0, BTreeMap::new()), Instant::now());
    while begin.elapsed() < limit && since.elapsed() < CALM {
        let memory = resources::rss_kib(&server.id().to_string())?;
        most = most.max(memory);
        let now = (memory, look(answers));
        if now != seen {
            (seen, since) = (now, Instant::now());
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    Ok(most as f64 / 1024.0)
}

fn look(answers: &Answers) -> BTreeMap<u16, usize> {
    answers
        .lock()
        .unwrap_or_else(PoisonError::into_inner)
        .clone()
}
