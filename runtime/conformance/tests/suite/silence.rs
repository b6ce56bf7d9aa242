//! Who says nothing, stops half way, or does not listen.

use std::time::Duration;

use kubefuncs_conformance::{End, Event, Probe, Settings, fresh, on_both};
use serde_json::json;

#[test]
fn who_sends_nothing_for_two_heartbeats_is_cut_off() {
    on_both(Settings::default(), |server| {
        let terms = json!({"heartbeat_interval": 1000});
        let mut talks = Probe::identified(server.tcp(), terms.clone());
        let mut silent = Probe::identified(server.tcp(), terms);
        silent.shows_heartbeats = true;
        let start = std::time::Instant::now();
        let mut heartbeats = 0;
        loop {
            match silent.arrives() {
                Event::Response(text) if text == "_heartbeat_" => {
                    heartbeats += 1;
                }
                other => {
                    assert_eq!(other, Event::Closed(End::Eof));
                    break;
                }
            }
            // The one that answers hears its heartbeats, too.
            talks.silence(Duration::from_millis(50));
        }
        let lived = start.elapsed();
        assert!(lived >= Duration::from_millis(1900), "{lived:?}");
        assert!((1..=2).contains(&heartbeats), "{heartbeats}");
        while start.elapsed() < Duration::from_secs(5) {
            talks.silence(Duration::from_millis(500));
        }
        talks.settle();
    });
}

#[test]
fn a_body_that_does_not_arrive_in_time_is_said_to_be_missing() {
    on_both(Settings::default(), |server| {
        let terms = json!({"heartbeat_interval": 1000});
        let mut probe = Probe::identified(server.tcp(), terms);
        probe.shows_heartbeats = true;
        probe.send(b"PUB t\n\0\0\0\x05ab");
        // The second heartbeat is due in the very moment of the error: it may come on either side.
        let mut after_heartbeats = || loop {
            let event = probe.arrives();
            if event != Event::Response("_heartbeat_".to_owned()) {
                return event;
            }
        };
        let text = "E_BAD_MESSAGE PUB failed to read message body".to_owned();
        assert_eq!(after_heartbeats(), Event::Error(text));
        assert_eq!(after_heartbeats(), Event::Closed(End::Eof));
    });
}

#[test]
fn a_client_that_only_stops_sending_is_closed() {
    on_both(Settings::default(), |server| {
        let topic = fresh("half");
        let mut probe = Probe::subscribed(server.tcp(), &topic, "c");
        probe.half_close();
        assert_eq!(probe.end(), End::Eof);
        server.wait_for(&topic, "c", "client_count", 0);
    });
}

#[test]
fn who_does_not_read_is_served_no_more_and_not_told() {
    on_both(Settings::default(), |server| {
        let topic = fresh("stalled");
        // More than all buffers on the way take; there before the clock of the silent one runs.
        let mut publisher = Probe::connect(server.tcp());
        for _ in 0..40 {
            publisher.publish(&topic, &vec![b'x'; 1_000_000]);
        }
        let terms = json!({"heartbeat_interval": 1000});
        let mut probe = Probe::subscribed_with(server.tcp(), &topic, "c", terms);
        probe.line("RDY 2500");
        // It says that it lives, and does not read, for longer than a write may take.
        for _ in 0..8 {
            std::thread::park_timeout(Duration::from_millis(400));
            probe.line("NOP");
        }
        let channel = server.channel(&topic, "c");
        assert_eq!(channel["client_count"], 1);
        let sent = channel["clients"][0]["in_flight_count"].as_u64().unwrap();
        assert!((1..40).contains(&sent), "{sent}");
        // What was under way arrives, and then nothing more, not even heartbeats.
        for _ in 0..3 {
            probe.drain(Duration::from_millis(700));
            probe.line("NOP");
        }
        assert_eq!(probe.drain(Duration::from_millis(1500)), (0, false));
        assert_eq!(server.channel(&topic, "c")["client_count"], 1);
        // An answer cannot be written any more; that is the end.
        probe.command("PUB elsewhere", b"x");
        assert_eq!(probe.drain(Duration::from_secs(20)), (0, true));
    });
}
