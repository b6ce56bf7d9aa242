//! What nsqlookupd and nsqd say over HTTP: which brokers there are, and what is in a topic.

use std::collections::BTreeMap;
use std::time::Duration;

use bytes::Bytes;
use http::{StatusCode, Uri};
use http_body_util::{BodyExt, Empty, Limited};
use hyper_util::client::legacy::Client;
use hyper_util::rt::TokioExecutor;
use kubefuncs::config::Brokers;
use kubefuncs::{Address, Config, Topic};
use serde::Deserialize;
use serde::de::DeserializeOwned;

use crate::exit::chain;

/// How long one answer may take.
const PATIENCE: Duration = Duration::from_secs(2);
/// The largest answer that is read.
const MAX_ANSWER: usize = 16 << 20;

/// An nsqd.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Node {
    /// Where it speaks the NSQ protocol.
    pub(crate) tcp: Address,
    /// Where it answers HTTP.
    pub(crate) http: Address,
}

/// A topic on one nsqd.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
pub(crate) struct TopicStats {
    topic_name: String,
    /// Messages that no channel has yet.
    pub(crate) depth: u64,
    /// Its channels.
    pub(crate) channels: Vec<ChannelStats>,
}

/// A channel on one nsqd.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub(crate) struct ChannelStats {
    /// Its name.
    pub(crate) channel_name: String,
    /// Messages that wait.
    pub(crate) depth: u64,
    /// Messages that a consumer has.
    pub(crate) in_flight_count: u64,
    /// Messages that wait for their time.
    pub(crate) deferred_count: u64,
}

impl TopicStats {
    /// Whether messages are kept for somebody else than the moment's onlookers.
    pub(crate) fn is_durable(&self) -> bool {
        let kept = |channel: &ChannelStats| !channel.channel_name.ends_with("#ephemeral");
        self.channels.iter().any(kept)
    }
}

/// The nsqds of the configuration; of one that is named itself, HTTP is taken to be one port up,
/// as it usually is.
///
/// # Errors
/// One line for each nsqlookupd that gave no answer, when none did.
pub(crate) async fn nodes(config: &Config) -> Result<Vec<Node>, Vec<String>> {
    let lookupds = match &config.brokers {
        Brokers::Nsqd(tcp) => {
            let http = Address::new(tcp.host(), tcp.port().saturating_add(1));
            return Ok(vec![Node {
                tcp: tcp.clone(),
                http,
            }]);
        }
        Brokers::Lookupd(lookupds) => lookupds,
    };
    let mut nodes = BTreeMap::new();
    let mut silent = Vec::new();
    let mut answered = false;
    for lookupd in lookupds {
        match ask(lookupd).await {
            Ok(found) => {
                answered = true;
                nodes.extend(found.into_iter().map(|node| (node.tcp.clone(), node)));
            }
            Err(why) => silent.push(why),
        }
    }
    match answered {
        true => Ok(nodes.into_values().collect()),
        false => Err(silent),
    }
}

/// The nodes that one nsqlookupd name leads to: each address behind it may know others.
async fn ask(lookupd: &Address) -> Result<Vec<Node>, String> {
    let mut nodes = Vec::new();
    let mut last = None;
    for address in resolve(lookupd)
        .await
        .map_err(|why| format!("nsqlookupd {lookupd}: {why}"))?
    {
        match nodes_of(&address).await {
            Ok(found) => nodes.extend(found),
            Err(why) => last = Some(why),
        }
    }
    match last {
        Some(why) if nodes.is_empty() => Err(format!("nsqlookupd {lookupd}: {why}")),
        _ => Ok(nodes),
    }
}

