//! Magic, IDENTIFY, and the states of a connection.

use kubefuncs_conformance::{End, Probe, Settings, fresh, on_both};
use serde_json::{Value, json};

#[test]
fn only_the_magic_of_v2_opens_a_conversation() {
    on_both(Settings::default(), |server| {
        for magic in [b"  V1", b"GET ", b"\0\0\0\0", b"V2  "] {
            let mut probe = Probe::silent(server.tcp());
            probe.send(magic);
            assert_eq!(probe.error("E_BAD_PROTOCOL"), "E_BAD_PROTOCOL");
            assert_eq!(probe.end(), End::Eof);
        }
        let mut http = Probe::silent(server.tcp());
        http.send(b"GET /ping HTTP/1.1\r\nHost: x\r\n\r\n");
        http.error("E_BAD_PROTOCOL");
        assert_eq!(
            http.end(),
            End::Reset,
            "the rest of the request was not read"
        );
    });
}

#[test]
fn identify_is_answered_by_ok_or_by_thirteen_fields() {
    on_both(Settings::default(), |server| {
        let mut probe = Probe::connect(server.tcp());
        probe.identify(b"{}");
        probe.ok();
        let mut probe = Probe::connect(server.tcp());
        probe.identify(br#"{"feature_negotiation": true}"#);
        let reply: Value = serde_json::from_str(&probe.response()).unwrap();
        let expected = json!({
            "max_rdy_count": 2500, "version": "1.3.0", "max_msg_timeout": 900_000,
            "msg_timeout": 60_000, "tls_v1": false, "deflate": false, "deflate_level": 6,
            "max_deflate_level": 6, "snappy": false, "sample_rate": 0, "auth_required": false,
            "output_buffer_size": 16_384, "output_buffer_timeout": 250,
        });
        assert_eq!(reply, expected);
    });
}

#[test]
fn what_is_asked_for_is_granted() {
    on_both(Settings::default(), |server| {
        let mut probe = Probe::connect(server.tcp());
        let wish = json!({
            "feature_negotiation": true, "msg_timeout": 1234, "sample_rate": 50,
            "output_buffer_size": 64, "output_buffer_timeout": 25, "heartbeat_interval": 1500,
            "tls_v1": true, "snappy": true, "deflate": true, "deflate_level": 2,
        });
        probe.identify(wish.to_string().as_bytes());
        let reply: Value = serde_json::from_str(&probe.response()).unwrap();
        for (field, value) in [
            ("msg_timeout", json!(1234)),
            ("sample_rate", json!(50)),
            ("output_buffer_size", json!(64)),
            ("output_buffer_timeout", json!(25)),
            ("tls_v1", json!(false)),
            ("snappy", json!(false)),
            ("deflate", json!(false)),
            ("deflate_level", json!(6)),
        ] {
            assert_eq!(reply[field], value, "{field}");
        }
        let mut unbuffered = Probe::connect(server.tcp());
        unbuffered.identify(br#"{"feature_negotiation":true,"output_buffer_size":-1}"#);
        let reply: Value = serde_json::from_str(&unbuffered.response()).unwrap();
        assert_eq!(reply["output_buffer_size"], 1);
        assert_eq!(reply["output_buffer_timeout"], 0);
    });
}

/// Bodies of IDENTIFY that are accepted, and those that are not.
const FIELDS: [(&[&str], &[&str]); 9] = [
    (
        &["-1", "0", "null", "1000", "60000"],
        &[
            "-2", "1", "999", "60001", "1000.0", "1e3", "\"1000\"", "true", "[]",
        ],
    ),
    (
        &["-1", "0", "null", "64", "65536"],
        &["-2", "1", "63", "65537", "64.5", "\"64\""],
    ),
    (
        &["-1", "0", "null", "25", "30000"],
        &["-2", "1", "24", "30001", "\"25\""],
    ),
    (
        &["0", "null", "1000", "900000"],
        &["-1", "1", "999", "900001", "1000.5", "9223372036854775808"],
    ),
    (
        &["0", "null", "1", "99"],
        &["-1", "100", "2147483648", "0.5", "\"1\""],
    ),
    (&["\"\"", "\"x\"", "null", "\"é\""], &["1", "true", "{}"]),
    (&["true", "false", "null"], &["1", "\"true\"", "[]"]),
    (&["true", "false", "null"], &["0", "\"\""]),
    (&["0", "null", "-5", "9"], &["1.5", "\"6\""]),
];

const NAMES: [&[&str]; 9] = [
    &["heartbeat_interval", "HEARTBEAT_INTERVAL"],
    &["output_buffer_size"],
    &["output_buffer_timeout", "Output_Buffer_Timeout"],
    &["msg_timeout"],
    &["sample_rate"],
    &["client_id", "hostname", "user_agent"],
    &["feature_negotiation", "tls_v1"],
    &["snappy", "deflate"],
    &["deflate_level"],
];

#[test]
fn each_field_of_identify_has_its_range_and_type() {
    on_both(Settings::default(), |server| {
        let answer = |body: &str| {
            let mut probe = Probe::connect(server.tcp());
            probe.identify(body.as_bytes());
            probe
        };
        for (names, (good, bad)) in NAMES.iter().zip(FIELDS) {
            for name in *names {
                for value in good {
                    let reply = answer(&format!("{{\"{name}\": {value}}}")).response();
                    assert!(
                        reply == "OK" || reply.starts_with('{'),
                        "{name} {value}: {reply}"
                    );
                }
                for value in bad {
                    let body = format!("{{\"{name}\": {value}}}");
                    let (text, end) = answer(&body).fatal("E_BAD_BODY");
                    assert_eq!(end, End::Eof, "{body}: {text}");
                }
            }
        }
        for body in ["null", "{}", " {} \n", r#"{"unknown": [1, {"x": null}]}"#] {
            answer(body).ok();
        }
        for body in ["[]", "1", "\"x\"", "{", "{}x", "true", "{'a': 1}"] {
            answer(body).fatal("E_BAD_BODY");
        }
    });
}

#[test]
fn bodies_of_identify_and_auth_have_a_length() {
    on_both(Settings::default(), |server| {
        let lengths: [u32; 4] = [0, 5_242_881, 0x8000_0000, 0xffff_ffff];
        for verb in ["IDENTIFY", "AUTH"] {
            for length in lengths {
                let mut probe = Probe::connect(server.tcp());
                probe.send(&[verb.as_bytes(), b"\n", &length.to_be_bytes()].concat());
                probe.fatal("E_BAD_BODY");
            }
        }
        let mut probe = Probe::connect(server.tcp());
        probe.command("AUTH", b"secret");
        probe.fatal("E_AUTH_DISABLED");
        let mut probe = Probe::connect(server.tcp());
        probe.command("AUTH me", b"secret");
        probe.fatal("E_INVALID");
        let mut cut = Probe::connect(server.tcp());
        cut.send(b"IDENTIFY\n\0\0\0\x09{\"a\"");
        cut.half_close();
        cut.fatal("E_BAD_BODY");
    });
}

#[test]
fn without_heartbeats_there_is_no_subscription_but_publishing() {
    on_both(Settings::default(), |server| {
        let topic = fresh("quiet");
        let mut probe = Probe::identified(server.tcp(), json!({"heartbeat_interval": -1}));
        probe.publish(&topic, b"x");
        probe.line(&format!("SUB {topic} c"));
        let (text, _) = probe.fatal("E_INVALID");
        assert_eq!(text, "E_INVALID cannot SUB with heartbeats disabled");
    });
}

#[test]
fn a_second_identify_is_accepted_until_the_subscription() {
    on_both(Settings::default(), |server| {
        let topic = fresh("twice");
        let mut probe = Probe::identified(server.tcp(), json!({"msg_timeout": 2000}));
        probe.identify(b"{}");
        probe.ok();
        probe.line(&format!("SUB {topic} c"));
        probe.ok();
        probe.identify(b"{}");
        let (text, _) = probe.fatal("E_INVALID");
        assert_eq!(text, "E_INVALID cannot IDENTIFY in current state");
    });
}

#[test]
fn commands_are_lines_of_words() {
    on_both(Settings::default(), |server| {
        let topic = fresh("words");
        let mut probe = Probe::connect(server.tcp());
        probe.send(format!("NOP\r\nNOP and more\nPUB {topic} b c\r\n\0\0\0\x01x").as_bytes());
        probe.ok();
        assert_eq!(server.topic(&topic)["depth"], 1);
        for line in [
            "",
            "nop",
            " NOP",
            "WHAT IS",
            "PUB",
            "MPUB",
            "DPUB t",
            "SUB t",
            "\x01\u{7f}",
        ] {
            let mut probe = Probe::connect(server.tcp());
            probe.line(line);
            let (text, end) = probe.fatal("E_INVALID");
            assert_eq!(end, End::Eof, "{line}: {text}");
        }
        let mut probe = Probe::connect(server.tcp());
        probe.line("WHAT IS");
        assert_eq!(probe.error("E_INVALID"), "E_INVALID invalid command WHAT");
    });
}

#[test]
fn a_line_without_an_end_is_cut_off_without_a_word() {
    on_both(Settings::default(), |server| {
        let fits = format!("NOP {}", "x".repeat(16_384 - 5));
        let mut probe = Probe::connect(server.tcp());
        probe.line(&fits);
        probe.settle();
        let mut probe = Probe::connect(server.tcp());
        probe.send(format!("NOP {}", "x".repeat(16_384 - 4)).as_bytes());
        assert_eq!(probe.end(), End::Eof);
    });
}

#[test]
fn commands_may_arrive_byte_by_byte() {
    on_both(Settings::default(), |server| {
        let topic = fresh("crumbs");
        let mut probe = Probe::silent(server.tcp());
        for byte in format!("  V2PUB {topic}\n\0\0\0\x03abcNOP\n").bytes() {
            probe.send(&[byte]);
        }
        probe.ok();
        probe.settle();
        assert_eq!(server.topic(&topic)["message_bytes"], 3);
    });
}

#[test]
fn each_state_has_its_commands() {
    on_both(Settings::default(), |server| {
        let id = "0123456789abcdef";
        let new = [
            format!("FIN {id}"),
            format!("REQ {id} 0"),
            format!("TOUCH {id}"),
        ];
        for line in new.iter().map(String::as_str).chain(["RDY 1", "CLS"]) {
            let mut probe = Probe::connect(server.tcp());
            probe.line(line);
            let (text, _) = probe.fatal("E_INVALID");
            let verb = line.split(' ').next().unwrap();
            assert_eq!(text, format!("E_INVALID cannot {verb} in current state"));
        }
        let topic = fresh("states");
        for line in ["SUB t c", "AUTH", "IDENTIFY"] {
            let mut probe = Probe::subscribed(server.tcp(), &topic, "c");
            probe.line(line);
            probe.fatal("E_INVALID");
        }
        let mut closing = Probe::subscribed(server.tcp(), &topic, "c");
        closing.line("CLS");
        assert_eq!(closing.response(), "CLOSE_WAIT");
        closing.line("RDY 5");
        closing.line("RDY nonsense");
        closing.settle();
        closing.line("CLS");
        closing.fatal("E_INVALID");
    });
}

#[test]
fn ready_has_a_range() {
    on_both(Settings::default(), |server| {
        let topic = fresh("ready");
        let mut probe = Probe::subscribed(server.tcp(), &topic, "c");
        for (line, count) in [("RDY 2500", 2500), ("RDY", 1), ("RDY 007", 7), ("RDY ", 0)] {
            probe.line(line);
            probe.settle();
            let clients = server.channel(&topic, "c")["clients"].take();
            assert_eq!(clients[0]["ready_count"], count, "{line}");
        }
        for line in [
            "RDY 2501",
            "RDY -1",
            "RDY x",
            "RDY 1.0",
            "RDY 18446744073709551615",
        ] {
            let mut probe = Probe::subscribed(server.tcp(), &topic, "c");
            probe.line(line);
            probe.fatal("E_INVALID");
        }
    });
}

#[test]
fn both_compressions_at_once_cannot_be_had() {
    let settings = Settings {
        compression: true,
        ..Settings::default()
    };
    on_both(settings, |server| {
        let mut probe = Probe::connect(server.tcp());
        probe.identify(br#"{"feature_negotiation":true,"snappy":true,"deflate":true}"#);
        probe.fatal("E_IDENTIFY_FAILED");
    });
}
