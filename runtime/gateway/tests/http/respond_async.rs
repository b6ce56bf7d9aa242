//! 202 and what comes after it.

use http::Request;
use http::header::AUTHORIZATION;
use kubefuncs::HttpResponse;
use kubefuncs_gateway::reject::Kind;
use kubefuncs_gateway::{Limits, Reject, Sight};
use serde_json::Value;

use crate::support::{PATIENCE, Reply, Running, send};

const ROUTES: &str = "
  /never/: t
  /always/: {topic: t, async: true}
  /prefer/: {topic: t, async: prefer}
limits: {depth: 3}";

/// A function that fails where the path says so.
async fn start(routes: &str) -> Running {
    Running::start(routes, Limits::default(), |_, request, _| async move {
        match request.path().ends_with("fail") {
            true => Err(Reject::new(Kind::Function, "it cannot")),
            false => Ok(HttpResponse::text("pong").with_status(201.try_into().unwrap())),
        }
    })
    .await
}

async fn get(gateway: &Running, path: &str, prefer: &str) -> Reply {
    send(gateway.main, Request::get(path).header("prefer", prefer)).await
}

/// Asks until it is over.
async fn outcome(gateway: &Running, location: &str) -> Value {
    let poll = async {
        loop {
            let answer = gateway.get(location).await;
            assert_eq!(answer.status, 200);
            let body = answer.json();
            if body["status"] != "accepted" {
                assert_eq!(answer.header("retry-after"), None);
                return body;
            }
            assert_eq!(answer.header("retry-after"), Some("1"));
        }
    };
    tokio::time::timeout(PATIENCE, poll).await.unwrap()
}

#[tokio::test]
async fn nobody_waits_where_the_route_says_so() {
    let gateway = start(ROUTES).await;
    for (path, prefer, status, applied) in [
        ("/never/", "respond-async", 201, None),
        ("/always/", "", 202, None),
        ("/always/", "respond-async", 202, Some("respond-async")),
        ("/prefer/", "", 201, None),
        ("/prefer/", "respond-asynchronously", 201, None),
        (
            "/prefer/",
            "wait=10, Respond-Async;x=1",
            202,
            Some("respond-async"),
        ),
    ] {
        let answer = get(&gateway, path, prefer).await;
        assert_eq!(answer.status, status, "{path} {prefer}");
        assert_eq!(
            answer.header("preference-applied"),
            applied,
            "{path} {prefer}"
        );
        assert_eq!(answer.header("location").is_some(), status == 202);
    }
}

#[tokio::test]
async fn what_became_of_it_is_told_under_an_id_nobody_can_guess() {
    let gateway = start(ROUTES).await;
    let request = Request::get("/always/").header("x-request-id", "mine");
    let taken = send(gateway.main, request).await;
    let body = taken.json();
    assert_eq!(
        (&body["status"], &body["requestId"]),
        (&"accepted".into(), &"mine".into())
    );
    let id = body["id"].as_str().unwrap();
    assert!(id.len() == 32 && id.bytes().all(|b| b.is_ascii_hexdigit()));
    let location = taken.header("location").unwrap();
    assert_eq!(location, format!("/.kubefuncs/requests/{id}"));
    assert_eq!(gateway.get(location).await.json()["status"], "accepted");

    gateway.seen.over.add_permits(1);
    let done = outcome(&gateway, location).await;
    assert_eq!(
        done,
        serde_json::json!({"id": id, "requestId": "mine", "status": "done", "attempts": 2, "httpStatus": 201})
    );

    gateway.seen.over.add_permits(1);
    let failed = gateway.get("/always/fail").await;
    let failed = outcome(&gateway, failed.header("location").unwrap()).await;
    assert_eq!(failed["status"], "dead-lettered");
    assert_eq!(
        (&failed["code"], &failed["reason"], &failed["deadLetter"]),
        (&"function".into(), &"it cannot".into(), &"test.dead".into())
    );
    assert_ne!(failed["id"], id);
}

#[tokio::test]
async fn what_another_gateway_took_is_gone_here_and_routes_go_first() {
    let (gateway, other) = (
        start(ROUTES).await,
        start("{/: {topic: t, async: prefer}}").await,
    );
    let taken = get(&gateway, "/always/", "").await;
    let location = taken.header("location").unwrap();
    let posted = send(gateway.main, Request::post(location)).await;
    assert_eq!(
        (posted.status.as_u16(), posted.header("allow")),
        (405, Some("GET, HEAD"))
    );
    for path in [
        "/.kubefuncs/requests/".to_owned(),
        "/.kubefuncs/requests/mine".to_owned(),
        format!("{location}0"),
        location.to_uppercase(),
    ] {
        assert_eq!(gateway.get(&path).await.status, 404, "{path}");
    }
    let gone = gateway
        .get("/.kubefuncs/requests/00000000000000000000000000000000")
        .await;
    assert_eq!(
        (gone.status.as_u16(), gone.json()["code"].clone()),
        (410, "gone".into())
    );
    // A route for all paths has those that nobody else could have meant.
    assert_eq!(other.get(location).await.status, 201);
    let taken = get(&other, "/", "respond-async").await;
    let own = taken.header("location").unwrap();
    assert_eq!(other.get(own).await.json()["status"], "accepted");
}

#[tokio::test]
async fn who_was_let_in_may_ask_and_nobody_else() {
    let folder = tempfile::tempdir().unwrap();
    let token = folder.path().join("token");
    std::fs::write(&token, "secret").unwrap();
    let gateway = start(&format!(
        "{{/a/: {{topic: t, async: true, cors: {{origins: [\"https://shop.example\"]}}, auth: \
         {{bearer: {{file: {}}}}}}}}}",
        token.display()
    ))
    .await;
    let with_token = |path: &str| {
        let request = Request::get(path).header(AUTHORIZATION, "Bearer secret");
        request.header("origin", "https://shop.example")
    };
    let taken = send(gateway.main, with_token("/a/")).await;
    let location = taken.header("location").unwrap();
    assert_eq!(gateway.get(location).await.status, 401);
    let answer = send(gateway.main, with_token(location)).await;
    assert_eq!(answer.status, 200);
    let readable = answer.header("access-control-allow-origin");
    assert_eq!(readable, Some("https://shop.example"));
    let preflight = Request::options(location)
        .header("origin", "https://shop.example")
        .header("access-control-request-method", "GET");
    assert_eq!(send(gateway.main, preflight).await.status, 204);
}

#[tokio::test]
async fn a_full_queue_takes_no_more() {
    let gateway = start(ROUTES).await;
    let depth = |depth| {
        *gateway.seen.sight.lock().unwrap() = Sight {
            depth,
            ..Sight::default()
        };
    };
    let full = async || {
        let answer = get(&gateway, "/always/", "").await;
        if answer.status == 429 {
            assert_eq!(answer.json()["code"], "queue_full");
            assert!(answer.header("retry-after").is_some());
        }
        answer.status == 429
    };
    for (waiting, refused) in [
        (Some(2), false),
        (Some(3), true),
        (Some(u64::MAX), true),
        (Some(0), false),
    ] {
        depth(waiting);
        assert_eq!(full().await, refused, "{waiting:?}");
    }
    // Where the brokers tell nothing, what was taken here and is not over counts: 2 by now.
    depth(None);
    assert!(!full().await);
    assert!(full().await);
    gateway.seen.over.add_permits(3);
    let again = async { while full().await {} };
    tokio::time::timeout(PATIENCE, again).await.unwrap();
    assert_eq!(
        get(&gateway, "/never/", "").await.status,
        201,
        "others wait in another queue"
    );
}
