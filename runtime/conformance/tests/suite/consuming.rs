//! Deliveries: windows, answers, timeouts.

use std::time::Duration;

use kubefuncs_conformance::{Message, Probe, Server, Settings, fresh, on_both};
use serde_json::json;

/// Something may be on its way for this long after nothing more should come.
const A_WHILE: Duration = Duration::from_millis(300);

pub(crate) fn publish(server: &Server, topic: &str, count: usize) {
    let mut probe = Probe::connect(server.tcp());
    for at in 0..count {
        probe.publish(topic, at.to_string().as_bytes());
    }
}

pub(crate) fn texts(messages: &[Message]) -> Vec<String> {
    messages.iter().map(Message::text).collect()
}

#[test]
fn a_message_is_delivered_and_finished() {
    on_both(Settings::default(), |server| {
        let topic = fresh("simple");
        let mut consumer = Probe::subscribed(server.tcp(), &topic, "c");
        consumer.line("RDY 1");
        let before = now_ns();
        publish(server, &topic, 1);
        let message = consumer.message();
        assert_eq!((message.text().as_str(), message.attempts), ("0", 1));
        assert!(
            message.id.bytes().all(|byte| byte.is_ascii_hexdigit()),
            "{}",
            message.id
        );
        assert!((before..=now_ns()).contains(&message.timestamp_ns));
        server.wait_for(&topic, "c", "in_flight_count", 1);
        consumer.line(&format!("FIN {}", message.id));
        consumer.settle();
        let channel = server.channel(&topic, "c");
        assert_eq!(channel["in_flight_count"], 0);
        assert_eq!(channel["clients"][0]["finish_count"], 1);
        assert_eq!(channel["clients"][0]["state"], 3);
    });
}

fn now_ns() -> i64 {
    let since = std::time::SystemTime::now()
        .duration_since(std::time::UNIX_EPOCH)
        .unwrap();
    i64::try_from(since.as_nanos()).unwrap()
}

#[test]
fn ready_is_a_window() {
    on_both(Settings::default(), |server| {
        let topic = fresh("window");
        let mut consumer = Probe::subscribed(server.tcp(), &topic, "c");
        publish(server, &topic, 10);
        consumer.silence(A_WHILE);
        consumer.line("RDY 3");
        let first = consumer.messages(3);
        assert_eq!(texts(&first), ["0", "1", "2"]);
        consumer.silence(A_WHILE);
        consumer.line(&format!("FIN {}", first[0].id));
        consumer.line(&format!("FIN {}", first[2].id));
        assert_eq!(texts(&consumer.messages(2)), ["3", "4"]);
        consumer.silence(A_WHILE);
        consumer.line("RDY 0");
        consumer.settle();
        consumer.line(&format!("FIN {}", first[1].id));
        // One that was picked already may come; none is, since the window was full.
        consumer.silence(A_WHILE);
        assert_eq!(server.channel(&topic, "c")["depth"], 5);
        consumer.line("RDY 3");
        consumer.messages(1);
        consumer.silence(A_WHILE);
    });
}

#[test]
fn answers_to_what_one_does_not_hold_fail_and_that_is_all() {
    on_both(Settings::default(), |server| {
        let topic = fresh("strange");
        let mut owner = Probe::subscribed(server.tcp(), &topic, "c");
        owner.line("RDY 1");
        publish(server, &topic, 1);
        let held = owner.message();
        let mut other = Probe::subscribed(server.tcp(), &topic, "c");
        let unknown = "0123456789abcdef";
        for (line, why) in [("FIN", ""), ("REQ", " 0"), ("TOUCH", "")] {
            other.line(&format!("{line} {unknown}{why}"));
            let text = other.error(&format!("E_{line}_FAILED"));
            let expected = format!("E_{line}_FAILED {line} {unknown} failed ID not in flight");
            assert_eq!(text, expected);
            other.line(&format!("{line} {}{why}", held.id));
            let text = other.error(&format!("E_{line}_FAILED"));
            assert!(
                text.ends_with("failed client does not own message"),
                "{text}"
            );
        }
        other.settle();
        owner.line(&format!("FIN {}", held.id));
        owner.settle();
        owner.line(&format!("FIN {}", held.id));
        owner.error("E_FIN_FAILED");
        // An id may be any sixteen bytes, a space excepted.
        owner.send(b"FIN \x00\xff\x01\x02\x03\x04\x05\x06\x07\x08\x09\x0b\x0c\x0d\x0e\x0f\n");
        owner.error("E_FIN_FAILED");
        for line in [
            "FIN short",
            "FIN",
            "REQ",
            "REQ 0123456789abcdef",
            "TOUCH ",
            "FIN x y",
        ] {
            let mut probe = Probe::subscribed(server.tcp(), &topic, "c");
            probe.line(line);
            probe.fatal("E_INVALID");
        }
        for millis in ["-1", "x", "1.5"] {
            let mut probe = Probe::subscribed(server.tcp(), &topic, "c");
            probe.line(&format!("REQ {unknown} {millis}"));
            probe.fatal("E_INVALID");
        }
    });
}

