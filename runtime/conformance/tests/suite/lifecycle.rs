//! Topics and channels come and go; servers stop and start.

use std::time::Duration;

use kubefuncs_conformance::{PATIENCE, Probe, Server, Settings, fresh, on_both};
use kubefuncs_testkit::wait_until;
use serde_json::Value;

const A_WHILE: Duration = Duration::from_millis(300);

fn exists(server: &Server, topic: &str) -> bool {
    server.topic(topic) != Value::Null
}

fn publish(server: &Server, topic: &str, bodies: &[&str]) {
    let mut probe = Probe::connect(server.tcp());
    for body in bodies {
        probe.publish(topic, body.as_bytes());
    }
}

#[test]
fn ephemeral_things_go_with_their_last_client() {
    on_both(Settings::default(), |server| {
        let topic = fresh("fleeting") + "#ephemeral";
        let one = Probe::subscribed(server.tcp(), &topic, "c#ephemeral");
        let two = Probe::subscribed(server.tcp(), &topic, "c#ephemeral");
        publish(server, &topic, &["x"]);
        drop(one);
        server.wait_for(&topic, "c#ephemeral", "client_count", 1);
        drop(two);
        wait_until(PATIENCE, "the topic is gone", || !exists(server, &topic));

        // A late message brings it back, and nothing takes it away again.
        publish(server, &topic, &["late"]);
        assert_eq!(server.topic(&topic)["depth"], 1);
        assert_eq!(server.topic(&topic)["message_count"], 1);
    });
}

#[test]
fn what_is_durable_stays() {
    on_both(Settings::default(), |server| {
        let (durable, fleeting) = (fresh("stays"), fresh("half") + "#ephemeral");
        drop(Probe::subscribed(server.tcp(), &durable, "c#ephemeral"));
        let gone = || server.channel(&durable, "c#ephemeral") == Value::Null;
        wait_until(PATIENCE, "the channel is gone", gone);
        assert!(exists(server, &durable));

        drop(Probe::subscribed(server.tcp(), &fleeting, "durable"));
        server.wait_for(&fleeting, "durable", "client_count", 0);
        publish(server, &fleeting, &["kept"]);
        server.wait_for(&fleeting, "durable", "depth", 1);
        let encoded = fleeting.replace('#', "%23");
        server.change(&format!("/channel/delete?topic={encoded}&channel=durable"));
        wait_until(PATIENCE, "the topic is gone", || !exists(server, &fleeting));
    });
}

#[test]
fn a_paused_channel_delivers_nothing() {
    on_both(Settings::default(), |server| {
        let topic = fresh("pause");
        let mut consumer = Probe::subscribed(server.tcp(), &topic, "c");
        consumer.line("RDY 10");
        publish(server, &topic, &["before"]);
        let before = consumer.message();
        server.change(&format!("/channel/pause?topic={topic}&channel=c"));
        publish(server, &topic, &["meanwhile"]);
        consumer.silence(A_WHILE);
        let channel = server.channel(&topic, "c");
        assert_eq!(
            (&channel["paused"], &channel["depth"]),
            (&true.into(), &1.into())
        );
        // Answers are still taken.
        consumer.line(&format!("FIN {}", before.id));
        consumer.settle();
        assert_eq!(server.channel(&topic, "c")["in_flight_count"], 0);
        server.change(&format!("/channel/unpause?topic={topic}&channel=c"));
        assert_eq!(consumer.message().text(), "meanwhile");
    });
}

#[test]
fn a_paused_topic_keeps_its_messages() {
    on_both(Settings::default(), |server| {
        let topic = fresh("dam");
        let mut consumer = Probe::subscribed(server.tcp(), &topic, "c");
        consumer.line("RDY 10");
        server.change(&format!("/topic/pause?topic={topic}"));
        publish(server, &topic, &["a", "b"]);
        consumer.silence(A_WHILE);
        let stats = server.topic(&topic);
        assert_eq!(
            (&stats["paused"], &stats["depth"]),
            (&true.into(), &2.into())
        );
        assert_eq!(stats["channels"][0]["depth"], 0);
        server.change(&format!("/topic/unpause?topic={topic}"));
        assert_eq!(consumer.message().text(), "a");
        assert_eq!(consumer.message().text(), "b");
    });
}

#[test]
fn deleting_cuts_consumers_off() {
    on_both(Settings::default(), |server| {
        for what in ["topic", "channel"] {
            let topic = fresh("doomed");
            let mut consumer = Probe::subscribed(server.tcp(), &topic, "c");
            let mut other = Probe::subscribed(server.tcp(), &topic, "other");
            publish(server, &topic, &["x"]);
            server.wait_for(&topic, "c", "depth", 1);
            server.change(&format!("/{what}/delete?topic={topic}&channel=c"));
            consumer.end();
            if what == "topic" {
                other.end();
                assert!(!exists(server, &topic));
            } else {
                other.settle();
                assert_eq!(server.channel(&topic, "c"), Value::Null);
            }
            let mut again = Probe::subscribed(server.tcp(), &topic, "c");
            publish(server, &topic, &["y"]);
            again.line("RDY 1");
            assert_eq!(again.message().text(), "y");
        }
    });
}

