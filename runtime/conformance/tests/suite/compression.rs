//! snappy and deflate: what is granted, and that everything works inside.

use kubefuncs_conformance::{Probe, Settings, fresh, on_both};
use serde_json::{Value, json};

use crate::round_trip::round_trips;

fn compressing() -> Settings {
    Settings {
        compression: true,
        ..Settings::default()
    }
}

/// A buffer, which compression wants.
fn terms() -> Value {
    json!({"output_buffer_size": 16_384, "output_buffer_timeout": 25})
}

#[test]
fn messages_of_any_kind_go_through_either() {
    on_both(compressing(), |server| {
        for way in ["snappy", "deflate"] {
            let topic = fresh(way);
            let mut probe = Probe::compressed(server.tcp(), way, terms());
            round_trips(&mut probe, &topic);
            let client = server.channel(&topic, "c")["clients"][0].clone();
            assert_eq!(client[way], true, "{client}");
            probe.line("RDY -1");
            probe.fatal("E_INVALID");
        }
    });
}

#[test]
fn it_is_granted_to_those_who_negotiate_and_at_a_level_within_limits() {
    on_both(compressing(), |server| {
        for (wish, granted) in [
            (json!(null), 6),
            (json!(3), 3),
            (json!(9), 6),
            (json!(-1), 6),
        ] {
            let mut probe = Probe::connect(server.tcp());
            let wishes = json!({
                "feature_negotiation": true, "deflate": true, "deflate_level": wish,
            });
            probe.identify(wishes.to_string().as_bytes());
            let reply: Value = serde_json::from_str(&probe.response()).unwrap();
            assert_eq!(reply["deflate"], true, "{wishes}: {reply}");
            assert_eq!(reply["deflate_level"], granted, "{wishes}: {reply}");
        }
        let mut probe = Probe::connect(server.tcp());
        probe.identify(br#"{"snappy":true}"#);
        probe.ok();
        // In clear.
        probe.publish(&fresh("t"), b"x");
    });
}

#[test]
fn bytes_that_are_no_such_stream_end_the_connection() {
    on_both(compressing(), |server| {
        for way in ["snappy", "deflate"] {
            let mut probe = Probe::compressed(server.tcp(), way, terms());
            probe.send_raw(&[0xff; 64]);
            probe.end();
        }
    });
}
