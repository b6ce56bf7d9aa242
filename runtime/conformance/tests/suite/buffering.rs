//! When nsqd flushes: what is in the buffer waits for a full window, a full buffer, an answer, a
//! heartbeat, or a tick.

use std::time::{Duration, Instant};

use kubefuncs_conformance::{Event, Probe, Server, Settings, fresh, on_both};
use serde_json::{Value, json};

const A_WHILE: Duration = Duration::from_millis(400);

fn consumer(server: &Server, topic: &str, terms: Value) -> Probe {
    let mut probe = Probe::subscribed_with(server.tcp(), topic, "c", terms);
    // A settled window: what comes now is not flushed by an answer.
    probe.line("RDY 100");
    probe.settle();
    probe
}

fn publish(server: &Server, topic: &str, body: &[u8]) {
    Probe::connect(server.tcp()).publish(topic, body);
}

/// No tick: only what is meant to flushes.
fn untimed() -> Value {
    json!({"output_buffer_timeout": -1})
}

#[test]
fn without_a_buffer_messages_come_at_once() {
    on_both(Settings::default(), |server| {
        let topic = fresh("unbuffered");
        let mut probe = consumer(server, &topic, json!({"output_buffer_size": -1}));
        for _ in 0..3 {
            publish(server, &topic, b"x");
            probe.message();
        }
    });
}

#[test]
fn without_a_tick_messages_wait_for_an_answer() {
    on_both(Settings::default(), |server| {
        let topic = fresh("stuck");
        let mut probe = consumer(server, &topic, untimed());
        publish(server, &topic, b"x");
        server.wait_for(&topic, "c", "in_flight_count", 1);
        probe.silence(A_WHILE);
        probe.command("PUB elsewhere", b"x");
        probe.message();
        probe.ok();
    });
}

#[test]
fn without_a_tick_messages_wait_for_a_heartbeat() {
    on_both(Settings::default(), |server| {
        let topic = fresh("beat");
        let terms = json!({"output_buffer_timeout": -1, "heartbeat_interval": 2000});
        let mut probe = consumer(server, &topic, terms);
        probe.shows_heartbeats = true;
        assert_eq!(probe.response(), "_heartbeat_");
        probe.line("NOP");
        publish(server, &topic, b"x");
        let published = Instant::now();
        probe.message();
        assert_eq!(probe.response(), "_heartbeat_");
        assert!(
            published.elapsed() >= Duration::from_millis(500),
            "{:?}",
            published.elapsed()
        );
    });
}

#[test]
fn a_full_window_flushes() {
    on_both(Settings::default(), |server| {
        let topic = fresh("saturated");
        let mut probe = consumer(server, &topic, untimed());
        probe.line("RDY 3");
        probe.settle();
        publish(server, &topic, b"1");
        publish(server, &topic, b"2");
        server.wait_for(&topic, "c", "in_flight_count", 2);
        probe.silence(A_WHILE);
        publish(server, &topic, b"3");
        probe.messages(3);
    });
}

#[test]
fn closing_the_window_flushes() {
    on_both(Settings::default(), |server| {
        for how in ["RDY 0", "pause"] {
            let topic = fresh("shut");
            let mut probe = consumer(server, &topic, untimed());
            publish(server, &topic, b"x");
            server.wait_for(&topic, "c", "in_flight_count", 1);
            if how == "pause" {
                server.change(&format!("/channel/pause?topic={topic}&channel=c"));
            } else {
                probe.line(how);
            }
            probe.message();
        }
    });
}

#[test]
fn a_full_buffer_is_written() {
    on_both(Settings::default(), |server| {
        let topic = fresh("full");
        let terms = json!({"output_buffer_timeout": -1, "output_buffer_size": 1000});
        let mut probe = consumer(server, &topic, terms);
        // Eight bytes of frame, 26 of message and these: 500.
        let body = vec![b'x'; 500 - 34];
        publish(server, &topic, &body);
        publish(server, &topic, &body);
        server.wait_for(&topic, "c", "in_flight_count", 2);
        probe.silence(A_WHILE);
        publish(server, &topic, &body);
        probe.messages(2);
        probe.silence(A_WHILE);
        // Larger than the buffer: what is in it goes, and the rest with it.
        publish(server, &topic, &vec![b'x'; 3000]);
        probe.messages(2);
    });
}

#[test]
fn a_tick_flushes() {
    on_both(Settings::default(), |server| {
        let topic = fresh("tick");
        let mut probe = consumer(server, &topic, json!({"output_buffer_timeout": 1000}));
        // The ticker runs freely. A tick that passed before flushes the first message at once, and
        // then the second waits for the next one.
        let start = Instant::now();
        for _ in 0..3 {
            publish(server, &topic, b"x");
            match probe.arrives() {
                Event::Message(_) => {}
                other => panic!("{other:?}"),
            }
        }
        assert!(
            start.elapsed() >= Duration::from_millis(900),
            "{:?}",
            start.elapsed()
        );
    });
}
