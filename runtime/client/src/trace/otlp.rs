//! Hops told to a collector: OTLP over HTTP, in its JSON form.
//!
//! A hop that cannot be told is dropped, and counted in the log: telling must never hold a request
//! up. What waits is bounded in number, and each in size.

mod body;
mod send;

use std::sync::OnceLock;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::SystemTime;

use http::Uri;
use tokio::sync::mpsc;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

use super::span::SpanKind;
use super::{LONGEST, Trace};
use crate::id;
use send::Collector;

/// Hops that wait to be told.
const WAITING: usize = 2_048;
/// Bytes of a value.
const VALUE: usize = 256;
/// Values of a hop.
const VALUES: usize = 16;

static EXPORT: OnceLock<Export> = OnceLock::new();

struct Export {
    sender: mpsc::Sender<Recorded>,
    dropped: AtomicU64,
    /// Of traces that begin here, those whose id is below are told.
    below: u64,
}

/// A hop that is told.
#[derive(Debug)]
pub(super) struct Recorded {
    trace: Trace,
    parent: Option<u64>,
    kind: SpanKind,
    name: String,
    begun: SystemTime,
    ended: SystemTime,
    values: Vec<(&'static str, String)>,
    failed: Option<String>,
}

impl Recorded {
    pub(super) fn set(&mut self, name: &'static str, value: String) {
        if self.values.len() < VALUES {
            self.values.push((name, shortened(value)));
        }
    }

    pub(super) fn fail(&mut self, reason: String) {
        self.failed = Some(shortened(reason));
    }
}

fn shortened(mut text: String) -> String {
    let end = (0..=VALUE.min(text.len()))
        .rev()
        .find(|&at| text.is_char_boundary(at));
    text.truncate(end.unwrap_or(0));
    text
}

/// The next hop and what is to be told of it; none where nothing is told, or not of this trace.
pub(super) fn begin(
    kind: SpanKind,
    parent: Option<&Trace>,
    name: impl FnOnce() -> String,
) -> Option<(Trace, Box<Recorded>)> {
    let export = EXPORT.get()?;
    if parent.is_some_and(|parent| !parent.sampled) {
        return None;
    }
    let span = u64::from_be_bytes(id::random().ok()?).max(1);
    let trace = match parent {
        Some(parent) => Trace {
            span,
            ..parent.clone()
        },
        None => {
            let random = u128::from_be_bytes(id::random().ok()?).max(1);
            // The right half of the id is random in everybody's traces.
            if random as u64 >= export.below {
                return None;
            }
            Trace {
                trace: random,
                span,
                sampled: true,
                state: String::new(),
            }
        }
    };
    let now = SystemTime::now();
    let recorded = Recorded {
        trace: trace.clone(),
        parent: parent.map(|parent| parent.span),
        kind,
        name: shortened(name()),
        begun: now,
        ended: now,
        values: Vec::new(),
        failed: None,
    };
    Some((trace, Box::new(recorded)))
}

/// The hop has ended.
pub(super) fn end(mut recorded: Recorded) {
    recorded.ended = SystemTime::now();
    if let Some(export) = EXPORT.get()
        && export.sender.try_send(recorded).is_err()
    {
        export.dropped.fetch_add(1, Ordering::Relaxed);
    }
}

/// Why nothing can be told.
#[derive(Debug)]
pub struct ExportError {
    reason: String,
}

impl std::fmt::Display for ExportError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.reason)
    }
}

impl std::error::Error for ExportError {}

/// Hops are told as long as this lives; [`end`](Self::end) tells those that still wait.
#[derive(Debug)]
#[must_use = "hops are told as long as this lives"]
pub struct Exporting {
    stop: CancellationToken,
    task: JoinHandle<()>,
}

impl Exporting {
    /// Tells what waits and ends, within some seconds.
    pub async fn end(self) {
        self.stop.cancel();
        // It panics nowhere; and if it did, there is nothing left to tell.
        let _ = self.task.await;
    }
}

