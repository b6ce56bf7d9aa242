//! `/stats`, for programs and for people.

use kubefuncs_conformance::{Probe, Server, Settings, on_both};
use serde_json::{Value, json};

/// Names of fields, all the way down; of arrays, the first element's.
fn shape(value: &Value) -> Value {
    match value {
        Value::Object(fields) => Value::Object(
            fields
                .iter()
                .map(|(name, value)| (name.clone(), shape(value)))
                .collect(),
        ),
        Value::Array(items) => Value::Array(items.first().map(shape).into_iter().collect()),
        Value::Null => Value::Null,
        Value::Bool(_) => "bool".into(),
        Value::Number(_) => "number".into(),
        Value::String(_) => "string".into(),
    }
}

fn stats_of_a_busy_server(server: &Server, query: &str) -> Value {
    let mut consumer = Probe::subscribed(server.tcp(), "shape", "c");
    consumer.publish("shape", b"x");
    server.change("/topic/create?topic=other");
    server.stats(query)
}

#[test]
fn stats_have_the_same_shape() {
    on_both(Settings::default(), |server| {
        let client = json!({
            "client_id": "string", "hostname": "string", "version": "string",
            "remote_address": "string", "state": "number", "ready_count": "number",
            "in_flight_count": "number", "message_count": "number", "finish_count": "number",
            "requeue_count": "number", "connect_ts": "number", "sample_rate": "number",
            "deflate": "bool", "snappy": "bool", "user_agent": "string",
            "pub_counts": [{"topic": "string", "count": "number"}],
            "tls": "bool", "tls_cipher_suite": "string", "tls_version": "string",
            "tls_negotiated_protocol": "string", "tls_negotiated_protocol_is_mutual": "bool",
        });
        let latency = json!({"count": "number", "percentiles": null});
        let expected = json!({
            "version": "string", "health": "string", "start_time": "number",
            "memory": {
                "heap_objects": "number", "heap_idle_bytes": "number",
                "heap_in_use_bytes": "number", "heap_released_bytes": "number",
                "gc_pause_usec_100": "number", "gc_pause_usec_99": "number",
                "gc_pause_usec_95": "number", "next_gc_bytes": "number",
                "gc_total_runs": "number",
            },
            "topics": [{
                "topic_name": "string", "depth": "number", "backend_depth": "number",
                "message_count": "number", "message_bytes": "number", "paused": "bool",
                "e2e_processing_latency": latency,
                "channels": [{
                    "channel_name": "string", "depth": "number", "backend_depth": "number",
                    "in_flight_count": "number", "deferred_count": "number",
                    "message_count": "number", "requeue_count": "number",
                    "timeout_count": "number", "client_count": "number", "clients": [client],
                    "paused": "bool", "e2e_processing_latency": latency,
                }],
            }],
            "producers": [client],
        });
        assert_eq!(
            shape(&stats_of_a_busy_server(server, "topic=shape")),
            expected
        );
    });
}

#[test]
fn stats_can_be_narrowed() {
    on_both(Settings::default(), |server| {
        let idle = server.stats("");
        assert_eq!(
            (&idle["topics"], &idle["producers"]),
            (&json!([]), &Value::Null)
        );
        let all = stats_of_a_busy_server(server, "");
        let names: Vec<_> = all["topics"]
            .as_array()
            .unwrap()
            .iter()
            .map(|t| t["topic_name"].clone())
            .collect();
        assert_eq!(names, ["other", "shape"]);
        assert_eq!(all["topics"][0]["channels"], json!([]));
        assert!(server.stats("topic=none")["topics"].is_null());
        assert_eq!(
            server.stats("topic=shape&channel=none")["topics"],
            json!([])
        );
        let lean = server.stats("include_clients=false&include_mem=false");
        assert!(lean.get("memory").is_none());
        assert!(lean["producers"].is_null());
        let channel = &lean["topics"][1]["channels"][0];
        assert!(channel["clients"].is_null());
        let text = server.get("/stats").text();
        assert!(
            text.starts_with("nsqd v1.3.0") && text.contains("Health: OK"),
            "{text}"
        );
    });
}

/// Digits that differ from run to run as `#`; the rest has to be the same.
fn without_numbers(text: &str) -> String {
    let mut shown = String::new();
    for c in text.chars() {
        let c = if c.is_ascii_digit() { '#' } else { c };
        if c != '#' || !shown.ends_with('#') {
            shown.push(c);
        }
    }
    shown
}

#[test]
fn stats_for_people_have_the_same_lines() {
    on_both(Settings::default(), |server| {
        let idle = server.get("/stats").text();
        assert!(
            idle.contains("\nTopics: None\n\nProducers: None\n"),
            "{idle}"
        );
        let terms = json!({"hostname": "host", "user_agent": "agent", "output_buffer_size": -1});
        let mut consumer = Probe::subscribed_with(server.tcp(), "people", "c", terms.clone());
        let mut producer = Probe::identified(server.tcp(), terms);
        for _ in 0..3 {
            producer.publish("people", b"x");
        }
        server.wait_for("people", "c", "depth", 3);
        consumer.line("RDY 1");
        consumer.message();
        server.change("/topic/pause?topic=people");
        let text = server.get("/stats").text();
        let lines: Vec<String> = text.lines().map(without_numbers).collect();
        for line in [
            "Health: OK",
            "   heap_in_use_bytes        \t#",
            "*P [people         ] depth: #     be-depth: #     msgs: #        e#e%: ",
            "      [c                        ] depth: #     be-depth: #     inflt: #    def: #    \
             re-q: #     timeout: #     msgs: #        e#e%: ",
            "        [V# host:# agent     ] state: # inflt: #    rdy: #    fin: #        re-q: #        \
             msgs: #        connected: #s",
            "   [V# host:# agent     ] msgs: #        topics: people=# connected: #s",
        ] {
            assert!(
                lines.iter().any(|found| found == line),
                "no line {line:?} in:\n{text}"
            );
        }
        assert!(
            !server
                .get("/stats?include_mem=false")
                .text()
                .contains("heap")
        );
    });
}
