//! Random scripts.

use super::step::{Body, Connection, Step, Which};
use crate::{Random, many};

const CONNECTIONS: usize = 3;
pub(super) const TOPICS: [&str; 3] = ["a", "b", "e#ephemeral"];

/// A script of so many steps: mostly sensible, sometimes not.
pub fn script(random: &mut Random, steps: usize) -> Vec<Step> {
    let mut script = Vec::with_capacity(steps);
    // Something is always subscribed and published.
    for connection in 0..2 {
        let topic = *random.pick(&TOPICS);
        script.push(Step::Subscribe(
            connection,
            topic.to_owned(),
            random.below(3) == 0,
        ));
        script.push(Step::Told(connection, "RDY 3".to_owned()));
    }
    while script.len() < steps {
        let number = script.len();
        script.push(step(random, number));
    }
    script
}

fn step(random: &mut Random, number: usize) -> Step {
    let connection = random.below(CONNECTIONS);
    let topic = (*random.pick(&TOPICS)).to_owned();
    match random.below(100) {
        0..30 => publish(random, connection, &topic, number),
        30..55 => answer(random, connection),
        55..70 => {
            let counts = ["0", "1", "2", "3", "5", "100", "2500"];
            Step::Told(connection, format!("RDY {}", random.pick(&counts)))
        }
        70..80 => Step::Subscribe(connection, topic, random.below(3) == 0),
        80..83 => Step::Told(connection, "NOP".to_owned()),
        83..85 => Step::Asked(connection, "CLS".to_owned(), None),
        85..87 => identify(random, connection),
        87..90 => Step::Drop(connection),
        90..96 => admin(random, connection, topic),
        _ => nonsense(random, connection, &topic),
    }
}

/// A body that no other message of the script has.
fn unique(number: usize, item: usize) -> Vec<u8> {
    format!("m{number}.{item}").into_bytes()
}

fn publish(random: &mut Random, connection: Connection, topic: &str, number: usize) -> Step {
    let body = unique(number, 0);
    match random.below(10) {
        0..6 => Step::Asked(connection, format!("PUB {topic}"), Some(Body::Bytes(body))),
        6..8 => {
            let items: Vec<Vec<u8>> = (0..=random.below(4))
                .map(|item| unique(number, item))
                .collect();
            let items: Vec<&[u8]> = items.iter().map(Vec::as_slice).collect();
            let body = many(&items);
            Step::Asked(connection, format!("MPUB {topic}"), Some(Body::Bytes(body)))
        }
        8 => {
            let millis = random.pick(&["0", "3600000", "2400000", ""]);
            Step::Asked(
                connection,
                format!("DPUB {topic} {millis}"),
                Some(Body::Bytes(body)),
            )
        }
        _ => Step::Post(format!("/pub?topic={}", topic.replace('#', "%23")), body),
    }
}

fn answer(random: &mut Random, connection: Connection) -> Step {
    let which = match random.below(20) {
        0 => Which::Unknown,
        1 => Which::Others((connection + 1) % CONNECTIONS),
        back => Which::Received(back % 4),
    };
    match random.below(10) {
        0..6 => Step::Answer(connection, "FIN", which, ""),
        6..8 => Step::Answer(connection, "REQ", which, " 0"),
        8 => Step::Answer(connection, "REQ", which, " 3000000"),
        _ => Step::Answer(connection, "TOUCH", which, ""),
    }
}

/// None asks for a buffer of any size: after a first IDENTIFY without one there is no ticker that
/// flushes it, and a message waits for the next heartbeat; and nsqd's new buffer writes in clear,
/// even where TLS was agreed on before.
fn identify(random: &mut Random, connection: Connection) -> Step {
    let bodies: [&[u8]; 8] = [
        b"{}",
        b"null",
        br#"{"feature_negotiation":true,"msg_timeout":90000}"#,
        br#"{"FEATURE_NEGOTIATION":true,"heartbeat_interval":60000,"output_buffer_timeout":25}"#,
        br#"{"client_id":"x","hostname":"y","user_agent":"z"}"#,
        br#"{"heartbeat_interval":"1000"}"#,
        br#"{"msg_timeout":900001}"#,
        b"[]",
    ];
    let body = random.pick(&bodies).to_vec();
    Step::Asked(connection, "IDENTIFY".to_owned(), Some(Body::Bytes(body)))
}

fn admin(random: &mut Random, connection: Connection, topic: String) -> Step {
    let encoded = topic.replace('#', "%23");
    let channel = format!("/channel/VERB?topic={encoded}&channel=c{connection}");
    let on_channel = |verb: &str| Step::Post(channel.replace("VERB", verb), Vec::new());
    let on_topic = |verb: &str| Step::Post(format!("/topic/{verb}?topic={encoded}"), Vec::new());
    match random.below(12) {
        0 => on_channel("pause"),
        1 | 2 => on_channel("unpause"),
        3 => on_channel("empty"),
        4 => on_channel("create"),
        5 => on_topic("pause"),
        6..9 => on_topic("unpause"),
        9 => on_topic("empty"),
        10 => Step::Delete(topic, Some(connection)),
        _ => Step::Delete(topic, None),
    }
}

fn nonsense(random: &mut Random, connection: Connection, topic: &str) -> Step {
    let asked = |line: &str, body: Option<Body>| Step::Asked(connection, line.to_owned(), body);
    let raw = |bytes: &[u8]| Some(Body::Raw(bytes.to_vec()));
    match random.below(18) {
        0 => asked("", None),
        1 => asked("pub x", None),
        2 => asked("PUB", None),
        3 => asked("PUB b$d", None),
        4 => asked(&format!("PUB {topic}"), raw(b"\0\0\0\0")),
        5 => asked(&format!("PUB {topic}"), raw(b"\0\x10\0\x01")),
        6 => asked(&format!("PUB {topic}"), raw(b"\xff\xff\xff\xff")),
        7 => asked(&format!("MPUB {topic}"), raw(b"\0\0\0\x04\0\0\0\0")),
        8 => asked(
            &format!("MPUB {topic}"),
            raw(b"\0\0\0\x20\0\0\0\x02\0\0\0\x01a\0\0\0\0"),
        ),
        9 => asked(&format!("DPUB {topic} -1"), None),
        10 => asked(&format!("DPUB {topic} 3600001"), None),
        11 => asked("SUB a \"b\\", None),
        12 => asked("AUTH", Some(Body::Bytes(b"secret".to_vec()))),
        13 => Step::Told(connection, "RDY 2501".to_owned()),
        14 => Step::Told(connection, "RDY x".to_owned()),
        15 => Step::Answer(connection, "FIN", Which::Short, ""),
        16 => Step::Answer(connection, "REQ", Which::Unknown, " -1"),
        _ => Step::Answer(connection, "TOUCH", Which::Short, " x"),
    }
}
