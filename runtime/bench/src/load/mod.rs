//! An HTTP load generator.
//!
//! Closed loop: each connection sends its next request when it has its answer. Open loop: requests
//! are due at fixed times, whatever the answers do; a request waits for a free connection, and its
//! latency counts from when it was due. So a server that stalls cannot hide the requests that would
//! have come meanwhile (coordinated omission).

mod generator;
mod http;

use std::net::SocketAddr;
use std::time::{Duration, Instant};

pub(crate) use http::{Connection, request};

use crate::job::WARM_UP;
use crate::samples::Samples;
use crate::{Fault, resources};
use generator::Generator;

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

impl Loop {
    /// When the next request is due, after so many.
    fn due(self, sent: u32, now: Duration) -> Duration {
        match self {
            Self::Closed => now,
            Self::Open(rate) => Duration::from_secs_f64(f64::from(sent) / rate),
        }
    }
}

/// Puts a load on `path` at a server.
pub(crate) fn run(
    server: SocketAddr,
    path: &str,
    connections: usize,
    lasting: Duration,
    form: Loop,
) -> Result<Load, Fault> {
    let mut generator = Generator::new(server, request(path, b""), connections)?;
    let begin = Instant::now();
    let cpu = resources::cpu_seconds("self")?;
    generator.run(form, begin, WARM_UP + lasting)?;
    let own_cpu = (resources::cpu_seconds("self")? - cpu) / begin.elapsed().as_secs_f64();
    let mut samples = Samples::default();
    for answer in &generator.answers {
        if answer.due >= WARM_UP {
            samples.push(answer.at.saturating_sub(answer.due));
        }
    }
    let [p50_us, p99_us, p999_us] = samples.quantiles_us([0.5, 0.99, 0.999]);
    Ok(Load {
        rate: samples.len() as f64 / lasting.as_secs_f64(),
        p50_us,
        p99_us,
        p999_us,
        failed: generator.failed,
        own_cpu,
    })
}
