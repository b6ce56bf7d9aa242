//! TLS: what is granted, that everything works inside, and who is refused.

use std::io::ErrorKind;
use std::time::{Duration, Instant};

use kubefuncs_broker::{ClientAuthPolicy, TlsRequired};
use kubefuncs_conformance::{
    Event, PATIENCE, Probe, Server, Settings, TlsSettings, Trust, fresh, on_both,
};
use kubefuncs_testkit::Ca;
use serde_json::{Value, json};

use crate::round_trip::round_trips;

fn offered() -> Settings {
    Settings {
        compression: true,
        tls: Some(TlsSettings::default()),
        ..Settings::default()
    }
}

fn required(required: TlsRequired, client_auth_policy: Option<ClientAuthPolicy>) -> Settings {
    let tls = TlsSettings {
        required,
        client_auth_policy,
        ..TlsSettings::default()
    };
    Settings {
        tls: Some(tls),
        ..Settings::default()
    }
}

/// Everything works, and an error is told.
#[track_caller]
fn works(mut probe: Probe) {
    round_trips(&mut probe, &fresh("works"));
    probe.line("RDY -1");
    probe.fatal("E_INVALID");
}

#[test]
fn it_is_granted_to_those_who_ask_for_it_and_negotiate() {
    on_both(offered(), |server| {
        let mut asked = Probe::connect(server.tcp());
        asked.identify(br#"{"feature_negotiation":true,"tls_v1":true}"#);
        let reply: Value = serde_json::from_str(&asked.response()).unwrap();
        assert_eq!(reply["tls_v1"], true);
        // These go on in clear.
        let mut not_asked = Probe::identified(server.tcp(), json!({}));
        not_asked.publish(&fresh("t"), b"x");
        let mut not_negotiated = Probe::connect(server.tcp());
        not_negotiated.identify(br#"{"tls_v1":true}"#);
        not_negotiated.ok();
        not_negotiated.publish(&fresh("t"), b"x");
    });
}

#[test]
fn messages_go_both_ways_in_either_version() {
    on_both(offered(), |server| {
        let ca = server.ca();
        // The second ones are for machines without AES.
        let (new, old) = (
            ["Unknown 4865", "Unknown 4867"],
            ["TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256", "Unknown 52393"],
        );
        for (trust, version, suites) in [
            (Trust::of(ca), "TLS1.3", new),
            (Trust::of_old(ca), "TLS1.2", old),
        ] {
            let topic = fresh("shown");
            let mut probe = Probe::encrypted(server.tcp(), &trust, json!({}));
            probe.line(&format!("SUB {topic} c"));
            probe.ok();
            let client = server.channel(&topic, "c")["clients"][0].clone();
            for (field, value) in [
                ("tls", json!(true)),
                ("tls_version", json!(version)),
                ("tls_negotiated_protocol", json!("")),
                ("tls_negotiated_protocol_is_mutual", json!(true)),
            ] {
                assert_eq!(client[field], value, "{field}");
            }
            let suite = client["tls_cipher_suite"].as_str().unwrap();
            assert!(suites.contains(&suite), "{suite}");
            let unbuffered = json!({"output_buffer_size": -1});
            works(Probe::encrypted(server.tcp(), &trust, unbuffered));
        }
    });
}

#[test]
fn compression_goes_inside_tls() {
    on_both(offered(), |server| {
        for way in ["snappy", "deflate"] {
            let topic = fresh(way);
            let trust = Trust::of(server.ca());
            let compressed = || {
                let terms = json!({way: true, "output_buffer_timeout": 25});
                let mut probe = Probe::encrypted(server.tcp(), &trust, terms);
                probe.compress(way);
                probe
            };
            let mut probe = compressed();
            probe.line(&format!("SUB {topic} c"));
            probe.ok();
            let client = server.channel(&topic, "c")["clients"][0].clone();
            assert_eq!((&client["tls"], &client[way]), (&json!(true), &json!(true)));
            works(compressed());
        }
    });
}

#[test]
fn both_compressions_are_refused_before_tls_begins() {
    on_both(offered(), |server| {
        let mut probe = Probe::connect(server.tcp());
        let wish = json!({
            "feature_negotiation": true, "tls_v1": true, "snappy": true, "deflate": true,
        });
        probe.identify(wish.to_string().as_bytes());
        probe.fatal("E_IDENTIFY_FAILED");
    });
}

#[test]
fn a_second_identify_begins_tls_anew() {
    on_both(offered(), |server| {
        let trust = Trust::of(server.ca());
        let mut probe = Probe::encrypted(server.tcp(), &trust, json!({}));
        let wish = br#"{"feature_negotiation":true,"tls_v1":true}"#;
        probe.identify(wish);
        probe.response();
        probe.encrypt(&trust).expect("TLS");
        // What asks for nothing changes nothing.
        probe.identify(b"{}");
        probe.ok();
        probe.publish(&fresh("t"), b"x");
    });
}

#[test]
fn who_has_to_use_tls_can_do_nothing_without() {
    on_both(required(TlsRequired::ExceptHttp, None), |server| {
        let topic = fresh("clear");
        for line in [
            &format!("PUB {topic}"),
            &format!("SUB {topic} c"),
            "MPUB",
            "DPUB",
            "RDY 1",
            "FIN 0123456789abcdef",
            "CLS",
            "NOP",
            "AUTH",
            "WHAT",
            "",
        ] {
            let mut probe = Probe::identified(server.tcp(), json!({}));
            probe.line(line);
            let (text, _) = probe.fatal("E_INVALID");
            let verb = line.split(' ').next().unwrap();
            let expected = format!("E_INVALID cannot {verb} in current state (TLS required)");
            assert_eq!(text, expected);
        }
        let mut hasty = Probe::connect(server.tcp());
        hasty.line("NOP");
        hasty.fatal("E_INVALID");
        assert!(server.topic(&topic).is_null(), "HTTP is open");
        works(server.probe(json!({"output_buffer_size": -1}), ""));
    });
}

/// The port for HTTPS, which only the refusal tells.
fn https_port(server: &Server, method: &str, path: &str) -> u16 {
    let response = match method {
        "GET" => server.get(path),
        _ => server.post(path, b"x"),
    };
    let body: Value = serde_json::from_slice(&response.body).unwrap();
    let port = body["https_port"].as_u64().unwrap();
    let expected = format!("{{\"message\": \"TLS_REQUIRED\", \"https_port\": {port}}}");
    assert_eq!((response.status, response.text()), (403, expected));
    let header = |name| response.header(name).unwrap_or_default().to_owned();
    assert_eq!(header("x-nsq-content-type"), "nsq; version=1.0");
    assert_eq!(header("content-type"), "application/json; charset=utf-8");
    port.try_into().unwrap()
}

#[test]
fn where_all_is_to_be_encrypted_http_is_too() {
    on_both(required(TlsRequired::Yes, None), |server| {
        let trust = Trust::of(server.ca());
        for again in [false, true] {
            if again {
                server.restart();
            }
            let port = https_port(server, "GET", "/ping");
            for (method, path) in [("GET", "/nothing"), ("POST", "/pub?topic=t")] {
                assert_eq!(https_port(server, method, path), port);
            }
            let ping = server.https(port, &trust, "GET", "/ping").unwrap();
            assert_eq!((ping.status, &*ping.text()), (200, "OK"));
            let missing = server.https(port, &trust, "GET", "/nothing").unwrap();
            assert_eq!(missing.status, 404);
            let mut probe = server.probe(json!({}), "");
            probe.publish(&fresh("t"), b"x");
            let stranger = Trust::of(&Ca::new());
            assert!(server.https(port, &stranger, "GET", "/ping").is_err());
        }
    });
}

/// Whether a client with this certificate, or none, gets through.
fn gets_in(server: &Server, of: Option<&Ca>) -> bool {
    let trust = match of {
        Some(ca) => Trust::showing(server.ca(), &ca.issue(&["client"])),
        None => Trust::of(server.ca()),
    };
    let mut probe = Probe::identified(server.tcp(), json!({"tls_v1": true}));
    match probe.encrypt(&trust) {
        Ok(()) => {
            probe.publish(&fresh("t"), b"x");
            true
        }
        Err(error) => {
            assert_ne!(error.kind(), ErrorKind::WouldBlock, "nothing comes");
            false
        }
    }
}

#[test]
fn a_certificate_can_be_asked_of_clients() {
    let stranger = Ca::new();
    for (policy, strangers_may) in [
        (ClientAuthPolicy::Require, true),
        (ClientAuthPolicy::RequireVerify, false),
    ] {
        on_both(required(TlsRequired::No, Some(policy)), |server| {
            assert!(!gets_in(server, None), "without a certificate");
            assert!(gets_in(server, Some(server.ca())), "with the right one");
            assert_eq!(
                gets_in(server, Some(&stranger)),
                strangers_may,
                "{policy:?}"
            );
            // TLS is then required, for HTTP, too.
            let mut clear = Probe::identified(server.tcp(), json!({}));
            clear.line("NOP");
            clear.fatal("E_INVALID");
            let port = https_port(server, "GET", "/stats");
            let nobody = server.https(port, &Trust::of(server.ca()), "GET", "/ping");
            assert!(nobody.is_err(), "{nobody:?}");
        });
    }
}

/// Agreed on TLS, and not begun.
fn expected(server: &Server) -> Probe {
    Probe::identified(
        server.tcp(),
        json!({"tls_v1": true, "heartbeat_interval": 1000}),
    )
}

#[test]
fn what_is_no_handshake_is_told_in_clear() {
    on_both(offered(), |server| {
        let mut probe = expected(server);
        probe.send_raw(b"PUB t\n\0\0\0\x01x");
        probe.skip_alert();
        probe.fatal("E_IDENTIFY_FAILED");
        assert!(server.topic("t").is_null());
    });
}

#[test]
fn a_handshake_has_five_seconds() {
    on_both(offered(), |server| {
        let begin = Instant::now();
        let mut probe = expected(server);
        let (text, _) = probe.fatal("E_IDENTIFY_FAILED");
        let took = begin.elapsed();
        assert!(
            took >= Duration::from_secs(5) && took < PATIENCE,
            "{text}: {took:?}"
        );
    });
}

#[test]
fn what_was_sent_before_tls_is_dropped() {
    on_both(offered(), |server| {
        let topic = fresh("slipped.in");
        let wish = br#"{"feature_negotiation":true,"tls_v1":true}"#;
        let mut command = b"IDENTIFY\n\0\0\0\x2a".to_vec();
        assert_eq!(wish.len(), 0x2a);
        command.extend_from_slice(wish);
        command.extend_from_slice(format!("PUB {topic}\n\0\0\0\x01x").as_bytes());
        let mut probe = Probe::connect(server.tcp());
        probe.send(&command);
        probe.response();
        probe.encrypt(&Trust::of(server.ca())).expect("TLS");
        probe.settle();
        assert!(server.topic(&topic).is_null());
    });
}

#[test]
fn what_ends_a_connection_ends_it_over_tls_too() {
    on_both(offered(), |server| {
        let topic = fresh("large");
        let mut probe = server.probe(json!({}), "");
        for _ in 0..3 {
            probe.publish(&topic, b"x");
        }
        probe.send(format!("PUB {topic}\n\0\x10\0\x01").as_bytes());
        probe.fatal("E_BAD_MESSAGE");
        assert_eq!(server.topic(&topic)["depth"], 3);
        let mut silent = server.probe(json!({"heartbeat_interval": 1000}), "");
        silent.shows_heartbeats = true;
        let ends = (0..3).any(|_| matches!(silent.arrives(), Event::Closed(_)));
        assert!(ends, "two heartbeats, and the end");
    });
}