#[test]
fn after_cls_messages_can_still_be_answered() {
    on_both(Settings::default(), |server| {
        let topic = fresh("closing");
        let mut consumer = Probe::subscribed(server.tcp(), &topic, "c");
        publish(server, &topic, 5);
        consumer.line("RDY 2");
        let held = consumer.messages(2);
        consumer.line("CLS");
        assert_eq!(consumer.response(), "CLOSE_WAIT");
        consumer.line(&format!("FIN {}", held[0].id));
        consumer.line(&format!("TOUCH {}", held[1].id));
        consumer.line(&format!("REQ {} 0", held[1].id));
        consumer.silence(A_WHILE);
        consumer.settle();
        let channel = server.channel(&topic, "c");
        assert_eq!(
            (&channel["depth"], &channel["in_flight_count"]),
            (&4.into(), &0.into())
        );
        assert_eq!(channel["clients"][0]["ready_count"], 0);
        assert_eq!(
            channel["client_count"], 1,
            "it is up to the client to close"
        );
    });
}

#[test]
fn requeued_messages_go_to_the_tail() {
    on_both(Settings::default(), |server| {
        let topic = fresh("tail");
        let mut consumer = Probe::subscribed(server.tcp(), &topic, "c");
        publish(server, &topic, 5);
        // `OK` means the topic has it; the tail is that of the channel.
        server.wait_for(&topic, "c", "depth", 5);
        consumer.line("RDY 1");
        let first = consumer.message();
        consumer.line(&format!("REQ {} 0", first.id));
        let mut order = vec![first.text()];
        for _ in 0..5 {
            let message = consumer.message();
            order.push(message.text());
            let last = order.len() == 6;
            assert_eq!(message.attempts, if last { 2 } else { 1 });
            consumer.line(&format!("FIN {}", message.id));
        }
        assert_eq!(order, ["0", "1", "2", "3", "4", "0"]);
        consumer.settle();
        assert_eq!(server.channel(&topic, "c")["requeue_count"], 1);
    });
}

#[test]
fn the_first_channel_gets_the_past() {
    on_both(Settings::default(), |server| {
        let topic = fresh("past");
        publish(server, &topic, 3);
        assert_eq!(server.topic(&topic)["depth"], 3);
        let mut first = Probe::subscribed(server.tcp(), &topic, "first");
        let mut second = Probe::subscribed(server.tcp(), &topic, "second");
        first.line("RDY 10");
        second.line("RDY 10");
        assert_eq!(texts(&first.messages(3)), ["0", "1", "2"]);
        second.silence(A_WHILE);
        publish(server, &topic, 1);
        first.message();
        second.message();
    });
}

#[test]
fn consumers_of_a_channel_share_its_messages() {
    on_both(Settings::default(), |server| {
        let topic = fresh("shared");
        let mut consumers = [(); 3].map(|()| Probe::subscribed(server.tcp(), &topic, "c"));
        for consumer in &mut consumers {
            consumer.line("RDY 10");
            consumer.settle();
        }
        publish(server, &topic, 30);
        let mut all: Vec<u32> = Vec::new();
        for consumer in &mut consumers {
            let share = consumer.messages(10);
            all.extend(
                share
                    .iter()
                    .map(|message| message.text().parse::<u32>().unwrap()),
            );
            consumer.silence(Duration::from_millis(50));
        }
        all.sort_unstable();
        assert_eq!(all, (0..30).collect::<Vec<_>>());
    });
}

#[test]
fn a_channel_may_have_a_number_of_consumers() {
    let settings = Settings {
        max_channel_consumers: 1,
        ..Settings::default()
    };
    on_both(settings, |server| {
        let topic = fresh("full");
        let one = Probe::subscribed(server.tcp(), &topic, "c");
        let mut two = Probe::connect(server.tcp());
        two.line(&format!("SUB {topic} c"));
        let (text, _) = two.fatal("E_SUB_FAILED");
        assert!(text.ends_with("exceeds limit of 1"), "{text}");
        drop(one);
        server.wait_for(&topic, "c", "client_count", 0);
        Probe::subscribed(server.tcp(), &topic, "c");
    });
}

#[test]
fn sampling_discards_for_everybody() {
    on_both(Settings::default(), |server| {
        let topic = fresh("sample");
        let terms = json!({"output_buffer_size": -1, "sample_rate": 50});
        let mut consumer = Probe::subscribed_with(server.tcp(), &topic, "c", terms);
        consumer.line("RDY 2500");
        publish(server, &topic, 1000);
        server.wait_for(&topic, "c", "depth", 0);
        let mut kept = 0;
        while consumer.event(A_WHILE).is_some() {
            kept += 1;
        }
        assert!((350..=650).contains(&kept), "{kept}");
        assert_eq!(server.channel(&topic, "c")["in_flight_count"], kept);
    });
}
