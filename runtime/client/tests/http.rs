//! HTTP requests and responses, to payloads and back.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode};
use kubefuncs::messages::{self, Header, METHOD_HEADER};
use kubefuncs::{FromPayload, HttpRequest, HttpResponse, IntoPayload, Raw};
use proptest::collection::vec;
use proptest::prelude::*;

fn headers() -> impl Strategy<Value = HeaderMap> {
    let value = vec(prop_oneof![32u8..127, 128u8..=255], 0..12);
    vec(("[a-z][a-z0-9-]{0,8}", value), 0..8).prop_map(|lines| {
        let line = |(name, value): (String, Vec<u8>)| {
            (
                HeaderName::try_from(name).unwrap(),
                HeaderValue::from_bytes(&value).unwrap(),
            )
        };
        lines.into_iter().map(line).collect()
    })
}

proptest! {
    #[test]
    fn a_request_survives(headers in headers(), url in "/\\PC{0,20}", body in vec(any::<u8>(), 0..50)) {
        for method in [Method::GET, Method::DELETE, Method::from_bytes(b"PURGE").unwrap()] {
            let mut request = HttpRequest::new(method, url.clone()).with_body(body.clone());
            request.headers = headers.clone();
            request.host = "shop.example".into();
            prop_assert_eq!(HttpRequest::from_payload(request.clone().into_payload()).unwrap(), request);
        }
    }

    /// What tells old readers the method is ours to write, in both forms of the headers.
    #[test]
    fn a_header_in_the_methods_place_stays_behind(headers in headers(), forged in "[A-Z]{0,9}") {
        let mut request = HttpRequest::new(Method::PUT, "/");
        request.headers = headers;
        let mut sent = request.clone();
        for value in [&*forged, "DELETE"] {
            sent.headers.append(METHOD_HEADER, HeaderValue::from_str(value).unwrap());
        }
        let payload = sent.into_payload();
        let message = payload.clone().unpack::<messages::HttpRequest>().unwrap();
        prop_assert_eq!(&message.headers[METHOD_HEADER], "PUT");
        prop_assert!(message.header.iter().all(|line| line.name != METHOD_HEADER));
        prop_assert_eq!(HttpRequest::from_payload(payload).unwrap(), request);
    }

    #[test]
    fn a_response_survives(headers in headers(), status in 200u16..1000, body in vec(any::<u8>(), 0..50)) {
        let mut response = HttpResponse::new(StatusCode::from_u16(status).unwrap()).with_body(body);
        response.headers = headers;
        prop_assert_eq!(HttpResponse::from_payload(response.clone().into_payload()).unwrap(), response);
    }

    #[test]
    fn whatever_a_peer_writes_is_read_or_refused(bytes in vec(any::<u8>(), 0..100), status in any::<i32>(), line in "\\PC{0,10}") {
        let _ = HttpRequest::from_payload(Raw { type_url: "kubefuncs.HTTPRequest".into(), bytes: bytes.into() });
        let header = vec![Header { name: line.clone(), value: line.into() }];
        let message = messages::HttpResponse { status, header, ..Default::default() };
        if let Ok(response) = HttpResponse::from_payload(Raw::pack(&message)) {
            prop_assert!(response.status.as_u16() >= 200);
        }
    }
}

#[test]
fn what_no_response_may_have_is_refused() {
    let refused = |message: messages::HttpResponse| {
        HttpResponse::from_payload(Raw::pack(&message))
            .unwrap_err()
            .to_string()
    };
    for status in [-1, 1, 99, 100, 101, 1000, i32::MAX] {
        let text = refused(messages::HttpResponse {
            status,
            ..Default::default()
        });
        assert_eq!(text, format!("{status} is not the status of an answer"));
    }
    let with = |name: &str, value: &'static [u8]| messages::HttpResponse {
        header: vec![Header {
            name: name.into(),
            value: value.into(),
        }],
        ..Default::default()
    };
    assert_eq!(
        refused(with("a b", b"")),
        "`a b` is not the name of a header"
    );
    assert_eq!(
        refused(with("a", b"1\r\nx: y")),
        "header `a` has a value that no header may have"
    );
    let many = (0..40_000)
        .map(|n| Header {
            name: format!("h{n}"),
            value: "".into(),
        })
        .collect();
    assert_eq!(
        refused(messages::HttpResponse {
            header: many,
            ..Default::default()
        }),
        "too many headers"
    );
}

#[test]
fn the_status_of_an_old_function_is_200() {
    let response = HttpResponse::from_payload(Raw::pack(&messages::HttpResponse::default()));
    assert_eq!(response.unwrap().status, StatusCode::OK);
}

#[test]
fn path_and_query_are_parts_of_the_url() {
    let request = HttpRequest::new(Method::GET, "/a/?b?c");
    assert_eq!((request.path(), request.query()), ("/a/", Some("b?c")));
    assert_eq!(HttpRequest::new(Method::GET, "/a").query(), None);
}
