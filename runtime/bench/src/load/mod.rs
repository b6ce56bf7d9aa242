//! An HTTP load generator.
//!
//! Closed loop: each connection sends its next request when it has its answer. Open loop: requests
//! are due at fixed times, whatever the answers do; a request waits for a free connection, and its
//! latency counts from when it was due. So a server that stalls cannot hide the requests that would
//! have come meanwhile (coordinated omission).

mod http;
mod pace;

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

pub(crate) use http::{Connection, request};
use pace::Pace;

use crate::job::WARM_UP;
use crate::samples::Samples;
use crate::{Fault, resources};

/// What came of a load.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Load {
    /// Answers of status 200 in a second.
    pub(crate) rate: f64,
    pub(crate) p50_us: f64,
    pub(crate) p99_us: f64,
    pub(crate) p999_us: f64,
    /// Everything that was not answered with 200.
    pub(crate) failed: u64,
    /// Processor time of the generator for each second.
    pub(crate) own_cpu: f64,
}

/// When requests are sent.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Loop {
    Closed,
    /// So many a second.
    Open(f64),
}

/// Puts a load on `path` at a server.
pub(crate) async fn run(
    server: SocketAddr,
    path: &str,
    connections: usize,
    lasting: Duration,
    form: Loop,
) -> Result<Load, Fault> {
    let request: Arc<[u8]> = request(path, b"").into();
    let failed = Arc::new(AtomicU64::new(0));
    let mut ready = Vec::new();
    for _ in 0..connections {
        ready.push(Connection::open(server).await?);
    }
    let begin = Instant::now();
    let cpu = resources::cpu_seconds("self")?;
    let end = WARM_UP + lasting;
    let pace = match form {
        Loop::Closed => None,
        Loop::Open(rate) => Some(Arc::new(Pace::start(rate, begin, end))),
    };
    let workers = ready.into_iter().map(|connection| {
        let (request, failed, pace) = (Arc::clone(&request), Arc::clone(&failed), pace.clone());
        tokio::spawn(async move {
            let mut worker = Worker {
                server,
                connection: Some(connection),
                request,
                begin,
                end,
            };
            worker.work(pace.as_deref(), &failed).await
        })
    });
    let workers: Vec<_> = workers.collect();
    let mut samples = Samples::default();
    for worker in workers {
        samples.append(worker.await?);
    }
    let own_cpu = (resources::cpu_seconds("self")? - cpu) / begin.elapsed().as_secs_f64();
    let [p50_us, p99_us, p999_us] = samples.quantiles_us([0.5, 0.99, 0.999]);
    Ok(Load {
        rate: samples.len() as f64 / lasting.as_secs_f64(),
        p50_us,
        p99_us,
        p999_us,
        failed: failed.load(Ordering::Relaxed),
        own_cpu,
    })
}

struct Worker {
    server: SocketAddr,
    connection: Option<Connection>,
    request: Arc<[u8]>,
    begin: Instant,
    end: Duration,
}

impl Worker {
    /// Requests until the end; the latencies of those that were due after the warm-up.
    async fn work(&mut self, pace: Option<&Pace>, failed: &AtomicU64) -> Samples {
        let mut samples = Samples::default();
        loop {
            let due = match pace {
                None => self.begin.elapsed(),
                Some(pace) => match pace.next().await {
                    Some(due) => due,
                    None => return samples,
                },
            };
            if due >= self.end {
                return samples;
            }
            let status = self.exchange().await;
            if status != Some(200) {
                failed.fetch_add(1, Ordering::Relaxed);
                if status.is_none() {
                    // A server that is down is not to be asked in a tight loop.
                    tokio::time::sleep(Duration::from_millis(1)).await;
                }
            } else if due >= WARM_UP {
                samples.push(self.begin.elapsed().saturating_sub(due));
            }
        }
    }

    /// The status; `None` when the connection broke, and the next is a new one.
    async fn exchange(&mut self) -> Option<u16> {
        let mut connection = match self.connection.take() {
            Some(connection) => connection,
            None => Connection::open(self.server).await.ok()?,
        };
        let status = connection.exchange(&self.request).await.ok()?;
        self.connection = Some(connection);
        Some(status)
    }
}
