//! What the failures share: brokers, a function and a client on them, and looking until it is so.

use std::future::Future;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use kubefuncs::messages::HttpRequest;
use kubefuncs::{
    CallError, CallOptions, Client, Config, Context, Failure, Function, HttpResponse, IntoPayload,
    Raw, Reply,
};
use kubefuncs_testkit::{Nsqd, NsqdOptions, Nsqlookupd};
use serde_json::Value;

/// For a busy machine; nothing here is expected to take so long.
pub(crate) const LIMIT: Duration = Duration::from_secs(60);

/// One nsqlookupd and some nsqd that are registered with it.
pub(crate) struct Brokers {
    pub(crate) lookupd: Nsqlookupd,
    pub(crate) nsqds: Vec<Nsqd>,
}

impl Brokers {
    pub(crate) fn start(count: usize) -> Brokers {
        let lookupd = Nsqlookupd::start();
        let start = |_| Nsqd::start(NsqdOptions::default().lookupd(&lookupd));
        Brokers {
            nsqds: (0..count).map(start).collect(),
            lookupd,
        }
    }

    /// The environment of whoever finds these brokers by themselves.
    pub(crate) fn config(&self, vars: &[(&str, &str)]) -> Config {
        let lookupd = self.lookupd.http().to_string();
        config(&[&[("KUBEFUNCS_LOOKUPD", lookupd.as_str())], vars].concat())
    }

    /// Waits until topic `test` has a consumer on every broker.
    pub(crate) async fn subscribed(&self, consumers: u64) {
        for nsqd in &self.nsqds {
            let enough = || figure(nsqd, "test", "client_count") >= consumers;
            until("topic test has its consumers everywhere", enough).await;
        }
    }

    /// Waits until topic `test` holds nothing any more, on those that run.
    pub(crate) async fn drained(&self) {
        for nsqd in &self.nsqds {
            until("every message is dealt with", || left(nsqd, "test") == 0).await;
        }
    }
}

pub(crate) fn config(vars: &[(&str, &str)]) -> Config {
    let all = [&[("HEALTHZ_ADDR", "127.0.0.1:0")], vars].concat();
    Config::from_vars(all).unwrap()
}

/// The environment of whoever knows one broker.
pub(crate) fn only(nsqd: SocketAddr, vars: &[(&str, &str)]) -> Config {
    let (host, port) = (nsqd.ip().to_string(), nsqd.port().to_string());
    let fixed = [("NSQ_NSQD_ADDR", host.as_str()), ("NSQ_NSQD_PORT", &port)];
    config(&[&fixed, vars].concat())
}

pub(crate) async fn client(config: Config) -> Client {
    let client = Client::connect(config).await.unwrap();
    within("the client is ready", client.ready()).await;
    client
}

/// A function that answers with its name when it is let, and counts its runs.
pub(crate) struct Told {
    pub(crate) function: Function,
    pub(crate) runs: Arc<AtomicU32>,
    pub(crate) gate: Arc<tokio::sync::Semaphore>,
}

impl Told {
    pub(crate) async fn start(config: Config, name: &'static str) -> Told {
        let runs = Arc::new(AtomicU32::new(0));
        let gate = Arc::new(tokio::sync::Semaphore::new(0));
        let (counted, gated) = (Arc::clone(&runs), Arc::clone(&gate));
        let handler = move |_: Context, payload: Raw| {
            let (runs, gate) = (Arc::clone(&counted), Arc::clone(&gated));
            async move {
                runs.fetch_add(1, Ordering::Relaxed);
                gate.acquire().await?.forget();
                Ok::<_, Failure>(match payload.is::<HttpRequest>() {
                    true => HttpResponse::text(name).into_payload(),
                    false => raw(name),
                })
            }
        };
        let function = Function::start(config, handler).await.unwrap();
        within("the function is ready", function.ready()).await;
        Told {
            function,
            runs,
            gate,
        }
    }

    /// As [`Told::start`], and it never waits.
    pub(crate) async fn quick(config: Config, name: &'static str) -> Told {
        let told = Told::start(config, name).await;
        told.gate.add_permits(1_000_000);
        told
    }

    pub(crate) fn runs(&self) -> u32 {
        self.runs.load(Ordering::Relaxed)
    }
}

pub(crate) fn raw(text: &'static str) -> Raw {
    Raw {
        bytes: text.into(),
        ..Raw::default()
    }
}

/// Calls topic `test`; the answer as text.
pub(crate) async fn call(client: &Client, timeout: Duration) -> Result<String, CallError> {
    let options = CallOptions::new().with_timeout(timeout);
    client.call("test", raw("?"), options).await.map(text)
}

pub(crate) fn text(reply: Reply) -> String {
    String::from_utf8(reply.into_raw().bytes.to_vec()).unwrap()
}

/// Many calls at once, each in a task.
pub(crate) fn calls(
    client: &Client,
    count: usize,
    timeout: Duration,
) -> Vec<tokio::task::JoinHandle<Result<String, CallError>>> {
    let one = |_| {
        let client = client.clone();
        tokio::spawn(async move { call(&client, timeout).await })
    };
    (0..count).map(one).collect()
}

pub(crate) async fn within<T>(what: &str, future: impl Future<Output = T>) -> T {
    match tokio::time::timeout(LIMIT, future).await {
        Ok(value) => value,
        Err(_) => panic!("not within {LIMIT:?}: {what}"),
    }
}

/// Looks again and again until `condition` holds.
pub(crate) async fn until(what: &str, mut condition: impl FnMut() -> bool) {
    within(what, async {
        while !condition() {
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    })
    .await;
}

/// A figure of the channels of a topic, summed up; 0 where there is none.
pub(crate) fn figure(nsqd: &Nsqd, topic: &str, name: &str) -> u64 {
    sum(&topic_of(nsqd, topic), &[name])
}

/// All messages of a topic that nobody has finished. From one look: between two of them a message
/// goes from what was looked at last to what was looked at first.
pub(crate) fn left(nsqd: &Nsqd, topic: &str) -> u64 {
    let topic = topic_of(nsqd, topic);
    let queued = topic["depth"].as_u64().unwrap_or(0);
    queued + sum(&topic, &["depth", "in_flight_count", "deferred_count"])
}

/// Figures of the channels of a topic, summed up.
fn sum(topic: &Value, names: &[&str]) -> u64 {
    let channels = topic["channels"].as_array().into_iter().flatten();
    channels
        .flat_map(|channel| names.iter().filter_map(|name| channel[*name].as_u64()))
        .sum()
}

/// What nsqd says about a topic; `Null` where it has none of that name.
pub(crate) fn topic_of(nsqd: &Nsqd, topic: &str) -> Value {
    let stats: Value = serde_json::from_str(&nsqd.stats("")).unwrap();
    let topics = stats["topics"].as_array().cloned().unwrap_or_default();
    let named = topics.into_iter().find(|one| one["topic_name"] == topic);
    named.unwrap_or_default()
}

/// The reply topics that nsqd has.
pub(crate) fn reply_topics(nsqd: &Nsqd) -> Vec<String> {
    let stats: Value = serde_json::from_str(&nsqd.stats("")).unwrap();
    let topics = stats["topics"].as_array().cloned().unwrap_or_default();
    let names = topics
        .iter()
        .filter_map(|topic| topic["topic_name"].as_str());
    names
        .filter(|name| name.starts_with("rpc-") && !name.starts_with("rpc-clock-"))
        .map(str::to_owned)
        .collect()
}
