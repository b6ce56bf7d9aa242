//! PUB, MPUB and DPUB.

use std::time::{Duration, Instant};

use kubefuncs_conformance::{End, Event, Probe, Settings, fresh, many, on_both};

const MAX: usize = 1_048_576;

#[test]
fn names_have_sixty_four_bytes_and_few_characters() {
    on_both(Settings::default(), |server| {
        let long = "n".repeat(64);
        let ephemeral = format!("{}#ephemeral", "e".repeat(54));
        let good = ["x", ".", "-_.09azAZ", &long, &ephemeral, "a#ephemeral"];
        for name in good {
            let mut probe = Probe::connect(server.tcp());
            probe.publish(name, b"x");
            probe.line(&format!("SUB {name} {name}"));
            probe.ok();
        }
        let too_long = "n".repeat(65);
        let too_long_ephemeral = format!("{}#ephemeral", "e".repeat(55));
        let bad = [
            "",
            "#ephemeral",
            "a#b",
            "a#ephemeralx",
            "a$",
            "é",
            "a/b",
            "a\tb",
            "a\\\"",
            "a\x01",
            &too_long,
            &too_long_ephemeral,
        ];
        for name in bad {
            for line in [
                format!("PUB {name}"),
                format!("DPUB {name} 1"),
                format!("MPUB {name}"),
            ] {
                let mut probe = Probe::connect(server.tcp());
                probe.command(&line, b"x");
                let (_, end) = probe.fatal("E_BAD_TOPIC");
                assert_eq!(end, End::Eof);
            }
            let mut probe = Probe::connect(server.tcp());
            probe.line(&format!("SUB {name} c"));
            probe.fatal("E_BAD_TOPIC");
            let mut probe = Probe::connect(server.tcp());
            probe.line(&format!("SUB t {name}"));
            probe.fatal("E_BAD_CHANNEL");
        }
    });
}

#[test]
fn a_message_has_one_byte_to_a_mebibyte() {
    on_both(Settings::default(), |server| {
        let topic = fresh("sizes");
        let mut probe = Probe::connect(server.tcp());
        probe.publish(&topic, b"x");
        probe.publish(&topic, &vec![b'x'; MAX]);
        assert_eq!(server.topic(&topic)["message_bytes"], 1 + MAX);
        for length in [0, MAX as u32 + 1, 0x8000_0000, u32::MAX] {
            for verb in [format!("PUB {topic}"), format!("DPUB {topic} 1")] {
                let mut probe = Probe::connect(server.tcp());
                probe.send(&[verb.as_bytes(), b"\n", &length.to_be_bytes()].concat());
                probe.fatal("E_BAD_MESSAGE");
            }
        }
        let mut cut = Probe::connect(server.tcp());
        cut.send(format!("PUB {topic}\n\0\0\0\x09half").as_bytes());
        cut.half_close();
        cut.fatal("E_BAD_MESSAGE");
        assert_eq!(server.topic(&topic)["depth"], 2);
    });
}

#[test]
fn what_was_sent_before_a_bad_publish_is_stored_and_answered() {
    on_both(Settings::default(), |server| {
        let topic = fresh("pipeline");
        let mut probe = Probe::connect(server.tcp());
        let mut all = format!("PUB {topic}\n\0\0\0\x01x").repeat(200).into_bytes();
        all.extend_from_slice(format!("PUB {topic}\n").as_bytes());
        all.extend_from_slice(&(3 * MAX as u32).to_be_bytes());
        probe.send(&all);
        for _ in 0..200 {
            probe.ok();
        }
        let (_, end) = probe.fatal("E_BAD_MESSAGE");
        assert_eq!(end, End::Eof, "there was nothing left to read");
        assert_eq!(server.topic(&topic)["depth"], 200);
    });
}

#[test]
fn a_body_that_is_not_read_ends_in_a_reset() {
    on_both(Settings::default(), |server| {
        let topic = fresh("unread");
        let mut probe = Probe::connect(server.tcp());
        probe.settle();
        let mut large = format!("PUB {topic}\n").into_bytes();
        large.extend_from_slice(&(3 * MAX as u32).to_be_bytes());
        large.resize(64 * 1024, b'x');
        // All of it is there before the server looks, and more than it reads at once.
        server.pause();
        probe.send(&large);
        server.resume();
        // A reset may reach the reader before the frame does, and takes it away then.
        let mut event = probe.arrives();
        if let Event::Error(text) = &event {
            assert!(
                text.starts_with("E_BAD_MESSAGE PUB message too big"),
                "{text}"
            );
            event = probe.arrives();
        }
        assert_eq!(event, Event::Closed(End::Reset));
        assert!(server.topic(&topic).is_null());
    });
}

