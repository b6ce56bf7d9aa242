//! Routes that want a token, and every way around them that is none.

use std::fs;
use std::path::Path;

use http::Request;
use http::header::AUTHORIZATION;
use kubefuncs::HttpResponse;
use kubefuncs_gateway::Limits;

use crate::support::{PATIENCE, Reply, Running, raw, send};

/// Everything goes to `open`, but `/admin/` to `guarded`, for those who have the token of a file.
/// The function answers with its topic, and the authorization that it sees.
async fn guarded(token: &Path) -> Running {
    let routes = format!(
        "{{/: open, /admin/: {{topic: guarded, auth: {{bearer: {{file: {}}}}}}}, /post/: {{topic: \
         guarded, methods: [POST], auth: {{bearer: {{file: {}}}}}}}}}",
        token.display(),
        token.display()
    );
    Running::start(&routes, Limits::default(), |topic, request, _| async move {
        let seen = request.headers.get(AUTHORIZATION);
        Ok(HttpResponse::text(format!("{topic} {seen:?}")))
    })
    .await
}

async fn get(gateway: &Running, path: &str, token: &str) -> Reply {
    let request = Request::get(path).header(AUTHORIZATION, format!("Bearer {token}"));
    send(gateway.main, request).await
}

#[tokio::test]
async fn a_token_opens_its_route_and_stays_with_the_gateway() {
    let folder = tempfile::tempdir().unwrap();
    let token = folder.path().join("token");
    fs::write(&token, "secret-1\n").unwrap();
    let gateway = guarded(&token).await;
    for path in [
        "/admin",
        "/admin/",
        "/admin/deep",
        "/admin/?a=b",
        "/%61dmin/",
    ] {
        assert_eq!(
            get(&gateway, path, "secret-1").await.body,
            "guarded None",
            "{path}"
        );
        for answer in [
            get(&gateway, path, "secret-2").await,
            gateway.get(path).await,
        ] {
            assert_eq!(answer.status, 401, "{path}");
            assert_eq!(answer.header("www-authenticate"), Some("Bearer"));
            assert_eq!(answer.json()["code"], "unauthorized");
            assert!(!answer.body.contains("secret"));
        }
    }
    assert_eq!(
        get(&gateway, "/other", "x").await.body,
        "open Some(Sensitive)".replace("Sensitive", "\"Bearer x\"")
    );
}

#[tokio::test]
async fn no_trick_is_a_way_around_a_token() {
    let folder = tempfile::tempdir().unwrap();
    let token = folder.path().join("token");
    fs::write(&token, "secret-1").unwrap();
    let gateway = guarded(&token).await;
    let mut reached = 0;
    for target in [
        "/x/../admin/",
        "/./admin/",
        "/x/..;/admin/",
        "/x/%2e%2e/admin/",
        "/%2e/admin/",
        "/x%2f..%2fadmin/",
        "/%2fadmin/",
        "//admin/",
        "///admin",
        "/x//admin/",
        "/admin%2f",
        "/admin%2fdeep",
        "/admin/../admin/",
        "/admin//",
        "/admin/.",
        "/admin/%2e",
        "\\admin\\",
        "/\\admin/",
        "/%5cadmin/",
        "/admin%00",
        "/admin%0a",
        "/%2561dmin/",
        "/%61dmin/",
        "/a%64min",
        "/admin?",
        "/admin?x=/../open",
        "/admin/#x",
        "/admin#",
        "/admin;x=1/",
        "/admin/;",
        "http://h/admin/",
        "http://other/admin",
        "http://h//admin/",
        "*",
        "/ADMIN/",
        "/post/",
        "/post/x",
    ] {
        for method in ["GET", "HEAD", "OPTIONS", "admin", "POST"] {
            let request = format!(
                "{method} {target} HTTP/1.1\r\nHost: h\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"
            );
            let answer = raw(gateway.main, request).await;
            let status = answer.get(9..12).unwrap_or_default();
            // Whatever is answered by a function, it is not the guarded one.
            assert!(!answer.contains("guarded "), "{method} {target}\n{answer}");
            assert!(
                matches!(status, "200" | "400" | "401" | "404" | "405"),
                "{target}\n{answer}"
            );
            reached += u32::from(status == "200");
        }
    }
    assert!(reached > 0, "some of them are other paths");
    // Nor does a method override, or a path of another's making.
    for header in [
        "X-Original-URL: /admin/",
        "X-Rewrite-URL: /admin/",
        "X-HTTP-Method-Override: POST",
        "X-Forwarded-Prefix: /admin",
        "X-Kubefuncs-Method: POST",
        "Authorization : Bearer secret-1",
    ] {
        let request =
            format!("GET /post/ HTTP/1.1\r\nHost: h\r\n{header}\r\nConnection: close\r\n\r\n");
        assert!(
            !raw(gateway.main, request).await.contains("guarded "),
            "{header}"
        );
    }
}

#[tokio::test]
async fn a_token_that_is_replaced_opens_nothing_and_its_successor_does() {
    let folder = tempfile::tempdir().unwrap();
    let token = folder.path().join("token");
    let gateway = guarded(&token).await;
    let status = async |token: &str| get(&gateway, "/admin/", token).await.status.as_u16();
    let turns = async |token: &str, to: u16| {
        let poll = async { while status(token).await != to {} };
        tokio::time::timeout(PATIENCE, poll).await.unwrap();
    };
    assert_eq!(
        (status("one").await, status("").await),
        (503, 503),
        "no file yet"
    );
    fs::write(&token, "one").unwrap();
    turns("one", 200).await;
    fs::write(&token, "one\ntwo\n").unwrap();
    turns("two", 200).await;
    assert_eq!(
        status("one").await,
        200,
        "both, while one takes the place of the other"
    );
    fs::write(&token, "two\n").unwrap();
    turns("one", 401).await;
    assert_eq!(status("two").await, 200);
    fs::remove_file(&token).unwrap();
    turns("two", 503).await;
}
