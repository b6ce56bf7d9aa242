//! `/stats` for people, line for line as nsqd has it.

use std::fmt::{self, Write};

use super::stats::Memory;
use crate::VERSION;
use crate::model::stats::{ClientStats, Stats};

pub(super) fn page(stats: &Stats, memory: Option<&Memory>, health: &str, now: i64) -> String {
    let mut text = String::new();
    // Writing to a string cannot fail.
    let _ = write(&mut text, stats, memory, health, now);
    text
}

fn write(
    text: &mut String,
    stats: &Stats,
    memory: Option<&Memory>,
    health: &str,
    now: i64,
) -> fmt::Result {
    writeln!(text, "nsqd v{VERSION} (embedded)")?;
    writeln!(text, "start_time {}", date(stats.start_time))?;
    writeln!(text, "uptime {}", span(now - stats.start_time))?;
    writeln!(text, "\nHealth: {health}")?;
    if let Some(memory) = memory {
        writeln!(text, "\nMemory:")?;
        for (name, value) in [
            ("heap_objects", memory.heap_objects),
            ("heap_idle_bytes", memory.heap_idle_bytes),
            ("heap_in_use_bytes", memory.heap_in_use_bytes),
            ("heap_released_bytes", memory.heap_released_bytes),
            ("gc_pause_usec_100", memory.gc_pause_usec_100),
            ("gc_pause_usec_99", memory.gc_pause_usec_99),
            ("gc_pause_usec_95", memory.gc_pause_usec_95),
            ("next_gc_bytes", memory.next_gc_bytes),
            ("gc_total_runs", memory.gc_total_runs),
        ] {
            writeln!(text, "   {name:25}\t{value}")?;
        }
    }
    topics(text, stats, now)?;
    let producers = stats.producers.as_deref().unwrap_or_default();
    if producers.is_empty() {
        return writeln!(text, "\nProducers: None");
    }
    writeln!(text, "\nProducers:")?;
    for producer in producers {
        writeln!(text, "   {}", client(producer, now))?;
    }
    Ok(())
}

fn topics(text: &mut String, stats: &Stats, now: i64) -> fmt::Result {
    let topics = stats.topics.as_deref().unwrap_or_default();
    if topics.is_empty() {
        return writeln!(text, "\nTopics: None");
    }
    write!(text, "\nTopics:")?;
    let paused = |paused: bool| if paused { "*P" } else { "  " };
    for topic in topics {
        writeln!(
            text,
            "\n{} [{:15}] depth: {:<5} be-depth: {:<5} msgs: {:<8} e2e%: ",
            paused(topic.paused),
            topic.topic_name,
            topic.depth,
            topic.backend_depth,
            topic.message_count
        )?;
        for channel in &topic.channels {
            writeln!(
                text,
                "   {} [{:25}] depth: {:<5} be-depth: {:<5} inflt: {:<4} def: {:<4} re-q: {:<5} \
                 timeout: {:<5} msgs: {:<8} e2e%: ",
                paused(channel.paused),
                channel.channel_name,
                channel.depth,
                channel.backend_depth,
                channel.in_flight_count,
                channel.deferred_count,
                channel.requeue_count,
                channel.timeout_count,
                channel.message_count
            )?;
            for consumer in channel.clients.as_deref().unwrap_or_default() {
                writeln!(text, "        {}", client(consumer, now))?;
            }
        }
    }
    Ok(())
}

/// A client that has published is shown as a producer, wherever it stands.
fn client(client: &ClientStats, now: i64) -> String {
    let port = client.remote_address.rsplit(':').next().unwrap_or_default();
    let id = format!("{}:{port} {}", client.hostname, client.user_agent);
    let connected = span(now - client.connect_ts);
    let version = client.version;
    if client.pub_counts.is_empty() {
        return format!(
            "[{version} {id:21}] state: {} inflt: {:<4} rdy: {:<4} fin: {:<8} re-q: {:<8} \
             msgs: {:<8} connected: {connected}",
            client.state,
            client.in_flight_count,
            client.ready_count,
            client.finish_count,
            client.requeue_count,
            client.message_count
        );
    }
    let total: u64 = client.pub_counts.iter().map(|one| one.count).sum();
    let topics: Vec<String> = client
        .pub_counts
        .iter()
        .map(|one| format!("{}={}", one.topic, one.count))
        .collect();
    format!(
        "[{version} {id:21}] msgs: {total:<8} topics: {} connected: {connected}",
        topics.join(",")
    )
}

/// Whole seconds as Go writes them: `1h2m3s`.
fn span(seconds: i64) -> String {
    let seconds = seconds.max(0);
    let (hours, minutes, seconds) = (seconds / 3600, seconds / 60 % 60, seconds % 60);
    match (hours, minutes) {
        (0, 0) => format!("{seconds}s"),
        (0, _) => format!("{minutes}m{seconds}s"),
        _ => format!("{hours}h{minutes}m{seconds}s"),
    }
}

/// Seconds since 1970 as RFC 3339 has them, in UTC.
fn date(seconds: i64) -> String {
    let (days, time) = (seconds.div_euclid(86_400), seconds.rem_euclid(86_400));
    // Days since 1 March of year 0, in eras of 400 years: leap days are last then.
    let shifted = days + 719_468;
    let (era, day) = (shifted.div_euclid(146_097), shifted.rem_euclid(146_097));
    let year = (day - day / 1_460 + day / 36_524 - day / 146_096) / 365;
    let day = day - (365 * year + year / 4 - year / 100);
    let month = (5 * day + 2) / 153;
    let day = day - (153 * month + 2) / 5 + 1;
    let month = if month < 10 { month + 3 } else { month - 9 };
    let year = era * 400 + year + i64::from(month < 3);
    format!(
        "{year:04}-{month:02}-{day:02}T{:02}:{:02}:{:02}Z",
        time / 3600,
        time / 60 % 60,
        time % 60
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_written_as_go_does() {
        assert_eq!(date(0), "1970-01-01T00:00:00Z");
        assert_eq!(date(951_782_400), "2000-02-29T00:00:00Z");
        assert_eq!(date(1_767_225_599), "2025-12-31T23:59:59Z");
        assert_eq!(date(-1), "1969-12-31T23:59:59Z");
        assert_eq!(
            [0, 59, 60, 3_600, 90_061].map(span),
            ["0s", "59s", "1m0s", "1h0m0s", "25h1m1s"]
        );
    }
}
