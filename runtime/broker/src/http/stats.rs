//! `/stats`, as JSON or as text.

use serde::Serialize;

use super::query::Query;
use super::reply::Reply;
use super::text;
use crate::VERSION;
use crate::hub::Hub;
use crate::model::stats::{ClientStats, StatsQuery, TopicStats};

#[derive(Serialize)]
struct Page<'a> {
    version: &'a str,
    health: &'a str,
    start_time: i64,
    topics: Option<Vec<TopicStats>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    memory: Option<Memory>,
    producers: Option<Vec<ClientStats>>,
}

/// nsqd tells of Go's heap here. The bytes of messages stand for what is in use.
#[derive(Default, Serialize)]
pub(super) struct Memory {
    pub(super) heap_objects: usize,
    pub(super) heap_idle_bytes: usize,
    pub(super) heap_in_use_bytes: usize,
    pub(super) heap_released_bytes: usize,
    pub(super) gc_pause_usec_100: usize,
    pub(super) gc_pause_usec_99: usize,
    pub(super) gc_pause_usec_95: usize,
    pub(super) next_gc_bytes: usize,
    pub(super) gc_total_runs: usize,
}

pub(super) fn answer(hub: &Hub, query: &Query) -> Reply {
    let text = |name: &str| query.get(name).unwrap_or_default().to_owned();
    let narrowed = StatsQuery {
        topic: text("topic"),
        channel: text("channel"),
        clients: query.flag("include_clients").unwrap_or(true),
    };
    let (stats, health) = hub.with(|nsqd, _| (nsqd.stats(&narrowed), nsqd.health()));
    let health = health.map_or_else(|why| why, |()| "OK");
    let memory = query.flag("include_mem").unwrap_or(true).then_some(Memory {
        heap_in_use_bytes: stats.used_bytes,
        ..Memory::default()
    });
    if text("format") != "json" {
        let now = hub.clock.now().wall_ns / 1_000_000_000;
        return Reply::text(text::page(&stats, memory.as_ref(), health, now));
    }
    Reply::json(&Page {
        version: VERSION,
        health,
        start_time: stats.start_time,
        topics: stats.topics,
        memory,
        producers: stats.producers,
    })
}