#[test]
fn emptying_forgets_everything() {
    on_both(Settings::default(), |server| {
        let topic = fresh("void");
        let mut consumer = Probe::subscribed(server.tcp(), &topic, "c");
        publish(server, &topic, &["a", "b", "c", "d"]);
        consumer.line("RDY 2");
        let (a, b) = (consumer.message(), consumer.message());
        server.wait_for(&topic, "c", "depth", 2);
        consumer.line("RDY 0");
        consumer.line(&format!("REQ {} 60000", a.id));
        consumer.settle();
        let channel = server.channel(&topic, "c");
        assert_eq!(channel["deferred_count"], 1);
        assert_eq!(
            (&channel["depth"], &channel["in_flight_count"]),
            (&2.into(), &1.into())
        );
        server.change(&format!("/channel/empty?topic={topic}&channel=c"));
        let channel = server.channel(&topic, "c");
        for field in ["depth", "in_flight_count", "deferred_count"] {
            assert_eq!(channel[field], 0, "{field}");
        }
        assert_eq!(channel["clients"][0]["in_flight_count"], 0);
        consumer.line(&format!("FIN {}", b.id));
        consumer.error("E_FIN_FAILED");

        let waiting = fresh("waiting");
        publish(server, &waiting, &["a", "b"]);
        server.change(&format!("/topic/empty?topic={waiting}"));
        assert_eq!(server.topic(&waiting)["depth"], 0);
    });
}

#[test]
fn a_clean_restart_keeps_messages_and_loses_delays() {
    on_both(Settings::default(), |server| {
        let (topic, fleeting) = (fresh("kept"), fresh("lost") + "#ephemeral");
        let mut consumer = Probe::subscribed(server.tcp(), &topic, "c");
        publish(server, &topic, &["in flight", "queued"]);
        consumer.line("RDY 1");
        assert_eq!(consumer.message().attempts, 1);
        let mut probe = Probe::connect(server.tcp());
        probe.command(&format!("DPUB {topic} 600000"), b"deferred");
        probe.ok();
        probe.publish(&fleeting, b"x");
        server.wait_for(&topic, "c", "deferred_count", 1);
        server.change(&format!("/channel/create?topic={topic}&channel=paused"));
        server.change(&format!("/channel/pause?topic={topic}&channel=paused"));
        let mut idle = Probe::connect(server.tcp());
        server.change("/topic/create?topic=held");
        server.change("/topic/pause?topic=held");

        server.restart();
        for probe in [&mut consumer, &mut probe, &mut idle] {
            probe.end();
        }
        assert!(!exists(server, &fleeting));
        assert_eq!(server.topic("held")["paused"], true);
        assert_eq!(server.channel(&topic, "paused")["paused"], true);
        let mut consumer = Probe::subscribed(server.tcp(), &topic, "c");
        consumer.line("RDY 10");
        let mut found: Vec<(String, u16)> = consumer
            .messages(3)
            .iter()
            .map(|m| (m.text(), m.attempts))
            .collect();
        found.sort();
        let expected = [("deferred", 1), ("in flight", 2), ("queued", 1)];
        let found: Vec<(&str, u16)> = found.iter().map(|(t, a)| (t.as_str(), *a)).collect();
        assert_eq!(found, expected);
    });
}

#[test]
fn a_crash_loses_what_was_in_memory() {
    on_both(Settings::default(), |server| {
        let topic = fresh("crash");
        let mut consumer = Probe::subscribed(server.tcp(), &topic, "c");
        publish(server, &topic, &["a", "b", "c"]);
        consumer.line("RDY 1");
        consumer.message();
        // Topics and channels are written down soon after they are made.
        server.change(&format!("/channel/pause?topic={topic}&channel=c"));
        server.crash();
        consumer.end();
        let channel = server.channel(&topic, "c");
        assert_eq!(
            (&channel["depth"], &channel["paused"]),
            (&0.into(), &true.into())
        );
        assert_eq!(channel["in_flight_count"], 0);
    });
}

#[test]
fn a_process_that_stands_still_says_nothing_and_goes_on() {
    on_both(Settings::default(), |server| {
        let topic = fresh("still");
        let mut consumer = Probe::subscribed(server.tcp(), &topic, "c");
        consumer.line("RDY 1");
        let mut probe = Probe::connect(server.tcp());
        probe.settle();
        server.pause();
        probe.command(&format!("PUB {topic}"), b"x");
        probe.silence(A_WHILE);
        consumer.silence(A_WHILE);
        server.resume();
        probe.ok();
        assert_eq!(consumer.message().text(), "x");
    });
}
