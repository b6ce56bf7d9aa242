//! nsqd's HTTP endpoints.

use std::io::{Read, Write};
use std::net::TcpStream;

use kubefuncs_conformance::{PATIENCE, Probe, Server, Settings, fresh, many, on_both};
use kubefuncs_testkit::http;
use serde_json::{Value, json};

/// Asserts a refusal: its status and code.
#[track_caller]
fn refused(response: &http::Response, status: u16, code: &str) {
    let text = response.text();
    assert_eq!(
        (response.status, &*text),
        (status, &*json!({"message": code}).to_string())
    );
    assert_eq!(
        response.header("x-nsq-content-type"),
        Some("nsq; version=1.0")
    );
    assert_eq!(
        response.header("content-type"),
        Some("application/json; charset=utf-8")
    );
}

#[track_caller]
fn ok(response: &http::Response, body: &str) {
    assert_eq!((response.status, &*response.text()), (200, body));
}

/// The status of a request that announces a body, which is not sent.
fn announced(server: &Server, path: &str, length: usize) -> String {
    let mut stream = TcpStream::connect(server.http()).unwrap();
    stream.set_read_timeout(Some(PATIENCE)).unwrap();
    let head = format!("POST {path} HTTP/1.1\r\nHost: x\r\nContent-Length: {length}\r\n\r\n");
    stream.write_all(head.as_bytes()).unwrap();
    let mut answer = [0; 12];
    stream.read_exact(&mut answer).unwrap();
    String::from_utf8_lossy(&answer).into_owned()
}

#[test]
fn messages_are_published() {
    on_both(Settings::default(), |server| {
        let topic = fresh("pub");
        let response = server.post(&format!("/pub?topic={topic}"), b"one");
        ok(&response, "OK");
        assert_eq!(
            response.header("x-nsq-content-type"),
            Some("nsq; version=1.0")
        );
        assert_eq!(
            response.header("content-type"),
            Some("text/plain; charset=utf-8")
        );
        ok(
            &server.post(&format!("/mpub?topic={topic}"), b"two\n\nthree\nfour"),
            "OK",
        );
        let body = many(&[b"five", b"six\nsix"]);
        ok(
            &server.post(&format!("/mpub?topic={topic}&binary=true"), &body),
            "OK",
        );
        ok(
            &server.post(&format!("/mpub?topic={topic}&binary=false"), b"seven"),
            "OK",
        );
        ok(&server.post(&format!("/mpub?topic={topic}"), b"\n\n"), "OK");
        let mut consumer = Probe::subscribed(server.tcp(), &topic, "c");
        consumer.line("RDY 100");
        let texts: Vec<String> = consumer.messages(7).iter().map(|m| m.text()).collect();
        assert_eq!(
            texts,
            ["one", "two", "three", "four", "five", "six\nsix", "seven"]
        );
        ok(
            &server.post(&format!("/pub?topic={topic}&defer=60000"), b"later"),
            "OK",
        );
        server.wait_for(&topic, "c", "deferred_count", 1);
        let encoded = fresh("e") + "%23ephemeral";
        ok(&server.post(&format!("/pub?topic={encoded}"), b"x"), "OK");
        assert_eq!(server.topic(&encoded.replace("%23", "#"))["depth"], 1);
    });
}

#[test]
fn bad_publishes_are_refused() {
    on_both(Settings::default(), |server| {
        let topic = fresh("bad");
        let post = |path: &str, body: &[u8]| server.post(path, body);
        let large = vec![b'x'; 1_048_577];
        let too_large = "HTTP/1.1 413";
        refused(&post("/pub", b"x"), 400, "MISSING_ARG_TOPIC");
        refused(&post("/pub?topic=", b"x"), 400, "INVALID_TOPIC");
        refused(&post("/pub?topic=a$", b"x"), 400, "INVALID_TOPIC");
        refused(&post("/pub?topic=%zz", b"x"), 400, "INVALID_REQUEST");
        refused(&post(&format!("/pub?topic={topic}"), b""), 400, "MSG_EMPTY");
        assert_eq!(
            announced(server, &format!("/pub?topic={topic}"), 1_048_577),
            too_large
        );
        for defer in ["-1", "3600001", "x", ""] {
            let path = format!("/pub?topic={topic}&defer={defer}");
            refused(&post(&path, b"x"), 400, "INVALID_DEFER");
        }
        let path = format!("/mpub?topic={topic}");
        refused(&post("/mpub", b"x"), 400, "MISSING_ARG_TOPIC");
        refused(&post(&path, &large), 413, "MSG_TOO_BIG");
        assert_eq!(announced(server, &path, 5_242_881), too_large);
        let path = format!("{path}&binary=true");
        refused(&post(&path, b""), 413, "BAD_BODY");
        refused(&post(&path, &many(&[])), 413, "BAD_BODY");
        refused(&post(&path, &many(&[b""])), 413, "BAD_MESSAGE");
        refused(&post(&path, b"\0\0\0\x02\0\0\0\x01a"), 413, "BAD_MESSAGE");
        assert_eq!(server.topic(&topic)["message_count"], 0);
    });
}

