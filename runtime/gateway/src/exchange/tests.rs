//! What is read from a request, and what is written of an answer.

use std::time::Duration;

use http::Request;

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
