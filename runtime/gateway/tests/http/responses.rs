//! What a caller gets to see: answers of functions, and answers of the gateway's own.

use std::sync::atomic::Ordering;

use http::header::{HeaderName, HeaderValue};
use http::{Method, Request, StatusCode};
use kubefuncs::HttpResponse;
use kubefuncs_gateway::reject::Kind;
use kubefuncs_gateway::{Limits, Reject};

use crate::support::{Running, raw, send};

fn header(name: &'static str, value: &'static str) -> (HeaderName, HeaderValue) {
    (
        HeaderName::from_static(name),
        HeaderValue::from_static(value),
    )
}

#[tokio::test]
async fn a_function_decides_status_headers_and_body_but_not_framing() {
    let gateway = Running::start("{/: test}", Limits::default(), |_, _, _| async {
        let lines = [
            header("set-cookie", "a=1"),
            header("set-cookie", "b=2"),
            header("content-type", "text/x"),
            header("content-length", "9999"),
            header("transfer-encoding", "chunked"),
            header("connection", "x-inner"),
            header("x-inner", "hop by hop"),
            header("x-kubefuncs-trace", "ours"),
            header("x-request-id", "forged"),
        ];
        let answer = HttpResponse::new(StatusCode::IM_A_TEAPOT).with_body("short and stout");
        Ok(lines.into_iter().fold(answer, |answer, (name, value)| {
            answer.with_header(name, value)
        }))
    })
    .await;
    let reply = send(
        gateway.main,
        Request::get("/").header("x-request-id", "mine"),
    )
    .await;
    assert_eq!(
        (reply.status.as_u16(), reply.body.as_str()),
        (418, "short and stout")
    );
    assert_eq!(
        reply
            .headers
            .get_all("set-cookie")
            .iter()
            .collect::<Vec<_>>(),
        ["a=1", "b=2"]
    );
    assert_eq!(reply.header("content-type"), Some("text/x"));
    assert_eq!(reply.header("content-length"), Some("15"));
    assert_eq!(reply.header("x-request-id"), Some("mine"));
    for name in [
        "transfer-encoding",
        "connection",
        "x-inner",
        "x-kubefuncs-trace",
    ] {
        assert_eq!(reply.header(name), None, "{name}");
    }
}

#[tokio::test]
async fn answers_without_a_body_have_none() {
    let gateway = Running::start("{/: test}", Limits::default(), |_, request, _| async move {
        let status = request.url.trim_start_matches('/').parse().unwrap();
        Ok(HttpResponse::text("pong\n").with_status(StatusCode::from_u16(status).unwrap()))
    })
    .await;
    for (method, status, length) in [
        ("HEAD", "200", Some("5")),
        ("GET", "204", None),
        ("GET", "304", None),
        ("GET", "200", Some("5")),
    ] {
        // The request after it would read a body that should not be there.
        let pair = format!(
            "{method} /{status} HTTP/1.1\r\nHost: h\r\n\r\n\
             GET /202 HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n"
        );
        let answers = raw(gateway.main, pair).await;
        let (first, rest) = answers.split_once("\r\n\r\n").unwrap();
        assert!(
            first.starts_with(&format!("HTTP/1.1 {status}")),
            "{answers}"
        );
        let named = first
            .lines()
            .find_map(|line| line.strip_prefix("content-length: "));
        assert_eq!(named, length, "{method} {status}");
        let body = if method == "GET" && status == "200" {
            "pong\n"
        } else {
            ""
        };
        assert!(
            rest.starts_with(&format!("{body}HTTP/1.1 202")),
            "{method} {status}: {answers}"
        );
    }
}

#[tokio::test]
async fn an_unknown_path_is_told_in_json() {
    let gateway = Running::pong().await;
    let reply = send(
        gateway.main,
        Request::get("/nope").header("x-request-id", "mine"),
    )
    .await;
    assert_eq!(reply.status, 404);
    assert_eq!(reply.header("content-type"), Some("application/json"));
    assert_eq!(reply.header("x-request-id"), Some("mine"));
    assert_eq!(
        reply.json(),
        serde_json::json!({
            "code": "no_route",
            "component": "gateway",
            "reason": "no route for this host and path",
            "requestId": "mine",
        })
    );
    assert_eq!(gateway.get("/testing").await.status, 404);
    assert_eq!(gateway.get("/test").await.status, 200);
    assert_eq!(gateway.begun(), 1);
}