/// The nodes that one nsqlookupd knows.
///
/// # Errors
/// Why it does not say.
pub(crate) async fn nodes_of(lookupd: &Address) -> Result<Vec<Node>, String> {
    #[derive(Deserialize)]
    struct Answer {
        producers: Vec<Producer>,
    }
    #[derive(Deserialize)]
    struct Producer {
        broadcast_address: String,
        tcp_port: u16,
        http_port: u16,
    }
    let answer = json::<Answer>(lookupd, "/nodes").await?;
    let node = |node: Producer| Node {
        tcp: Address::new(&node.broadcast_address, node.tcp_port),
        http: Address::new(&node.broadcast_address, node.http_port),
    };
    Ok(answer.producers.into_iter().map(node).collect())
}

/// The topics that one nsqlookupd knows.
///
/// # Errors
/// Why it does not say.
pub(crate) async fn topics(lookupd: &Address) -> Result<Vec<String>, String> {
    #[derive(Deserialize)]
    struct Answer {
        topics: Vec<String>,
    }
    let answer = json::<Answer>(lookupd, "/topics").await?;
    Ok(answer.topics)
}

/// The channels of a topic that one nsqlookupd knows: none of a topic that it does not know.
///
/// # Errors
/// Why it does not say.
pub(crate) async fn channels(lookupd: &Address, topic: &str) -> Result<Vec<String>, String> {
    #[derive(Deserialize)]
    struct Answer {
        channels: Vec<String>,
    }
    let path = format!("/channels?topic={}", escaped(topic));
    let answer = json::<Answer>(lookupd, &path).await?;
    Ok(answer.channels)
}

/// What is in a topic on one nsqd; `None` where it does not have it.
///
/// # Errors
/// Why that cannot be known.
pub(crate) async fn topic(node: &Node, topic: &Topic) -> Result<Option<TopicStats>, String> {
    #[derive(Deserialize)]
    struct Answer {
        topics: Option<Vec<TopicStats>>,
    }
    let name = escaped(topic.as_str());
    let path = format!("/stats?format=json&include_clients=false&include_mem=false&topic={name}");
    let answer = json::<Answer>(&node.http, &path)
        .await
        .map_err(|why| format!("nsqd {}: {why}", node.http))?;
    let mut topics = answer.topics.into_iter().flatten();
    Ok(topics.find(|found| found.topic_name == topic.as_str()))
}

/// A topic's name within a query.
fn escaped(topic: &str) -> String {
    topic.replace('#', "%23")
}

/// All addresses behind a host name.
///
/// # Errors
/// That it has none, for people.
pub(crate) async fn resolve(address: &Address) -> Result<Vec<Address>, String> {
    let found = tokio::net::lookup_host((address.host(), address.port()));
    match tokio::time::timeout(PATIENCE, found).await {
        Ok(Ok(found)) => Ok(found.map(Address::from).collect()),
        Ok(Err(error)) => Err(format!(
            "the host name `{}` has no address: {error}",
            address.host()
        )),
        Err(_) => Err(format!(
            "nobody said in time what address `{}` has",
            address.host()
        )),
    }
}

async fn json<T: DeserializeOwned>(address: &Address, path: &str) -> Result<T, String> {
    let answer = match tokio::time::timeout(PATIENCE, get(address, path)).await {
        Ok(answer) => answer?,
        Err(_) => return Err("no answer in time".to_owned()),
    };
    serde_json::from_slice(&answer).map_err(|error| format!("its answer cannot be read: {error}"))
}

async fn get(address: &Address, path: &str) -> Result<Bytes, String> {
    let uri = Uri::builder()
        .scheme("http")
        .authority(address.to_string())
        .path_and_query(path)
        .build()
        .map_err(|error| error.to_string())?;
    let client = Client::builder(TokioExecutor::new()).build_http::<Empty<Bytes>>();
    let response = client.get(uri).await.map_err(|error| chain(&error))?;
    if response.status() != StatusCode::OK {
        return Err(format!("it answered {}", response.status()));
    }
    let body = Limited::new(response.into_body(), MAX_ANSWER)
        .collect()
        .await;
    Ok(body.map_err(|error| chain(&*error))?.to_bytes())
}