/// [`export`] to the collector that `OTEL_EXPORTER_OTLP_ENDPOINT` names; without one it does nothing.
/// `OTEL_SERVICE_NAME` says who tells, by default `service`; `OTEL_TRACES_SAMPLER_ARG` is the part
/// of the traces that is told, by default all.
///
/// # Errors
/// When a variable cannot be what it is, or hops are told already.
pub fn export_from_env(service: &str) -> Result<Option<Exporting>, ExportError> {
    let variable = |name| std::env::var(name).ok().filter(|value| !value.is_empty());
    let Some(endpoint) = variable("OTEL_EXPORTER_OTLP_ENDPOINT") else {
        return Ok(None);
    };
    let service = variable("OTEL_SERVICE_NAME").unwrap_or_else(|| service.to_owned());
    let part = match variable("OTEL_TRACES_SAMPLER_ARG") {
        Some(part) => part.parse().unwrap_or(f64::NAN),
        None => 1.0,
    };
    export(&endpoint, &service, part).map(Some)
}

/// Tells every hop of this process to a collector, `http://collector:4318`, in the name of
/// `service`. Of the traces that begin here `part` is told, from 0 to 1; one from elsewhere is told
/// where its sender says so.
///
/// Runs on the executor of the caller; once in a process.
///
/// # Errors
/// When an argument cannot be what it is, or hops are told already.
pub fn export(endpoint: &str, service: &str, part: f64) -> Result<Exporting, ExportError> {
    let url = traces_of(endpoint)?;
    let below = below(part)?;
    let (sender, receiver) = mpsc::channel(WAITING);
    let export = Export {
        sender,
        dropped: AtomicU64::new(0),
        below,
    };
    EXPORT.set(export).map_err(|_| ExportError {
        reason: "hops of traces are told already".to_owned(),
    })?;
    tracing::info!(%endpoint, service, "hops of traces are told");
    let stop = CancellationToken::new();
    let collector = Collector::new(url, service);
    let task = tokio::spawn(send::run(collector, receiver, stop.clone()));
    Ok(Exporting { stop, task })
}

/// Where a collector takes traces.
fn traces_of(endpoint: &str) -> Result<Uri, ExportError> {
    let fault = || ExportError {
        reason: format!(
            "the collector (OTEL_EXPORTER_OTLP_ENDPOINT) is `{}`: it may be like \
             `http://collector:4318`; TLS is the business of a collector nearby",
            endpoint
                .chars()
                .take(LONGEST)
                .collect::<String>()
                .escape_debug()
        ),
    };
    let url = format!("{}/v1/traces", endpoint.trim_end_matches('/'));
    let url: Uri = url.parse().map_err(|_| fault())?;
    let good = url.scheme_str() == Some("http")
        && url.host().is_some_and(|host| !host.is_empty())
        && url.port_u16() != Some(0)
        && url.query().is_none();
    if good { Ok(url) } else { Err(fault()) }
}

/// Ids below this are sampled.
fn below(part: f64) -> Result<u64, ExportError> {
    if !(0.0..=1.0).contains(&part) {
        let reason = "the part of traces that is told (OTEL_TRACES_SAMPLER_ARG) may be from 0 to 1";
        return Err(ExportError {
            reason: reason.to_owned(),
        });
    }
    // A conversion stays at the largest.
    Ok((part * u64::MAX as f64) as u64)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_collector_is_named_by_its_url() {
        let read = |endpoint| traces_of(endpoint).map(|url| url.to_string());
        assert_eq!(read("http://c:4318").unwrap(), "http://c:4318/v1/traces");
        assert_eq!(read("http://c/otlp/").unwrap(), "http://c/otlp/v1/traces");
        assert_eq!(
            read("http://[::1]:4318/").unwrap(),
            "http://[::1]:4318/v1/traces"
        );
        let odd = [
            "c:4318",
            "https://c:4318",
            "http://",
            "http://c:0",
            "http://c/?a",
            "http://a b",
            "/v1",
        ];
        for odd in odd {
            let error = read(odd).unwrap_err().to_string();
            assert!(error.contains("OTEL_EXPORTER_OTLP_ENDPOINT"), "{odd}");
        }
    }

    #[test]
    fn a_part_of_traces_may_be_told() {
        let parts = [(0.0, 0), (0.5, 1 << 63), (1.0, u64::MAX)];
        for (part, wanted) in parts {
            assert_eq!(below(part).unwrap(), wanted);
        }
        for odd in [2.0, -1.0, f64::NAN] {
            assert!(below(odd).is_err(), "{odd}");
        }
    }
}
