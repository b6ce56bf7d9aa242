//! nsqlookupd's answers.

use std::collections::BTreeSet;

use kubefuncs::Address;
use serde::Deserialize;

/// Which brokers it knows, with or without topics.
pub(crate) const NODES: &str = "/nodes";
/// Which topics it knows.
pub(crate) const TOPICS: &str = "/topics";

#[derive(Deserialize)]
struct Producers {
    producers: Option<Vec<Producer>>,
}

/// nsqd's own word about where it can be reached.
#[derive(Deserialize)]
struct Producer {
    broadcast_address: String,
    http_port: u16,
}

#[derive(Deserialize)]
struct Topics {
    topics: Option<Vec<String>>,
}

/// The HTTP addresses of the brokers in an answer to [`NODES`].
///
/// A broker that gives no usable one is left out: it must not hide the others.
pub(crate) fn nodes(answer: &[u8]) -> Result<BTreeSet<Address>, serde_json::Error> {
    let answer: Producers = serde_json::from_slice(answer)?;
    let nodes = answer.producers.unwrap_or_default().into_iter();
    let nodes = nodes.map(|node| Address::new(node.broadcast_address, node.http_port).to_string());
    // Only what reads as an address is one.
    Ok(nodes.filter_map(|node| node.parse().ok()).collect())
}

/// The names in an answer to [`TOPICS`].
pub(crate) fn topics(answer: &[u8]) -> Result<Vec<String>, serde_json::Error> {
    let answer: Topics = serde_json::from_slice(answer)?;
    Ok(answer.topics.unwrap_or_default())
}

/// Whether an answer to `/lookup?topic=` names no broker.
pub(crate) fn nobody_has_it(answer: &[u8]) -> bool {
    let answer: Result<Producers, _> = serde_json::from_slice(answer);
    answer.is_ok_and(|answer| answer.producers.is_none_or(|nodes| nodes.is_empty()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn answers_of_nsqlookupd_1_3_0_are_read() {
        let odd = r#"{"broadcast_address":"a b/","tcp_port":1,"http_port":4151}"#;
        let nowhere = r#"{"broadcast_address":"","tcp_port":1,"http_port":4151}"#;
        let good = r#"{"remote_address":"127.0.0.1:5","hostname":"h","broadcast_address":"::1",
            "tcp_port":4150,"http_port":4151,"version":"1.3.0","tombstones":[false],"topics":["t"]}"#;
        let answer = format!(r#"{{"producers":[{odd},{nowhere},{good}]}}"#);
        let nodes = nodes(answer.as_bytes()).unwrap();
        assert_eq!(nodes, BTreeSet::from(["[::1]:4151".parse().unwrap()]));
        assert_eq!(topics(br#"{"topics":["a","b"]}"#).unwrap(), ["a", "b"]);
        assert!(nobody_has_it(br#"{"channels":[],"producers":[]}"#));
        assert!(!nobody_has_it(answer.as_bytes()));
        assert!(!nobody_has_it(br#"{"message":"TOPIC_NOT_FOUND"#));
    }
}
