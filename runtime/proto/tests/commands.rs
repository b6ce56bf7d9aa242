//! Commands: the exact bytes, and that what nsqd would refuse cannot be built.

use std::time::Duration;

use bytes::{Bytes, BytesMut};
use kubefuncs_nsq_proto::{Channel, Command, Identify, Limits, MessageId, SizeError, Topic};
use proptest::collection::vec;
use proptest::prelude::*;

fn wire(command: &Command) -> BytesMut {
    let mut out = BytesMut::new();
    command.encode(&mut out);
    out
}

fn topic() -> Topic {
    Topic::new("orders").expect("a valid name")
}

fn id() -> MessageId {
    MessageId::new(*b"0123456789abcdef").expect("a valid id")
}

#[test]
fn commands_without_a_body_are_one_line() {
    let limits = Limits::default();
    let channel = Channel::new("default#ephemeral").unwrap();
    for (command, line) in [
        (
            Command::subscribe(&topic(), &channel),
            "SUB orders default#ephemeral\n",
        ),
        (Command::ready(0), "RDY 0\n"),
        (Command::ready(2500), "RDY 2500\n"),
        (Command::finish(id()), "FIN 0123456789abcdef\n"),
        (Command::touch(id()), "TOUCH 0123456789abcdef\n"),
        (
            Command::requeue(id(), Duration::ZERO, &limits),
            "REQ 0123456789abcdef 0\n",
        ),
        (
            Command::requeue(id(), Duration::from_micros(1500), &limits),
            "REQ 0123456789abcdef 2\n",
        ),
        (
            Command::requeue(id(), Duration::MAX, &limits),
            "REQ 0123456789abcdef 3600000\n",
        ),
        (Command::close(), "CLS\n"),
        (Command::nop(), "NOP\n"),
    ] {
        assert_eq!(wire(&command), line);
    }
}

#[test]
fn identify_is_a_line_and_json() {
    let identify = Identify {
        client_id: "a".into(),
        hostname: "b".into(),
        user_agent: "c".into(),
        feature_negotiation: true,
        msg_timeout: Some(1000),
        snappy: true,
        ..Identify::default()
    };
    let sent = wire(&Command::identify(&identify, &Limits::default()).unwrap());
    let (head, json) = sent.split_at(13);
    assert_eq!(&head[..9], b"IDENTIFY\n");
    assert_eq!(
        u32::from_be_bytes(head[9..].try_into().unwrap()) as usize,
        json.len()
    );
    assert_eq!(serde_json::from_slice::<Identify>(json).unwrap(), identify);

    let huge = Identify {
        client_id: "x".repeat(6_000_000),
        ..identify
    };
    assert!(matches!(
        Command::identify(&huge, &Limits::default()),
        Err(SizeError::Body { .. })
    ));
}

#[test]
fn sizes_are_checked_at_their_edges() {
    let limits = Limits {
        max_message: 10,
        max_body: 27,
        max_delay_ms: 1000,
    };
    let body = |len: usize| Bytes::from(vec![7; len]);
    assert_eq!(
        Command::publish(&topic(), body(0), &limits),
        Err(SizeError::Empty)
    );
    assert!(Command::publish(&topic(), body(1), &limits).is_ok());
    assert!(Command::publish(&topic(), body(10), &limits).is_ok());
    assert_eq!(
        Command::publish(&topic(), body(11), &limits),
        Err(SizeError::Message {
            size: 11,
            limit: 10
        })
    );

    let ms = Duration::from_millis;
    assert!(Command::publish_deferred(&topic(), ms(1000), body(1), &limits).is_ok());
    assert_eq!(
        Command::publish_deferred(&topic(), ms(1001), body(1), &limits),
        Err(SizeError::Delay {
            delay_ms: 1001,
            limit_ms: 1000
        })
    );

    assert_eq!(
        Command::publish_many(&topic(), vec![], &limits),
        Err(SizeError::Empty)
    );
    assert!(Command::publish_many(&topic(), vec![body(10), body(5)], &limits).is_ok());
    assert_eq!(
        Command::publish_many(&topic(), vec![body(10), body(6)], &limits),
        Err(SizeError::Body {
            size: 28,
            limit: 27
        })
    );
}

proptest! {
    #[test]
    fn a_publish_is_its_line_its_length_and_its_body(
        body in vec(any::<u8>(), 1..300), ms in 0u64..3_600_000,
    ) {
        let limits = Limits::default();
        let length = u32::try_from(body.len()).unwrap().to_be_bytes();

        let publish = wire(&Command::publish(&topic(), body.clone().into(), &limits).unwrap());
        prop_assert_eq!(&publish[..], [b"PUB orders\n", &length[..], &body].concat());

        let delay = Duration::from_millis(ms);
        let deferred = Command::publish_deferred(&topic(), delay, body.clone().into(), &limits);
        let deferred = deferred.unwrap();
        let line = format!("DPUB orders {ms}\n");
        prop_assert_eq!(&wire(&deferred)[..], [line.as_bytes(), &length[..], &body].concat());
    }

    #[test]
    fn mpub_tells_its_own_length_and_count(bodies in vec(vec(any::<u8>(), 1..50), 1..20)) {
        let many = bodies.iter().cloned().map(Bytes::from).collect();
        let sent = wire(&Command::publish_many(&topic(), many, &Limits::default()).unwrap());
        let (line, mut rest) = sent.split_at(12);
        prop_assert_eq!(line, b"MPUB orders\n");
        let mut number = || {
            let (n, tail) = rest.split_at(4);
            rest = tail;
            u32::from_be_bytes(n.try_into().unwrap()) as usize
        };
        prop_assert_eq!(number(), sent.len() - 16);
        prop_assert_eq!(number(), bodies.len());
        for body in &bodies {
            let (length, tail) = rest.split_at(4);
            prop_assert_eq!(u32::from_be_bytes(length.try_into().unwrap()) as usize, body.len());
            let (item, tail) = tail.split_at(body.len());
            prop_assert_eq!(item, &body[..]);
            rest = tail;
        }
        prop_assert!(rest.is_empty());
    }
}

#[test]
fn a_secret_is_on_the_wire_and_nowhere_else() {
    let limits = Limits::default();
    let auth = Command::authenticate("hunter2".into(), &limits).unwrap();
    let mut out = BytesMut::new();
    auth.encode(&mut out);
    assert_eq!(&out[..], b"AUTH\n\0\0\0\x07hunter2");
    assert!(!format!("{auth:?}").contains("hunter2"));
    assert!(Command::authenticate("".into(), &limits).is_err());
}
