//! Questions to the HTTP port of nsqd.

use std::time::Duration;

use bytes::Bytes;
use http_body_util::{BodyExt, Empty, Limited};
use hyper::{Request, StatusCode, Uri, header};
use hyper_util::client::legacy::Client as HttpClient;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::{TokioExecutor, TokioTimer};
use kubefuncs_nsq::{Address, Discovery, Topic};
use tokio::time::timeout;

use super::stats::{self, Stats};
use crate::config::{self, Config};

type Fault = Box<dyn std::error::Error + Send + Sync>;

/// The largest answer that is read: some 10,000 topics with their channels.
const MAX_ANSWER: usize = 16 << 20;
/// How long one answer may take.
const PATIENCE: Duration = Duration::from_secs(1);
/// Up to this many topics are asked for one by one; above, a broker tells of all it has.
const SINGLE: usize = 4;

/// Asks brokers where they serve HTTP.
pub(in crate::client) struct Brokers {
    http: HttpClient<HttpConnector, Empty<Bytes>>,
    discovery: Discovery,
    fixed: bool,
}

impl Brokers {
    pub(in crate::client) fn new(config: &Config, discovery: &Discovery) -> Self {
        let mut builder = HttpClient::builder(TokioExecutor::new());
        builder
            .pool_idle_timeout(Duration::from_secs(30))
            .pool_timer(TokioTimer::new())
            .pool_max_idle_per_host(1);
        Self {
            http: builder.build_http(),
            discovery: discovery.clone(),
            fixed: matches!(config.brokers, config::Brokers::Nsqd(_)),
        }
    }

    /// Where a broker serves HTTP: directories tell. Of a fixed broker nothing is told; nsqd's own
    /// ports are 4150 and 4151, so its next port is asked.
    fn http(&self, node: &Address) -> Option<Address> {
        match self.fixed {
            true => Some(Address::new(node.host(), node.port().checked_add(1)?)),
            false => self.discovery.http(node),
        }
    }

    /// The statistics of one broker about these topics.
    pub(super) async fn stats(
        &self,
        node: &Address,
        topics: &[Topic],
    ) -> Result<Vec<Stats>, Fault> {
        let http = &self.http(node).ok_or("its HTTP port is not known")?;
        let about = "/stats?format=json&include_clients=false&include_mem=false";
        if topics.len() > SINGLE {
            return Ok(vec![stats::parse(&self.get(http, about).await?)?]);
        }
        let mut answers = Vec::new();
        for topic in topics {
            let path = format!("{about}&topic={}", topic.as_str().replace('#', "%23"));
            answers.push(stats::parse(&self.get(http, &path).await?)?);
        }
        Ok(answers)
    }

    async fn get(&self, server: &Address, path: &str) -> Result<Bytes, Fault> {
        let exchange = async {
            let uri: Uri = format!("http://{server}{path}").parse()?;
            // Releases before 1.0 answer in another form without it.
            let request = Request::get(uri)
                .header(header::ACCEPT, "application/vnd.nsq; version=1.0")
                .body(Empty::new())?;
            let response = self.http.request(request).await?;
            if response.status() != StatusCode::OK {
                return Err(format!("{server} answered {}", response.status()).into());
            }
            let body = Limited::new(response.into_body(), MAX_ANSWER)
                .collect()
                .await?;
            Ok(body.to_bytes())
        };
        timeout(PATIENCE, exchange).await?
    }
}
