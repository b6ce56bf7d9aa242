//! `/stats`, as JSON or as text.

use std::fmt::Write;

use serde::Serialize;

use super::query::Query;
use super::reply::Reply;
use crate::VERSION;
use crate::hub::Hub;
use crate::model::stats::{ClientStats, Stats, StatsQuery, TopicStats};

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
struct Memory {
    heap_objects: usize,
    heap_idle_bytes: usize,
    heap_in_use_bytes: usize,
    heap_released_bytes: usize,
    gc_pause_usec_100: usize,
    gc_pause_usec_99: usize,
    gc_pause_usec_95: usize,
    next_gc_bytes: usize,
    gc_total_runs: usize,
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
    if text("format") != "json" {
        return Reply::text(as_text(&stats, health));
    }
    let memory = query.flag("include_mem").unwrap_or(true).then_some(Memory {
        heap_in_use_bytes: stats.used_bytes,
        ..Memory::default()
    });
    Reply::json(&Page {
        version: VERSION,
        health,
        start_time: stats.start_time,
        topics: stats.topics,
        memory,
        producers: stats.producers,
    })
}

/// For people: one line for each topic and channel.
fn as_text(stats: &Stats, health: &str) -> String {
    let mut text = format!(
        "nsqd v{VERSION} (embedded)\nstart_time {}\n",
        stats.start_time
    );
    // Writing to a string cannot fail.
    let _ = write!(text, "\nHealth: {health}\n\nTopics:");
    let topics = stats.topics.as_deref().unwrap_or_default();
    if topics.is_empty() {
        text.push_str(" None\n");
    }
    for topic in topics {
        let paused = if topic.paused { "*P" } else { "" };
        let _ = writeln!(
            text,
            "\n{paused:2} [{:15}] depth: {:<5} be-depth: {:<5} msgs: {:<8}",
            topic.topic_name, topic.depth, topic.backend_depth, topic.message_count
        );
        for channel in &topic.channels {
            let paused = if channel.paused { "*P" } else { "" };
            let _ = writeln!(
                text,
                "   {paused:2} [{:25}] depth: {:<5} be-depth: {:<5} inflt: {:<4} def: {:<4} \
                 re-q: {:<5} timeout: {:<5} msgs: {:<8}",
                channel.channel_name,
                channel.depth,
                channel.backend_depth,
                channel.in_flight_count,
                channel.deferred_count,
                channel.requeue_count,
                channel.timeout_count,
                channel.message_count
            );
        }
    }
    text
}
