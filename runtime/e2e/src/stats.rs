//! What nsqd says about its clients.

use std::net::SocketAddr;

use kubefuncs_testkit::http;
use serde_json::Value;

/// Whether some client is subscribed to a channel of `topic` on the nsqd with this HTTP address.
///
/// A function counts as ready with its first broker. A call that goes to another one, in the
/// moment before the function is there too, waits in the queue.
pub fn is_subscribed(nsqd: SocketAddr, topic: &str) -> bool {
    let stats = http::get(nsqd, &format!("/stats?format=json&topic={topic}"));
    let stats: Value = stats
        .ok()
        .and_then(|stats| serde_json::from_slice(&stats.body).ok())
        .unwrap_or_default();
    let channels = stats["topics"][0]["channels"]
        .as_array()
        .map_or(&[][..], Vec::as_slice);
    channels
        .iter()
        .any(|channel| channel["client_count"].as_u64() > Some(0))
}