#[tokio::test]
async fn a_wrong_method_is_told_the_right_ones() {
    let routes = "{/a/: {topic: a, methods: [POST, GET]}}";
    let gateway = Running::start(routes, Limits::default(), |_, _, _| async {
        Ok(HttpResponse::text("pong\n"))
    })
    .await;
    let reply = send(gateway.main, Request::delete("/a/")).await;
    assert_eq!(
        (reply.status.as_u16(), reply.header("allow")),
        (405, Some("GET, POST"))
    );
    assert_eq!(reply.json()["code"], "method_not_allowed");
    assert_eq!(gateway.get("/a/").await.status, 200);
}

#[tokio::test]
async fn failures_have_their_status_and_say_when_to_try_again() {
    for kind in Kind::ALL {
        let gateway = Running::start("{/: test}", Limits::default(), move |_, _, _| async move {
            Err(Reject::new(kind, "because"))
        })
        .await;
        let reply = gateway.get("/").await;
        let row = kind.row();
        assert_eq!(reply.status, row.status, "{kind:?}");
        let json = reply.json();
        assert_eq!(
            (&json["code"], &json["reason"]),
            (&row.code.into(), &"because".into())
        );
        assert_eq!(json["component"], row.component);
        assert_eq!(json["requestId"], reply.header("x-request-id").unwrap());
        assert_eq!(reply.header("retry-after").is_some(), row.retry, "{kind:?}");
    }
}

#[tokio::test]
async fn an_upgrade_is_refused_unless_it_may_be_passed_over() {
    let gateway = Running::pong().await;
    let upgrade = |to| {
        format!(
            "GET /test/ HTTP/1.1\r\nHost: h\r\nConnection: upgrade, close\r\nUpgrade: {to}\r\n\r\n"
        )
    };
    let answer = raw(gateway.main, upgrade("websocket")).await;
    assert!(answer.starts_with("HTTP/1.1 426"), "{answer}");
    assert!(answer.contains("\r\nupgrade: HTTP/1.1\r\n"), "{answer}");
    let answer = raw(gateway.main, upgrade("h2c")).await;
    assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");
}

#[tokio::test]
async fn health_is_answered_only_where_no_route_claims_it() {
    let gateway = Running::pong().await;
    for path in ["/health", "/healthz"] {
        assert_eq!(gateway.get(path).await.status, 200);
        assert_eq!(send(gateway.main, Request::post(path)).await.status, 405);
    }
    assert_eq!(gateway.get("/healthy").await.status, 404);
    assert_eq!(gateway.begun(), 0);

    let gateway = Running::start("{/: site}", Limits::default(), |_, _, _| async {
        Ok(HttpResponse::text("the site"))
    })
    .await;
    assert_eq!(gateway.get("/healthz").await.body, "the site");
    // A broker that is away makes a claimed path unavailable, not healthy.
    gateway.seen.ready.store(false, Ordering::SeqCst);
    assert_eq!(gateway.get("/healthz").await.status, 503);
}

#[tokio::test]
async fn readiness_is_that_of_the_brokers() {
    let gateway = Running::pong().await;
    let admin = |path: &'static str| send(gateway.admin, Request::get(path));
    assert_eq!(admin("/readyz").await.status, 200);
    gateway.seen.ready.store(false, Ordering::SeqCst);
    assert_eq!(admin("/readyz").await.status, 503);
    assert_eq!(admin("/healthz").await.status, 200);
    assert_eq!(admin("/test/").await.status, 404);
    let reply = send(
        gateway.admin,
        Request::builder().method(Method::POST).uri("/readyz"),
    )
    .await;
    assert_eq!(reply.status, 405);

    let reply = gateway.get("/test/").await;
    assert_eq!(
        (reply.status.as_u16(), reply.header("retry-after")),
        (503, Some("1"))
    );
    assert_eq!(reply.json()["component"], "broker");
    assert_eq!(
        gateway.begun(),
        0,
        "nothing is sent where no answer can come back"
    );
}