#[test]
fn topics_and_channels_are_managed() {
    on_both(Settings::default(), |server| {
        let topic = fresh("managed");
        let post = |path: &str| server.post(path, b"");
        for verb in ["delete", "empty", "pause", "unpause"] {
            let path = format!("/topic/{verb}");
            refused(&post(&path), 400, "MISSING_ARG_TOPIC");
            refused(
                &post(&format!("{path}?topic={topic}")),
                404,
                "TOPIC_NOT_FOUND",
            );
            let path = format!("/channel/{verb}?topic={topic}");
            refused(&post(&path), 400, "MISSING_ARG_CHANNEL");
            refused(&post(&format!("{path}&channel=c")), 404, "TOPIC_NOT_FOUND");
            refused(
                &post(&format!("{path}&channel=$")),
                400,
                "INVALID_ARG_CHANNEL",
            );
            refused(
                &post("/channel/empty?topic=$&channel=c"),
                400,
                "INVALID_ARG_TOPIC",
            );
        }
        refused(&post("/topic/empty?topic=$"), 400, "INVALID_TOPIC");
        refused(&post("/topic/delete?topic=$"), 404, "TOPIC_NOT_FOUND");
        refused(&post("/topic/pause?topic=$"), 404, "TOPIC_NOT_FOUND");
        refused(&post("/topic/create?topic=$"), 400, "INVALID_TOPIC");
        let channel = format!("topic={topic}&channel=c");
        refused(
            &post(&format!("/channel/create?{channel}")),
            404,
            "TOPIC_NOT_FOUND",
        );
        for _ in 0..2 {
            ok(&post(&format!("/topic/create?topic={topic}")), "");
        }
        for verb in ["delete", "empty", "pause", "unpause"] {
            refused(
                &post(&format!("/channel/{verb}?{channel}")),
                404,
                "CHANNEL_NOT_FOUND",
            );
        }
        for verb in [
            "create", "create", "pause", "pause", "empty", "unpause", "unpause",
        ] {
            ok(&post(&format!("/channel/{verb}?{channel}")), "");
        }
        assert_eq!(server.channel(&topic, "c")["client_count"], 0);
        ok(&post(&format!("/channel/delete?{channel}")), "");
        assert!(server.channel(&topic, "c").is_null());
        ok(&post(&format!("/topic/delete?topic={topic}")), "");
        assert!(server.topic(&topic).is_null());
    });
}

#[test]
fn wrong_methods_and_paths_are_told_apart() {
    on_both(Settings::default(), |server| {
        refused(&server.get("/nothing"), 404, "NOT_FOUND");
        for path in ["/pub", "/mpub", "/topic/create", "/channel/pause"] {
            refused(&server.get(path), 405, "METHOD_NOT_ALLOWED");
        }
        for path in ["/ping", "/stats", "/info"] {
            refused(&server.post(path, b""), 405, "METHOD_NOT_ALLOWED");
        }
    });
}

#[test]
fn the_server_tells_about_itself() {
    on_both(Settings::default(), |server| {
        let ping = server.get("/ping");
        ok(&ping, "OK");
        assert_eq!(ping.header("x-nsq-content-type"), None);
        let info: Value = serde_json::from_slice(&server.get("/info").body).unwrap();
        let expected = json!({
            "version": "1.3.0", "broadcast_address": "127.0.0.1", "hostname": info["hostname"],
            "http_port": server.http().port(), "tcp_port": server.tcp().port(),
            "start_time": info["start_time"], "max_heartbeat_interval": 60_000_000_000_u64,
            "max_output_buffer_size": 65_536, "max_output_buffer_timeout": 30_000_000_000_u64,
            "max_deflate_level": 6,
        });
        assert_eq!(info, expected);
        for (option, value) in [
            ("max_msg_size", "1048576"),
            ("max_body_size", "5242880"),
            ("msg_timeout", "60000000000"),
            ("max_req_timeout", "3600000000000"),
            ("mem_queue_size", "10000"),
            ("max_rdy_count", "2500"),
            ("snappy", "false"),
            ("tls_required", "0"),
            ("auth_http_addresses", "[]"),
        ] {
            ok(&server.get(&format!("/config/{option}")), value);
        }
        refused(&server.get("/config/nothing"), 400, "INVALID_OPTION");
    });
}

#[test]
fn one_setting_can_be_changed_and_the_rest_says_no() {
    on_both(Settings::default(), |server| {
        let put = |option: &str, body: &str| {
            let path = format!("/config/{option}");
            http::request(server.http(), "PUT", &path, &[], body.as_bytes()).unwrap()
        };
        ok(&server.get("/config/log_level"), "2");
        ok(&put("log_level", "WARN"), "3");
        ok(&server.get("/config/log_level"), "3");
        refused(&put("log_level", "loud"), 400, "INVALID_VALUE");
        refused(&put("log_level", ""), 413, "INVALID_VALUE");
        refused(&put("max_msg_size", "1"), 400, "INVALID_OPTION");
        refused(&put("nothing", "1"), 400, "INVALID_OPTION");
        refused(
            &server.post("/config/log_level", b"info"),
            405,
            "METHOD_NOT_ALLOWED",
        );
    });
}