#[test]
fn many_messages_are_one_command() {
    on_both(Settings::default(), |server| {
        let topic = fresh("many");
        let mut probe = Probe::connect(server.tcp());
        probe.command(&format!("MPUB {topic}"), &many(&[b"a", b"bb", b"ccc"]));
        probe.ok();
        let stats = server.topic(&topic);
        assert_eq!(
            (&stats["depth"], &stats["message_bytes"]),
            (&3.into(), &6.into())
        );
        let mut consumer = Probe::subscribed(server.tcp(), &topic, "c");
        consumer.line("RDY 10");
        let mut bodies: Vec<String> = consumer.messages(3).iter().map(|m| m.text()).collect();
        bodies.sort();
        assert_eq!(bodies, ["a", "bb", "ccc"]);
        // The total is in range, and nobody compares it with what follows.
        let mut body = many(&[b"d"]);
        body.splice(..0, 77_u32.to_be_bytes());
        probe.send(&[format!("MPUB {topic}\n").as_bytes(), &body].concat());
        probe.ok();
    });
}

#[test]
fn a_bad_mpub_is_refused_but_makes_its_topic() {
    on_both(Settings::default(), |server| {
        let be = |numbers: &[u32]| -> Vec<u8> {
            numbers
                .iter()
                .flat_map(|number| number.to_be_bytes())
                .collect()
        };
        let cases: [(Vec<u8>, &str); 9] = [
            (be(&[0]), "E_BAD_BODY"),
            (be(&[5_242_881]), "E_BAD_BODY"),
            (be(&[u32::MAX]), "E_BAD_BODY"),
            (be(&[4, 0]), "E_BAD_BODY"),
            (be(&[4, 1_048_576]), "E_BAD_BODY"),
            (be(&[4, 0x8000_0001]), "E_BAD_BODY"),
            (be(&[8, 1, 0]), "E_BAD_MESSAGE"),
            (be(&[8, 1, 1_048_577]), "E_BAD_MESSAGE"),
            (be(&[8, 1, u32::MAX]), "E_BAD_MESSAGE"),
        ];
        for (body, word) in cases {
            let topic = fresh("refused");
            let mut probe = Probe::connect(server.tcp());
            probe.send(&[format!("MPUB {topic}\n").as_bytes(), &body].concat());
            let (text, _) = probe.fatal(word);
            let stats = server.topic(&topic);
            assert_eq!(stats["depth"], 0, "{text}");
            assert_eq!(stats["message_count"], 0, "{text}");
        }
        let topic = fresh("refused");
        let mut probe = Probe::connect(server.tcp());
        // The first of two is fine, and not stored.
        probe.send(format!("MPUB {topic}\n\0\0\0\x20\0\0\0\x02\0\0\0\x01a\0\0\0\0").as_bytes());
        probe.fatal("E_BAD_MESSAGE");
        assert_eq!(server.topic(&topic)["depth"], 0);
    });
}

#[test]
fn deferred_messages_come_when_they_are_due() {
    on_both(Settings::default(), |server| {
        let topic = fresh("later");
        let mut consumer = Probe::subscribed(server.tcp(), &topic, "c");
        consumer.line("RDY 10");
        let mut probe = Probe::connect(server.tcp());
        let mut defer = |millis: &str| probe.command(&format!("DPUB {topic} {millis}"), b"x");
        let start = Instant::now();
        defer("0");
        consumer.message();
        defer("700");
        assert_eq!(consumer.message().attempts, 1);
        let waited = start.elapsed();
        // A channel younger than five seconds may not be looked at yet.
        assert!(waited >= Duration::from_millis(700), "{waited:?}");
        defer("3600000");
        server.wait_for(&topic, "c", "deferred_count", 1);
        assert_eq!(server.channel(&topic, "c")["depth"], 0);
        (0..3).for_each(|_| probe.ok());
        for millis in ["3600001", "-1", "x", "1.5", "18446744073709551615"] {
            let mut probe = Probe::connect(server.tcp());
            probe.command(&format!("DPUB {topic} {millis}"), b"x");
            probe.fatal("E_INVALID");
        }
    });
}

#[test]
fn a_consumer_may_publish_in_every_state() {
    on_both(Settings::default(), |server| {
        let (topic, other) = (fresh("own"), fresh("other"));
        let mut probe = Probe::subscribed(server.tcp(), &topic, "c");
        probe.publish(&other, b"1");
        probe.line("CLS");
        assert_eq!(probe.response(), "CLOSE_WAIT");
        probe.publish(&other, b"2");
        assert_eq!(server.topic(&other)["depth"], 2);
        let stats = server.stats("");
        let producers = stats["producers"].as_array().unwrap();
        assert_eq!(producers.len(), 1, "{producers:?}");
        assert_eq!(producers[0]["pub_counts"][0]["topic"], other);
        assert_eq!(producers[0]["pub_counts"][0]["count"], 2);
        assert_eq!(producers[0]["state"], 4);
    });
}

