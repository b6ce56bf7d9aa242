//! Paths that are meant to be read in two ways: all of them end at the gateway.

use kubefuncs::HttpResponse;
use kubefuncs_gateway::Limits;

use crate::support::{Running, raw};

#[tokio::test]
async fn no_trick_reaches_a_function() {
    let gateway = Running::start(
        "{/: site, /admin/: admin}",
        Limits::default(),
        |_, _, _| async { Ok(HttpResponse::text("reached\n")) },
    )
    .await;
    for path in [
        "/x/../admin/",
        "/x/..",
        "/./admin/",
        "//admin/",
        "/x//admin/",
        "/x/%2e%2e/admin/",
        "/x/%2E%2e/admin/",
        "/x/.%2e/admin/",
        "/x%2fadmin/",
        "/x%2Fadmin/",
        "/x%5cadmin/",
        "/x\\admin/",
        "/x/..;/admin/",
        "/x%00/admin/",
        "/x%0a/admin/",
        "/x/%252e%252e/admin/",
        "/x%",
        "/x%zz",
        "/caf\u{e9}/",
        "*",
        "admin/",
        "http://h/x/../admin/",
    ] {
        let request = format!("GET {path} HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n");
        let answer = raw(gateway.main, request).await;
        assert!(answer.starts_with("HTTP/1.1 400"), "{path}: {answer}");
    }
    let answer = raw(gateway.main, "CONNECT admin:80 HTTP/1.1\r\nHost: h\r\n\r\n").await;
    assert!(answer.starts_with("HTTP/1.1 400"), "{answer}");
    assert_eq!(gateway.begun(), 0);
}

#[tokio::test]
async fn an_encoded_letter_is_no_way_around_a_route() {
    let gateway =
        Running::start(
            "{/: site, /admin/: admin}",
            Limits::default(),
            |topic, request, _| async move {
                Ok(HttpResponse::text(format!("{topic} {}", request.url)))
            },
        )
        .await;
    assert_eq!(gateway.get("/%61dmin/x").await.body, "admin /%61dmin/x");
    assert_eq!(
        gateway.get("/administrator").await.body,
        "site /administrator"
    );
}
