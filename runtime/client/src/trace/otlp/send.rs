//! Hops on their way to the collector: some at a time, each of them once.

use std::error::Error;
use std::sync::atomic::Ordering;
use std::time::Duration;

use bytes::Bytes;
use http::header::CONTENT_TYPE;
use http::{Request, Uri};
use http_body_util::Full;
use hyper_util::client::legacy::Client as HttpClient;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::TokioExecutor;
use tokio::sync::mpsc;
use tokio::time::{sleep, timeout};
use tokio_util::sync::CancellationToken;

use super::{EXPORT, Recorded, body};

/// Hops of one request.
const BATCH: usize = 256;
/// How long the first of them waits for more.
const GATHER: Duration = Duration::from_millis(500);
/// How long one request may take.
const PATIENCE: Duration = Duration::from_secs(5);
/// How long telling the rest may take when the process leaves.
const GOODBYE: Duration = Duration::from_secs(2);

/// Where hops are told.
pub(super) struct Collector {
    url: Uri,
    /// Who tells.
    service: String,
    http: HttpClient<HttpConnector, Full<Bytes>>,
}

/// Tells until `stop`, and then what waits.
pub(super) async fn run(
    collector: Collector,
    mut hops: mpsc::Receiver<Recorded>,
    stop: CancellationToken,
) {
    let mut failing = false;
    let mut batch = Vec::with_capacity(BATCH);
    while !stop.is_cancelled() {
        tokio::select! {
            _ = hops.recv_many(&mut batch, BATCH) => {}
            () = stop.cancelled() => break,
        }
        tokio::select! {
            () = sleep(GATHER) => {}
            () = stop.cancelled() => {}
        }
        while batch.len() < BATCH
            && let Ok(hop) = hops.try_recv()
        {
            batch.push(hop);
        }
        collector.tell(&mut batch, &mut failing).await;
    }
    hops.close();
    let rest = async {
        while hops.recv_many(&mut batch, BATCH).await > 0 {
            collector.tell(&mut batch, &mut failing).await;
        }
    };
    let _ = timeout(GOODBYE, rest).await;
    let dropped = EXPORT
        .get()
        .map_or(0, |export| export.dropped.load(Ordering::Relaxed));
    if dropped > 0 {
        tracing::warn!(dropped, "hops of traces were not told: they came too fast");
    }
}

impl Collector {
    pub(super) fn new(url: Uri, service: &str) -> Self {
        Self {
            url,
            service: service.to_owned(),
            http: HttpClient::builder(TokioExecutor::new()).build_http(),
        }
    }

    /// Tells a batch and empties it, whatever comes of it. `failing` is what came of the last one:
    /// the log has each change, not each request.
    async fn tell(&self, batch: &mut Vec<Recorded>, failing: &mut bool) {
        let text = body::request(&self.service, batch).to_string();
        batch.clear();
        let told = timeout(PATIENCE, self.post(text)).await;
        let told = told.unwrap_or_else(|_| Err("no answer in time".into()));
        let failed = told.is_err();
        match told {
            Err(error) if !*failing => {
                tracing::warn!(collector = %self.url, %error, "hops of traces are not told");
            }
            Ok(()) if *failing => {
                tracing::info!(collector = %self.url, "hops of traces are told again");
            }
            _ => {}
        }
        *failing = failed;
    }

    async fn post(&self, text: String) -> Result<(), Box<dyn Error + Send + Sync>> {
        let request = Request::post(self.url.clone())
            .header(CONTENT_TYPE, "application/json")
            .body(Full::new(Bytes::from(text)))?;
        match self.http.request(request).await?.status() {
            status if status.is_success() => Ok(()),
            status => Err(format!("the answer was {status}").into()),
        }
    }
}
