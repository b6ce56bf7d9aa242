//! What happens when time passes: timeouts, touches, delays.

use std::time::{Duration, Instant};

use kubefuncs_conformance::{Event, Probe, Server, Settings, fresh, on_both};
use serde_json::json;

use crate::consuming::{publish, texts};

/// A consumer whose messages time out after a second.
fn hasty(server: &Server, topic: &str) -> Probe {
    let terms = json!({"output_buffer_size": -1, "msg_timeout": 1000});
    Probe::subscribed_with(server.tcp(), topic, "c", terms)
}

#[test]
fn what_is_not_answered_comes_again() {
    on_both(Settings::default(), |server| {
        let topic = fresh("timeout");
        let mut consumer = hasty(server, &topic);
        consumer.line("RDY 1");
        publish(server, &topic, 1);
        let first = consumer.message();
        let start = Instant::now();
        let second = consumer.message();
        assert!(
            start.elapsed() >= Duration::from_millis(900),
            "{:?}",
            start.elapsed()
        );
        assert_eq!(
            (second.id.as_str(), second.attempts),
            (first.id.as_str(), 2)
        );
        assert_eq!(second.timestamp_ns, first.timestamp_ns);
        assert_eq!(server.channel(&topic, "c")["timeout_count"], 1);
        // Who holds it is all that counts: this answers the second delivery.
        consumer.line(&format!("FIN {}", first.id));
        consumer.settle();
        assert_eq!(server.channel(&topic, "c")["in_flight_count"], 0);
        assert_eq!(server.channel(&topic, "c")["message_count"], 1);
    });
}

#[test]
fn a_timeout_makes_room_in_the_window() {
    on_both(Settings::default(), |server| {
        let topic = fresh("room");
        let mut consumer = hasty(server, &topic);
        publish(server, &topic, 4);
        consumer.line("RDY 2");
        assert_eq!(texts(&consumer.messages(2)), ["0", "1"]);
        // They go to the tail; the next two come first.
        assert_eq!(texts(&consumer.messages(2)), ["2", "3"]);
        let again = consumer.messages(2);
        assert_eq!(
            again
                .iter()
                .map(|message| message.attempts)
                .collect::<Vec<_>>(),
            [2, 2]
        );
    });
}

#[test]
fn touching_keeps_a_message_up_to_the_limit() {
    let settings = Settings {
        max_msg_timeout: Duration::from_secs(3),
        ..Settings::default()
    };
    on_both(settings, |server| {
        let topic = fresh("touch");
        let mut consumer = hasty(server, &topic);
        consumer.line("RDY 1");
        // The channel is old enough then for its timeouts to be looked at.
        consumer.silence(Duration::from_secs(5));
        publish(server, &topic, 1);
        let start = Instant::now();
        let message = consumer.message();
        let again = loop {
            consumer.line(&format!("TOUCH {}", message.id));
            match consumer.event(Duration::from_millis(300)) {
                None => assert!(start.elapsed() < Duration::from_secs(30)),
                Some(Event::Message(again)) => break again,
                Some(other) => panic!("{other:?}"),
            }
        };
        assert_eq!(again.attempts, 2);
        assert!(
            start.elapsed() >= Duration::from_millis(2900),
            "{:?}",
            start.elapsed()
        );
        assert_eq!(server.channel(&topic, "c")["timeout_count"], 1);
    });
}

#[test]
fn what_a_dead_consumer_held_comes_after_its_timeout() {
    on_both(Settings::default(), |server| {
        let topic = fresh("dead");
        let mut dies = hasty(server, &topic);
        publish(server, &topic, 5);
        dies.line("RDY 5");
        dies.messages(5);
        drop(dies);
        server.wait_for(&topic, "c", "client_count", 0);
        assert_eq!(
            server.channel(&topic, "c")["in_flight_count"],
            5,
            "not given back"
        );
        let mut heir = hasty(server, &topic);
        heir.line("RDY 5");
        let inherited = heir.messages(5);
        assert!(
            inherited.iter().all(|message| message.attempts == 2),
            "{inherited:?}"
        );
        let mut names = texts(&inherited);
        names.sort();
        assert_eq!(names, ["0", "1", "2", "3", "4"]);
    });
}

#[test]
fn requeued_messages_wait_as_long_as_they_are_told() {
    let settings = Settings {
        max_req_timeout: Duration::from_secs(2),
        ..Settings::default()
    };
    on_both(settings, |server| {
        let topic = fresh("wait");
        let mut consumer = Probe::subscribed(server.tcp(), &topic, "c");
        publish(server, &topic, 1);
        consumer.line("RDY 1");
        // Too long a delay is cut to the longest there is.
        for (millis, at_least) in [("1000", 1000), ("99999999", 2000), ("99999999999", 2000)] {
            let message = consumer.message();
            let start = Instant::now();
            consumer.line(&format!("REQ {} {millis}", message.id));
            consumer.settle();
            let channel = server.channel(&topic, "c");
            assert_eq!(channel["deferred_count"], 1);
            assert_eq!(
                (&channel["depth"], &channel["in_flight_count"]),
                (&0.into(), &0.into())
            );
            let again = consumer.message();
            assert!(
                start.elapsed() >= Duration::from_millis(at_least),
                "{:?}",
                start.elapsed()
            );
            assert_eq!(again.attempts, message.attempts + 1);
            consumer.line(&format!("REQ {} 0", again.id));
        }
    });
}
