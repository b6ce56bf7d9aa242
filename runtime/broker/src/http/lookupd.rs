//! nsqlookupd's endpoints.

use std::collections::BTreeMap;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use http::{Method, Request};
use hyper::body::Incoming;
use serde::Serialize;
use serde_json::{Value, json};
use tokio::time::Instant;

use super::query::Query;
use super::reply::{Refusal, Reply};
use crate::VERSION;
use crate::clock::nanos;
use crate::lookupd::{Key, Peer, Registry, Shared};

#[derive(Serialize)]
struct Producer<'a> {
    remote_address: &'a str,
    hostname: &'a str,
    broadcast_address: &'a str,
    tcp_port: u16,
    http_port: u16,
    version: &'a str,
}

#[derive(Serialize)]
struct Node<'a> {
    #[serde(flatten)]
    producer: Producer<'a>,
    tombstones: Vec<bool>,
    topics: Vec<String>,
}

impl<'a> From<&'a Peer> for Producer<'a> {
    fn from(peer: &'a Peer) -> Self {
        Self {
            remote_address: &peer.remote_address,
            hostname: &peer.hostname,
            broadcast_address: &peer.broadcast_address,
            tcp_port: peer.tcp_port,
            http_port: peer.http_port,
            version: &peer.version,
        }
    }
}

pub(super) async fn answer(shared: &Shared, request: Request<Incoming>) -> Reply {
    let (method, path) = (request.method(), request.uri().path());
    let query = Query::parse(request.uri().query().unwrap_or_default());
    let mut registry = shared.registry();
    let get = match path {
        "/ping" | "/info" | "/topics" | "/channels" | "/lookup" | "/nodes" | "/debug" => true,
        "/topic/create" | "/topic/delete" | "/topic/tombstone" | "/channel/create"
        | "/channel/delete" => false,
        _ => return Reply::not_found(),
    };
    match (get, method) {
        (true, &Method::GET) => read(&registry, path, query).into(),
        (false, &Method::POST) => change(&mut registry, path, query).into(),
        (true, _) => Reply::wrong_method("GET, OPTIONS"),
        (false, _) => Reply::wrong_method("OPTIONS, POST"),
    }
}

fn read(registry: &Registry, path: &str, query: Result<Query, Refusal>) -> Result<Reply, Refusal> {
    let now = Instant::now();
    match path {
        "/ping" => return Ok(Reply::plain(200, "OK")),
        "/info" => return Ok(Reply::json(&json!({ "version": VERSION }))),
        "/topics" => return Ok(Reply::json(&json!({ "topics": registry.topics() }))),
        "/nodes" => return Ok(nodes(registry, now)),
        "/debug" => return Ok(debug(registry, now)),
        _ => {}
    }
    let query = query?;
    let topic = query
        .get("topic")
        .ok_or(Refusal::new(400, "MISSING_ARG_TOPIC"))?;
    let channels = registry.channels(topic);
    let channels: Vec<&str> = channels.iter().map(|channel| channel.as_str()).collect();
    if path == "/channels" {
        return Ok(Reply::json(&json!({ "channels": channels })));
    }
    let producers = registry.producers(topic, now);
    let producers = producers.ok_or(Refusal::new(404, "TOPIC_NOT_FOUND"))?;
    let producers: Vec<Producer<'_>> = producers.into_iter().map(Producer::from).collect();
    Ok(Reply::json(
        &json!({ "channels": channels, "producers": producers }),
    ))
}

fn nodes(registry: &Registry, now: Instant) -> Reply {
    let nodes = registry.nodes(now).into_iter().map(|(peer, topics)| {
        let (topics, tombstones) = topics.into_iter().unzip();
        Node {
            producer: Producer::from(peer),
            tombstones,
            topics,
        }
    });
    Reply::json(&json!({ "producers": nodes.collect::<Vec<_>>() }))
}

/// What Go's zero time is in nanoseconds, wrapped: never tombstoned.
const NEVER: i64 = -6_795_364_578_871_345_152;

fn debug(registry: &Registry, now: Instant) -> Reply {
    let wall = SystemTime::now();
    let ago = |time: Duration| {
        let at = wall.checked_sub(time).unwrap_or(UNIX_EPOCH);
        nanos(at.duration_since(UNIX_EPOCH).unwrap_or_default())
    };
    let mut page: BTreeMap<String, Vec<Value>> = BTreeMap::new();
    for (key, entry) in registry.entries(now) {
        let peer = entry.peer;
        page.entry(key).or_default().push(json!({
            "id": peer.remote_address,
            "hostname": peer.hostname,
            "broadcast_address": peer.broadcast_address,
            "tcp_port": peer.tcp_port,
            "http_port": peer.http_port,
            "version": peer.version,
            "last_update": ago(entry.seen),
            "tombstoned": entry.tombstoned.is_some(),
            "tombstoned_at": entry.tombstoned.map_or(NEVER, ago),
        }));
    }
    Reply::json(&page)
}

fn change(
    registry: &mut Registry,
    path: &str,
    query: Result<Query, Refusal>,
) -> Result<Reply, Refusal> {
    let query = query?;
    let known = || {
        query
            .get("topic")
            .ok_or(Refusal::new(400, "MISSING_ARG_TOPIC"))
    };
    match path {
        "/topic/create" => registry.create(Key {
            topic: query.topic("INVALID_ARG_TOPIC")?,
            channel: None,
        }),
        "/topic/delete" => registry.delete_topic(known()?),
        "/topic/tombstone" => {
            let topic = known()?;
            let node = query
                .get("node")
                .ok_or(Refusal::new(400, "MISSING_ARG_NODE"))?;
            registry.tombstone(topic, node, Instant::now());
        }
        _ => {
            let (topic, channel) = query.topic_and_channel()?;
            let key = Key {
                topic,
                channel: Some(channel),
            };
            if path == "/channel/create" {
                registry.create(key);
            } else if !registry.delete_channel(&key) {
                return Err(Refusal::new(404, "CHANNEL_NOT_FOUND"));
            }
        }
    }
    Ok(Reply::empty())
}
