//! Recorded bytes, written by hand from the protobuf rules, against what this crate reads and writes.
//!
//! `old_*` are what programs of the original exchange: they know fields 1 to 4 of an event only.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use kubefuncs_messages::{
    Any, Empty, Error, Event, Header, HttpRequest, HttpResponse, Message, Name, PING_ID,
};

const ID: &str = "0f8fad5b-d9cb-469f-a165-70867728950e";

fn bytes(name: &str) -> Vec<u8> {
    fs::read(
        Path::new(env!("CARGO_MANIFEST_DIR"))
            .join("tests/fixtures")
            .join(name),
    )
    .unwrap()
}

/// Reads a vector and checks that writing it again gives the same bytes.
fn event(name: &str) -> Event {
    let bytes = bytes(name);
    let event = Event::decode(bytes.as_slice()).unwrap();
    assert_eq!(event.encode_to_vec(), bytes, "{name}");
    event
}

fn payload<M: Message + Name + Default>(event: &Event) -> M {
    event.payload.as_ref().unwrap().unpack().unwrap()
}

fn header(name: &str, value: &'static str) -> Header {
    Header {
        name: name.to_owned(),
        value: value.into(),
    }
}

#[test]
fn a_request_of_the_original() {
    let event = event("old_request.bin");
    assert_eq!((event.id.as_str(), event.topic.as_str()), (ID, "test"));
    assert_eq!(event.r#return, "rpc-gateway-0#ephemeral");
    assert_eq!((event.budget_ms, event.metadata.len()), (0, 0));
    let mut request: HttpRequest = payload(&event);
    assert_eq!(
        (request.url.as_str(), &request.body[..]),
        ("/test/hello?x=1", &b"hi"[..])
    );
    assert_eq!(request.method_or_guess(), "POST");
    assert_eq!(request.take_headers(), []);
}

#[test]
fn replies_of_the_original() {
    let mut response: HttpResponse = payload(&event("old_reply.bin"));
    assert_eq!((response.status, &response.body[..]), (200, &b"pong\n"[..]));
    assert_eq!(
        response.take_headers(),
        [header("content-type", "text/plain")]
    );
    let error: Error = payload(&event("old_error.bin"));
    assert_eq!(
        error,
        Error {
            error: "boom".into(),
            code: String::new(),
            retryable: false
        }
    );
    let _: Empty = payload(&event("old_empty.bin"));
}

#[test]
fn the_announcement_of_a_reply_topic() {
    let event = event("ping.bin");
    assert_eq!((event.id.as_str(), event.payload), (PING_ID, None));
}

#[test]
fn a_request_with_every_field() {
    let event = event("request.bin");
    assert_eq!(event.budget_ms, 3_000);
    assert_eq!(
        event.metadata,
        BTreeMap::from([("request-id".into(), "r-1".into())])
    );
    assert_eq!(
        (event.notify.as_str(), event.only_channel.as_str()),
        ("outcomes", "blue")
    );
    let mut request: HttpRequest = payload(&event);
    assert_eq!(request.method_or_guess(), "PUT");
    assert_eq!(request.host, "shop.example");
    assert_eq!(request.remote_addr, "10.0.0.1:5000");
    assert_eq!(
        request.take_headers(),
        [header("accept", "x"), header("accept", "y")]
    );
}

#[test]
fn replies_with_every_field() {
    let mut response: HttpResponse = payload(&event("reply.bin"));
    assert_eq!(response.status, 404);
    let cookies = [header("set-cookie", "a=1"), header("set-cookie", "b=2")];
    assert_eq!(response.take_headers(), cookies);
    let error: Error = payload(&event("error.bin"));
    assert_eq!(
        error,
        Error {
            error: "boom".into(),
            code: "stock".into(),
            retryable: true
        }
    );
}

#[test]
fn an_event_of_json_that_nobody_waits_for() {
    let event = event("json.bin");
    assert_eq!((event.id.as_str(), event.topic.as_str()), (ID, "orders"));
    assert_eq!((event.r#return.as_str(), event.budget_ms), ("", 0));
    assert_eq!(event.notify, "rpc-a#ephemeral");
    assert_eq!(event.metadata["request-id"], "r-1");
    assert!(event.metadata["traceparent"].starts_with("00-0af76519"));
    let payload = event.payload.unwrap();
    assert_eq!(payload.type_url, "application/json");
    assert_eq!(payload.value, "{\"item\":7}");
}

#[test]
fn what_is_told_and_kept_of_an_event_that_failed() {
    let outcome = event("outcome.bin");
    assert_eq!(
        (outcome.id.as_str(), outcome.topic.as_str()),
        (ID, "rpc-a#ephemeral")
    );
    let metadata = [
        ("attempt", "5"),
        ("dead-letter", "orders.default.dead"),
        ("outcome", "dead-lettered"),
    ];
    assert!(
        metadata
            .iter()
            .all(|(name, value)| outcome.metadata[*name] == *value)
    );
    assert_eq!(payload::<Error>(&outcome).code, "stock");

    let (sent, letter) = (event("json.bin"), event("dead_letter.bin"));
    let mut metadata = letter.metadata.clone();
    metadata.retain(|name, _| !name.starts_with("dead-letter-"));
    assert_eq!(letter.metadata.len() - metadata.len(), 6);
    assert_eq!(Event { metadata, ..letter }, sent);
    let raw = event("dead_letter_raw.bin");
    assert_eq!(raw.metadata["dead-letter-body"], "raw");
    assert_eq!(raw.payload.unwrap().value, "hello");
}

#[test]
fn we_write_what_the_vectors_hold() {
    let mut request = HttpRequest {
        url: "/a?b".into(),
        body: vec![0, 255].into(),
        host: "shop.example".into(),
        remote_addr: "10.0.0.1:5000".into(),
        ..HttpRequest::default()
    };
    request.set_headers(vec![header("accept", "x"), header("accept", "y")]);
    request.set_method("PUT");
    let written = Event {
        id: ID.into(),
        topic: "test".into(),
        r#return: "rpc-a#ephemeral".into(),
        payload: Some(Any::pack(&request)),
        budget_ms: 3_000,
        metadata: BTreeMap::from([("request-id".into(), "r-1".into())]),
        notify: "outcomes".into(),
        only_channel: "blue".into(),
    };
    assert_eq!(written.encode_to_vec(), bytes("request.bin"));
}

#[test]
fn unknown_fields_are_skipped() {
    let event = Event::decode(bytes("unknown_fields.bin").as_slice()).unwrap();
    assert_eq!((event.id.as_str(), event.topic.as_str()), (ID, "test"));
}

#[test]
fn only_the_end_of_a_type_url_counts() {
    let request = HttpRequest {
        url: "/".into(),
        ..HttpRequest::default()
    };
    let packed = Any::pack(&request);
    assert_eq!(packed.type_url, "type.googleapis.com/kubefuncs.HTTPRequest");
    for prefix in ["", "/", "other.example/", "a/b/c/"] {
        let any = Any {
            type_url: format!("{prefix}kubefuncs.HTTPRequest"),
            ..packed.clone()
        };
        assert_eq!(any.unpack::<HttpRequest>().unwrap(), request);
    }
    for other in [
        "",
        "HTTPRequest",
        "kubefuncs.HTTPRequest/",
        "x.kubefuncs.HTTPRequest",
    ] {
        let any = Any {
            type_url: other.into(),
            ..packed.clone()
        };
        assert!(any.unpack::<HttpRequest>().is_err(), "{other}");
    }
}

#[test]
fn a_wrong_payload_says_what_it_is() {
    let any = Any::pack(&Empty {});
    let error = any.unpack::<HttpRequest>().unwrap_err().to_string();
    assert_eq!(
        error,
        "expected a payload of type kubefuncs.HTTPRequest, found kubefuncs.Empty"
    );
}
