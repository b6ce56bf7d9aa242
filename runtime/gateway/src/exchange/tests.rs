//! What is read from a request, and what is written of an answer.

use std::time::Duration;

use http::Request;
use kubefuncs::{FromPayload, HttpRequest};

use super::*;

fn parts(uri: &str, headers: &[(&str, &str)]) -> Parts {
    let mut request = Request::builder().uri(uri);
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    request.body(()).unwrap().into_parts().0
}

fn target(uri: &str, headers: &[(&str, &str)]) -> Result<(String, String, String), String> {
    let parts = parts(uri, headers);
    let target = Target::of(&parts).map_err(|reject| reject.reason().to_owned())?;
    Ok((
        target.authority.to_string(),
        target.host.to_owned(),
        target.url.to_owned(),
    ))
}

#[test]
fn host_and_url_are_read() {
    for (uri, header, authority, host, url) in [
        (
            "/a?b=c",
            "shop.example",
            "shop.example",
            "shop.example",
            "/a?b=c",
        ),
        (
            "/a?",
            "Shop.Example:8080",
            "Shop.Example:8080",
            "Shop.Example",
            "/a?",
        ),
        ("/a", "shop.example.", "shop.example.", "shop.example", "/a"),
        ("/a", "[::1]:80", "[::1]:80", "[::1]", "/a"),
        ("/", "", "", "", "/"),
        (
            "http://real.example/x",
            "other.example",
            "real.example",
            "real.example",
            "/x",
        ),
        (
            "http://real.example",
            "other.example",
            "real.example",
            "real.example",
            "/",
        ),
    ] {
        let expected = Ok((authority.to_owned(), host.to_owned(), url.to_owned()));
        assert_eq!(target(uri, &[("host", header)]), expected, "{uri} {header}");
    }
}

#[test]
fn a_request_without_one_clear_host_is_refused() {
    assert!(target("/", &[]).unwrap_err().contains("missing"));
    assert!(
        target("/", &[("host", "a"), ("host", "b")])
            .unwrap_err()
            .contains("more than one")
    );
    for host in ["user@host", "a b", "a/b", ":80", "a:b:c", "\u{e9}"] {
        assert!(
            target("/", &[("host", host)])
                .unwrap_err()
                .contains("no host"),
            "{host}"
        );
    }
    let mut old = parts("/", &[]);
    old.version = Version::HTTP_10;
    assert_eq!(Target::of(&old).unwrap().host, "");
}

#[test]
fn only_h2c_may_be_offered_in_passing() {
    let upgrade =
        |value: &'static str| HeaderMap::from_iter([(UPGRADE, HeaderValue::from_static(value))]);
    assert!(refuse_upgrade(&HeaderMap::new()).is_ok());
    assert!(refuse_upgrade(&upgrade("h2c")).is_ok());
    for value in ["websocket", "h2c, websocket", "TLS/1.0", ""] {
        assert_eq!(
            refuse_upgrade(&upgrade(value)).unwrap_err().kind(),
            Kind::Upgrade,
            "{value}"
        );
    }
}

#[test]
fn the_route_and_the_trace_travel_along() {
    let route = Route {
        timeout: Duration::from_secs(7),
        ..Route::to("test".parse().unwrap())
    };
    let parent = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";
    let trace = Trace::parse(parent, Some("a=1"));
    let with = options(&route, trace.as_ref(), &RequestId::new());
    assert_eq!(with.metadata["traceparent"], parent);
    assert_eq!(with.metadata["tracestate"], "a=1");
    assert_eq!(with.timeout, Some(Duration::from_secs(7)));
    let without = options(&route, None, &RequestId::new());
    assert!(!without.metadata.contains_key("traceparent"));
}

#[test]
fn statuses_that_have_no_body_get_none() {
    for (status, size) in [(200, 4), (404, 4), (204, 0), (205, 0), (304, 0)] {
        let status = StatusCode::from_u16(status).unwrap();
        let answer = response(HttpResponse::text("pong").with_status(status)).unwrap();
        assert_eq!(answer.body().len() as u64, size, "{status}");
    }
    let switching = HttpResponse::new(StatusCode::SWITCHING_PROTOCOLS);
    assert_eq!(response(switching).unwrap_err().kind(), Kind::BadReply);
}

#[test]
fn a_request_is_what_its_caller_wrote_and_what_we_know() {
    let parts = parts(
        "/a?b=c",
        &[
            ("host", "shop.example:80"),
            ("cookie", "a=1"),
            ("cookie", "b=2"),
            ("connection", "x-hop"),
            ("x-hop", "1"),
            ("authorization", "Bearer t"),
            ("x-request-id", "theirs"),
            ("traceparent", "theirs"),
            ("tracestate", "theirs=1"),
        ],
    );
    let (target, id) = (Target::of(&parts).unwrap(), RequestId::new());
    let parent = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";
    let trace = |state| Trace::parse(parent, Some(state));
    let read = |trace: Option<&Trace>, is_authorized| {
        let caller = Caller {
            peer: "192.0.2.1:5",
            id: &id,
            trace,
            is_authorized,
        };
        let raw = request(&Method::PUT, &target, &parts.headers, &caller, b"body");
        HttpRequest::from_payload(raw).unwrap()
    };
    let plain = read(None, false);
    let first = [("cookie", "a=1"), ("cookie", "b=2")];
    let token = [("authorization", "Bearer t")];
    let ours = [("x-request-id", id.as_str()), ("host", "shop.example:80")];
    assert_eq!(lines(&plain), [&first[..], &token, &ours].concat());
    assert_eq!(
        (&plain.method, plain.url.as_str()),
        (&Method::PUT, "/a?b=c")
    );
    assert_eq!(
        (plain.host.as_str(), plain.remote_addr.as_str()),
        ("shop.example:80", "192.0.2.1:5")
    );
    assert_eq!(plain.body, "body");

    let traced = read(trace("ours=1").as_ref(), true);
    let of_trace = [("traceparent", parent), ("tracestate", "ours=1")];
    assert_eq!(lines(&traced), [&first[..], &ours, &of_trace].concat());
    let stateless = read(trace("").as_ref(), true);
    assert_eq!(
        lines(&stateless),
        [&first[..], &ours, &of_trace[..1]].concat()
    );
}

fn lines(request: &HttpRequest) -> Vec<(&str, &str)> {
    let lines = request.headers.iter();
    lines
        .map(|(name, value)| (name.as_str(), value.to_str().unwrap()))
        .collect()
}
