//! What browsers are told about pages of other origins.

use http::{HeaderName, HeaderValue, Method, Request};
use kubefuncs::HttpResponse;
use kubefuncs_gateway::Limits;

use crate::support::{Reply, Running, send};

const ROUTES: &str = "
  /listed/:
    topic: t
    methods: [GET, PUT]
    cors: {origins: [\"https://shop.example\", \"http://localhost:3000\"], headers: [X-Trace], expose: [ETag], credentials: true, maxAge: 1h}
  /all/: {topic: t, cors: {origins: [\"*\"]}}
  /guarded/: {topic: t, cors: {origins: [\"https://shop.example\"]}, auth: {bearer: {file: /nonexistent}}}
  /none/: t
  /own/: {topic: t, methods: [OPTIONS]}";

/// A function that would have a say of its own.
async fn start() -> Running {
    Running::start(ROUTES, Limits::default(), |_, _, _| async {
        let header = |name: &'static str, value| {
            (
                HeaderName::from_static(name),
                HeaderValue::from_static(value),
            )
        };
        let mut answer = HttpResponse::text("pong");
        answer.headers.extend([
            header("access-control-allow-origin", "https://function.example"),
            header("vary", "accept"),
        ]);
        Ok(answer)
    })
    .await
}

/// The headers about it, in order, as `name: value`.
fn told(reply: &Reply) -> Vec<String> {
    let about = |name: &&HeaderName| name.as_str().starts_with("access-") || *name == "vary";
    let names: std::collections::BTreeSet<_> = reply
        .headers
        .keys()
        .filter(about)
        .map(HeaderName::as_str)
        .collect();
    let values = |name: &str| {
        let all = reply.headers.get_all(name).iter();
        all.map(|value| value.to_str().unwrap().to_owned())
            .collect::<Vec<_>>()
            .join(", ")
    };
    names
        .into_iter()
        .map(|name| format!("{name}: {}", values(name)))
        .collect()
}

const SHOP: &str = "https://shop.example";

#[tokio::test]
async fn preflights() {
    let gateway = start().await;
    let listed = |method: &str| {
        vec![
            "access-control-allow-credentials: true".to_owned(),
            "access-control-allow-headers: authorization, content-type, prefer, x-trace".to_owned(),
            format!("access-control-allow-methods: {method}"),
            "access-control-allow-origin: https://shop.example".to_owned(),
            "access-control-max-age: 3600".to_owned(),
            "vary: origin, access-control-request-method".to_owned(),
        ]
    };
    let all = vec![
        "access-control-allow-headers: authorization, content-type, prefer".to_owned(),
        "access-control-allow-methods: DELETE".to_owned(),
        "access-control-allow-origin: *".to_owned(),
        "vary: access-control-request-method".to_owned(),
    ];
    let guarded = vec![
        "access-control-allow-headers: authorization, content-type, prefer".to_owned(),
        "access-control-allow-methods: POST".to_owned(),
        "access-control-allow-origin: https://shop.example".to_owned(),
        "vary: origin, access-control-request-method".to_owned(),
    ];
    for (path, origin, method, status, expected) in [
        ("/listed/x", SHOP, "PUT", 204, listed("PUT")),
        ("/listed/x", SHOP, "GET", 204, listed("GET")),
        // The page may not, whatever the method; and nobody may delete.
        ("/listed/", "https://evil.example", "PUT", 403, vec![]),
        ("/listed/", "https://shop.example.evil", "PUT", 403, vec![]),
        ("/listed/", "https://SHOP.example", "PUT", 403, vec![]),
        ("/listed/", "http://shop.example", "PUT", 403, vec![]),
        ("/listed/", "null", "PUT", 403, vec![]),
        ("/listed/", SHOP, "DELETE", 405, vec![]),
        ("/all/", "https://any.example", "DELETE", 204, all.clone()),
        ("/all/", "null", "DELETE", 204, all),
        // No browser shows a token when it asks first.
        ("/guarded/", SHOP, "POST", 204, guarded),
        ("/nowhere", SHOP, "GET", 404, vec![]),
    ] {
        let request = Request::builder()
            .method(Method::OPTIONS)
            .uri(path)
            .header("origin", origin)
            .header("access-control-request-method", method)
            .header("access-control-request-headers", "x-trace");
        let answer = send(gateway.main, request).await;
        let case = format!("{path} {origin} {method}");
        assert_eq!(
            (answer.status.as_u16(), told(&answer)),
            (status, expected),
            "{case}"
        );
        assert!(status != 204 || answer.body.is_empty(), "{case}");
    }
    assert_eq!(gateway.begun(), 0, "no function has heard of any of these");
    // Without these headers, or on a route that says nothing of pages, it is a request like any.
    for path in ["/all/", "/own/", "/none/"] {
        let request = Request::builder().method(Method::OPTIONS).uri(path);
        assert_eq!(send(gateway.main, request).await.status, 200, "{path}");
    }
}

#[tokio::test]
async fn answers() {
    let gateway = start().await;
    let listed = [
        "access-control-allow-credentials: true",
        "access-control-allow-origin: https://shop.example",
        "access-control-expose-headers: etag, location, retry-after, x-request-id",
        "vary: accept, origin",
    ];
    let refused = [
        "access-control-allow-credentials: true",
        "access-control-allow-origin: https://shop.example",
        "access-control-expose-headers: etag, location, retry-after, x-request-id",
        "vary: origin",
    ];
    let all = [
        "access-control-allow-origin: *",
        "access-control-expose-headers: location, retry-after, x-request-id",
        "vary: accept",
    ];
    let guarded = [
        "access-control-allow-origin: https://shop.example",
        "access-control-expose-headers: location, retry-after, x-request-id",
        "vary: origin",
    ];
    let own = [
        "access-control-allow-origin: https://function.example",
        "vary: accept",
    ];
    for (path, origins, status, expected) in [
        ("/listed/", vec![SHOP], 200, listed.as_slice()),
        (
            "/listed/",
            vec!["https://evil.example"],
            200,
            &["vary: accept, origin"],
        ),
        ("/listed/", vec![SHOP, SHOP], 200, &["vary: accept, origin"]),
        ("/listed/", vec![], 200, &["vary: accept, origin"]),
        ("/all/", vec!["https://any.example"], 200, &all),
        // A page that may call may read why it was refused.
        ("/guarded/", vec![SHOP], 503, &guarded),
        (
            "/guarded/",
            vec!["https://evil.example"],
            503,
            &["vary: origin"],
        ),
        ("/none/", vec![SHOP], 200, &own),
    ] {
        let mut request = Request::get(path);
        for origin in &origins {
            request = request.header("origin", *origin);
        }
        let answer = send(gateway.main, request).await;
        let case = format!("{path} {origins:?}");
        assert_eq!(answer.status, status, "{case}");
        assert_eq!(told(&answer), expected, "{case}");
    }
    // One refused for another reason.
    gateway
        .seen
        .ready
        .store(false, std::sync::atomic::Ordering::SeqCst);
    let request = Request::get("/listed/").header("origin", SHOP);
    let answer = send(gateway.main, request).await;
    assert_eq!(
        (answer.status.as_u16(), told(&answer).as_slice()),
        (503, refused.map(String::from).as_slice())
    );
}