#[test]
fn ephemeral_queues_forget_what_is_too_much_and_say_ok() {
    let settings = Settings {
        mem_queue_size: 10,
        ..Settings::default()
    };
    on_both(settings, |server| {
        let (lossy, durable) = (fresh("lossy") + "#ephemeral", fresh("durable"));
        let mut probe = Probe::connect(server.tcp());
        for at in 0..25 {
            probe.publish(&lossy, at.to_string().as_bytes());
            probe.publish(&durable, at.to_string().as_bytes());
        }
        assert_eq!(server.topic(&lossy)["depth"], 10);
        assert_eq!(server.topic(&durable)["depth"], 25);
        assert_eq!(server.topic(&durable)["backend_depth"], 15);
        for (topic, count) in [(&lossy, 10), (&durable, 25)] {
            let mut consumer = Probe::subscribed(server.tcp(), topic, "c");
            consumer.line("RDY 100");
            let mut numbers: Vec<u32> = consumer
                .messages(count)
                .iter()
                .map(|m| m.text().parse().unwrap())
                .collect();
            numbers.sort_unstable();
            assert_eq!(numbers, (0..count as u32).collect::<Vec<_>>());
            consumer.silence(Duration::from_millis(200));
        }
    });
}

#[test]
fn a_delay_is_lost_where_memory_is_full() {
    let settings = Settings {
        mem_queue_size: 10,
        ..Settings::default()
    };
    on_both(settings, |server| {
        let topic = fresh("spilled");
        let mut probe = Probe::connect(server.tcp());
        for _ in 0..15 {
            probe.command(&format!("DPUB {topic} 600000"), b"x");
            probe.ok();
        }
        let mut consumer = Probe::subscribed(server.tcp(), &topic, "c");
        consumer.line("RDY 100");
        consumer.messages(5);
        server.wait_for(&topic, "c", "deferred_count", 10);
        consumer.silence(Duration::from_millis(200));
    });
}

#[test]
fn messages_and_answers_share_a_connection_in_order() {
    on_both(Settings::default(), |server| {
        let topic = fresh("both");
        let mut probe = Probe::subscribed(server.tcp(), &topic, "c");
        probe.line("RDY 2500");
        for at in 0..100 {
            probe.command(&format!("PUB {topic}"), at.to_string().as_bytes());
        }
        let (mut answers, mut messages) = (0, Vec::new());
        while answers < 100 || messages.len() < 100 {
            match probe.arrives() {
                Event::Response(text) => {
                    assert_eq!(text, "OK");
                    answers += 1;
                }
                Event::Message(message) => messages.push(message.text()),
                other => panic!("{other:?}"),
            }
        }
        let sent: Vec<String> = (0..100).map(|at| at.to_string()).collect();
        assert_eq!(messages, sent);
    });
}

#[test]
fn without_memory_everything_goes_to_the_backlog() {
    let settings = Settings {
        mem_queue_size: 0,
        ..Settings::default()
    };
    on_both(settings, |server| {
        let topic = fresh("diskful");
        let mut probe = Probe::connect(server.tcp());
        for _ in 0..5 {
            probe.publish(&topic, b"x");
        }
        // Nobody is there to hold a delay.
        probe.command(&format!("DPUB {topic} 600000"), b"x");
        probe.ok();
        let stats = server.topic(&topic);
        assert_eq!(
            (&stats["depth"], &stats["backend_depth"]),
            (&6.into(), &6.into())
        );
        let mut consumer = Probe::subscribed(server.tcp(), &topic, "c");
        consumer.line("RDY 100");
        consumer.messages(6);
        // Nor is there for what nobody waits for.
        let lossy = fresh("sieve") + "#ephemeral";
        probe.publish(&lossy, b"x");
        assert_eq!(server.topic(&lossy)["depth"], 0);
    });
}

#[test]
fn more_messages_than_a_millisecond_has_ids() {
    on_both(Settings::default(), |server| {
        let topic = fresh("ids");
        let bodies: Vec<Vec<u8>> = (0..9000_u32)
            .map(|at| at.to_string().into_bytes())
            .collect();
        let items: Vec<&[u8]> = bodies.iter().map(Vec::as_slice).collect();
        let mut probe = Probe::connect(server.tcp());
        probe.command(&format!("MPUB {topic}"), &many(&items));
        probe.ok();
        let mut consumer = Probe::subscribed(server.tcp(), &topic, "c");
        consumer.line("RDY 2500");
        let mut ids = std::collections::BTreeSet::new();
        for _ in 0..9000 {
            let message = consumer.message();
            consumer.line(&format!("FIN {}", message.id));
            assert!(ids.insert(message.id));
        }
        consumer.settle();
        assert_eq!(server.channel(&topic, "c")["in_flight_count"], 0);
    });
}
