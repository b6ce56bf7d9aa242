//! What a function gets to see of a request.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use http::{Method, Request};
use kubefuncs::{CallOptions, HttpRequest, HttpResponse};
use kubefuncs_gateway::Limits;
use tokio::io::AsyncWriteExt;
use tokio::net::TcpStream;

use crate::support::{Running, raw, read_until, send, send_body, until};

type Call = (String, HttpRequest, CallOptions);

/// A gateway that writes down every call.
async fn recorder(routes: &str) -> (Running, Arc<Mutex<Vec<Call>>>) {
    let calls = Arc::new(Mutex::new(Vec::new()));
    let record = calls.clone();
    let running = Running::start(routes, Limits::default(), move |topic, request, options| {
        record.lock().unwrap().push((topic, request, options));
        async { Ok(HttpResponse::text("pong\n")) }
    })
    .await;
    (running, calls)
}

#[tokio::test]
async fn a_function_sees_the_request_as_it_was_sent() {
    let (gateway, calls) = recorder("{/orders/: {topic: orders, timeout: 7s}}").await;
    let request = Request::put("/orders/a%20b?x=1&y=%2F..")
        .header("x-repeat", "1")
        .header("x-repeat", "2")
        .header("x-request-id", "mine-7")
        .header(
            "traceparent",
            "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
        );
    let reply = send_body(gateway.main, request, "hello").await;
    assert_eq!(
        (reply.status.as_u16(), reply.body.as_str()),
        (200, "pong\n")
    );
    assert_eq!(reply.header("x-request-id"), Some("mine-7"));

    let (topic, request, options) = calls.lock().unwrap().remove(0);
    assert_eq!(topic, "orders");
    assert_eq!(request.method, Method::PUT);
    assert_eq!(request.url, "/orders/a%20b?x=1&y=%2F..");
    assert_eq!(request.body, "hello");
    assert_eq!(request.host, gateway.main.to_string());
    assert!(
        request.remote_addr.starts_with("127.0.0.1:"),
        "{}",
        request.remote_addr
    );
    let repeats: Vec<_> = request.headers.get_all("x-repeat").iter().collect();
    assert_eq!(repeats, ["1", "2"]);
    assert_eq!(request.headers["x-request-id"], "mine-7");
    assert_eq!(options.timeout, Some(Duration::from_secs(7)));
    assert_eq!(options.metadata["request-id"], "mine-7");
    assert!(options.metadata["traceparent"].starts_with("00-0af7"));
}

#[tokio::test]
async fn headers_of_the_connection_and_forged_ones_stay_behind() {
    let (gateway, calls) = recorder("{/: test}").await;
    let answer = raw(
        gateway.main,
        "GET / HTTP/1.1\r\nHost: h\r\nConnection: close, x-private\r\nX-Private: 1\r\n\
         Keep-Alive: timeout=9\r\nTE: trailers\r\nX-Kubefuncs-Method: DELETE\r\n\
         Proxy-Authorization: secret\r\nX-Kept: yes\r\n\r\n",
    )
    .await;
    assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");
    let (_, request, _) = calls.lock().unwrap().remove(0);
    let mut names: Vec<_> = request.headers.keys().map(|name| name.as_str()).collect();
    names.sort_unstable();
    assert_eq!(names, ["host", "x-kept", "x-request-id"]);
    assert_eq!(request.method, Method::GET);
}

#[tokio::test]
async fn a_caller_without_an_id_gets_one_nobody_can_guess() {
    let (gateway, calls) = recorder("{/: test}").await;
    let first = gateway.get("/").await;
    let second = send(
        gateway.main,
        Request::get("/").header("x-request-id", "x".repeat(129)),
    )
    .await;
    let ids = [first, second].map(|reply| reply.header("x-request-id").unwrap().to_owned());
    assert!(ids.iter().all(|id| id.len() == 32), "{ids:?}");
    assert_ne!(ids[0], ids[1]);
    for ((_, request, options), id) in calls.lock().unwrap().iter().zip(&ids) {
        assert_eq!(request.headers["x-request-id"], id.as_str());
        assert_eq!(&options.metadata["request-id"], id);
    }
}

#[tokio::test]
async fn a_chunked_body_arrives_whole_and_without_trailers() {
    let (gateway, calls) = recorder("{/: test}").await;
    let answer = raw(
        gateway.main,
        "POST / HTTP/1.1\r\nHost: h\r\nConnection: close\r\nTransfer-Encoding: chunked\r\n\r\n\
         3\r\nabc\r\n4;x=y\r\ndefg\r\n0\r\nX-Trailer: 1\r\n\r\n",
    )
    .await;
    assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");
    let (_, request, _) = calls.lock().unwrap().remove(0);
    assert_eq!(request.body, "abcdefg");
    assert!(!request.headers.contains_key("x-trailer"));
    assert!(!request.headers.contains_key("transfer-encoding"));
}

#[tokio::test]
async fn a_target_in_absolute_form_names_the_host() {
    let (gateway, calls) = recorder("{/: {topic: a, host: a.example}}").await;
    let answer = raw(
        gateway.main,
        "GET http://A.example:8080/x?y HTTP/1.1\r\nHost: b.example\r\nConnection: close\r\n\r\n",
    )
    .await;
    assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");
    let (_, request, _) = calls.lock().unwrap().remove(0);
    assert_eq!(
        (request.url.as_str(), request.host.as_str()),
        ("/x?y", "A.example:8080")
    );
    assert_eq!(request.headers["host"], "A.example:8080");
}

#[tokio::test]
async fn continue_is_said_only_when_the_body_is_wanted() {
    let (gateway, _) = recorder("{/test/: test}").await;
    let head = |path| {
        format!(
            "POST {path} HTTP/1.1\r\nHost: h\r\nContent-Length: 2\r\nExpect: 100-continue\r\n\r\n"
        )
    };
    let mut socket = TcpStream::connect(gateway.main).await.unwrap();
    socket.write_all(head("/test/").as_bytes()).await.unwrap();
    assert_eq!(
        read_until(&mut socket, "\r\n\r\n").await,
        "HTTP/1.1 100 Continue\r\n\r\n"
    );
    socket.write_all(b"ab").await.unwrap();
    assert!(
        read_until(&mut socket, "\r\n\r\n")
            .await
            .starts_with("HTTP/1.1 200")
    );

    let mut socket = TcpStream::connect(gateway.main).await.unwrap();
    socket.write_all(head("/none").as_bytes()).await.unwrap();
    assert!(
        read_until(&mut socket, "\r\n\r\n")
            .await
            .starts_with("HTTP/1.1 404")
    );
}

#[tokio::test]
async fn a_call_ends_when_its_caller_hangs_up() {
    let gateway = Running::start("{/: test}", Limits::default(), |_, _, _| {
        std::future::pending()
    })
    .await;
    let mut socket = TcpStream::connect(gateway.main).await.unwrap();
    socket
        .write_all(b"GET / HTTP/1.1\r\nHost: h\r\n\r\n")
        .await
        .unwrap();
    until("the call begins", || gateway.begun() == 1).await;
    drop(socket);
    let ended = || gateway.seen.ended.load(std::sync::atomic::Ordering::SeqCst) == 1;
    until("the call ends", ended).await;
}
