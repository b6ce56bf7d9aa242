//! What `/stats` shows, without what differs by nature.

use std::collections::BTreeMap;

use serde_json::Value;

/// The state of a server, as far as it can be seen and compared.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Snapshot(BTreeMap<String, BTreeMap<String, i64>>);

const TOPIC: [&str; 5] = [
    "depth",
    "backend_depth",
    "message_count",
    "message_bytes",
    "paused",
];
const CHANNEL: [&str; 9] = [
    "depth",
    "backend_depth",
    "in_flight_count",
    "deferred_count",
    "message_count",
    "requeue_count",
    "timeout_count",
    "client_count",
    "paused",
];
const CLIENT: [&str; 6] = [
    "state",
    "ready_count",
    "in_flight_count",
    "message_count",
    "finish_count",
    "requeue_count",
];

impl Snapshot {
    /// Of the topics whose name ends in `suffix` (before `#ephemeral`).
    pub(super) fn new(stats: &Value, suffix: &str) -> Snapshot {
        let mut rows = BTreeMap::new();
        for topic in list(&stats["topics"]) {
            let name = text(&topic["topic_name"]);
            if !name.replace("#ephemeral", "").ends_with(suffix) {
                continue;
            }
            rows.insert(name.clone(), numbers(topic, &TOPIC));
            for channel in list(&topic["channels"]) {
                let name = format!("{name}/{}", text(&channel["channel_name"]));
                rows.insert(name.clone(), numbers(channel, &CHANNEL));
                for client in list(&channel["clients"]) {
                    rows.insert(format!("{name}/client"), numbers(client, &CLIENT));
                }
            }
        }
        Snapshot(rows)
    }

    fn get(&self, row: &str, field: &str) -> i64 {
        self.0
            .get(row)
            .and_then(|row| row.get(field))
            .copied()
            .unwrap_or(0)
    }

    /// The messages that the consumer of a channel was sent.
    pub(super) fn sent(&self, topic: &str, channel: &str) -> i64 {
        self.get(&format!("{topic}/{channel}/client"), "message_count")
    }

    /// Nothing is under way: `consumers` are connected, and none of them has room for a message
    /// that waits.
    pub(super) fn is_at_rest(&self, consumers: usize) -> bool {
        let channels = self.0.keys().filter(|name| name.matches('/').count() == 1);
        let clients: i64 = channels
            .clone()
            .map(|name| self.get(name, "client_count"))
            .sum();
        let waits = |name: &String| {
            let client = format!("{name}/client");
            let room = self.get(&client, "ready_count") - self.get(&client, "in_flight_count");
            self.get(name, "depth") > 0 && room > 0 && self.get(name, "paused") == 0
        };
        usize::try_from(clients) == Ok(consumers) && !channels.clone().any(waits)
    }
}

fn list(value: &Value) -> &[Value] {
    value.as_array().map_or(&[], Vec::as_slice)
}

fn text(value: &Value) -> String {
    value.as_str().unwrap_or_default().to_owned()
}

fn numbers(value: &Value, fields: &[&str]) -> BTreeMap<String, i64> {
    let number = |field: &str| match &value[field] {
        Value::Bool(yes) => i64::from(*yes),
        other => other.as_i64().unwrap_or_else(|| panic!("{field}: {other}")),
    };
    fields
        .iter()
        .map(|field| ((*field).to_owned(), number(field)))
        .collect()
}
