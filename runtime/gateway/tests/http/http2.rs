//! HTTP/2 for clients that know beforehand that we speak it.

use std::io::Write;
use std::process::Command;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use http::{Request, Response, Version};
use http_body_util::{BodyExt, Full};
use hyper::body::Incoming;
use hyper::client::conn::http2::{SendRequest, handshake};
use hyper_util::rt::{TokioExecutor, TokioIo};
use kubefuncs::HttpResponse;
use kubefuncs_gateway::Limits;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::sync::Semaphore;
use tokio::task::JoinHandle;

use crate::support::{PATIENCE, Running, read_to_end, until};

/// A client with one connection, and the end of that.
pub(crate) async fn client(
    gateway: &Running,
) -> (SendRequest<Full<Bytes>>, JoinHandle<hyper::Result<()>>) {
    let socket = TcpStream::connect(gateway.main).await.unwrap();
    let (sender, connection) = handshake(TokioExecutor::new(), TokioIo::new(socket))
        .await
        .unwrap();
    (sender, tokio::spawn(connection))
}

pub(crate) fn request(path: &str, body: &'static str) -> Request<Full<Bytes>> {
    let request = Request::post(format!("http://shop.example{path}"));
    request.body(Full::new(Bytes::from(body))).unwrap()
}

pub(crate) async fn text(answer: Response<Incoming>) -> String {
    let body = answer.into_body().collect().await.unwrap().to_bytes();
    String::from_utf8(body.to_vec()).unwrap()
}

/// Calls below `/slow/` wait for the semaphore; others are answered with host, path and body.
async fn start(limits: Limits) -> (Running, Arc<Semaphore>) {
    let gate = Arc::new(Semaphore::new(0));
    let inner = gate.clone();
    let gateway = Running::start("{/: t}", limits, move |_, request, _| {
        let gate = inner.clone();
        async move {
            if request.url.starts_with("/slow/") {
                gate.acquire().await.unwrap().forget();
            }
            let body = String::from_utf8_lossy(&request.body).into_owned();
            Ok(HttpResponse::text(format!(
                "{} {} {body}",
                request.host, request.url
            )))
        }
    })
    .await;
    (gateway, gate)
}

#[tokio::test]
async fn many_requests_share_a_connection() {
    let (gateway, gate) = start(Limits::default()).await;
    let (mut client, _) = client(&gateway).await;
    let slow = tokio::spawn(client.send_request(request("/slow/", "first")));
    until("the slow one waits", || gateway.begun() == 1).await;
    for _ in 0..50 {
        let answer = client.send_request(request("/a?b", "x")).await.unwrap();
        assert_eq!(
            (answer.version(), answer.status().as_u16()),
            (Version::HTTP_2, 200)
        );
        assert!(answer.headers().contains_key("x-request-id"));
        assert_eq!(text(answer).await, "shop.example /a?b x");
    }
    gate.add_permits(1);
    assert_eq!(
        text(slow.await.unwrap().unwrap()).await,
        "shop.example /slow/ first"
    );
    // What is refused in HTTP/1 is refused here.
    for (path, status) in [("/a/%2e%2e/b", 400), ("/a//b", 400)] {
        let answer = client.send_request(request(path, "")).await.unwrap();
        assert_eq!(answer.status(), status, "{path}");
        assert!(text(answer).await.contains("\"malformed\""));
    }
    let mut two_hosts = request("/", "");
    let other = http::HeaderValue::from_static("other.example");
    two_hosts.headers_mut().insert("host", other);
    assert_eq!(client.send_request(two_hosts).await.unwrap().status(), 400);
}

#[tokio::test]
async fn who_takes_back_all_it_asks_is_cut() {
    let (gateway, _) = start(Limits::default()).await;
    let (mut client, connection) = client(&gateway).await;
    let flood = async {
        while client.ready().await.is_ok() {
            let begun = gateway.begun();
            let slow = tokio::spawn(client.send_request(request("/slow/", "")));
            while gateway.begun() == begun && !slow.is_finished() {
                tokio::task::yield_now().await;
            }
            slow.abort();
        }
    };
    tokio::time::timeout(PATIENCE, flood)
        .await
        .expect("it is cut");
    let _ = connection.await.unwrap();
    assert!(gateway.begun() < 200, "{}", gateway.begun());
}

#[tokio::test]
async fn as_many_run_at_once_as_may() {
    let limits = Limits {
        streams: 3,
        ..Limits::default()
    };
    let (gateway, gate) = start(limits).await;
    let (mut client, _) = client(&gateway).await;
    // The client knows the limit when it has heard from us.
    text(client.send_request(request("/", "")).await.unwrap()).await;
    let slow: Vec<_> = (0..9)
        .map(|_| tokio::spawn(client.send_request(request("/slow/", ""))))
        .collect();
    until("three run", || gateway.begun() == 4).await;
    gate.add_permits(1);
    until("and another", || gateway.begun() == 5).await;
    gate.add_permits(8);
    for answer in slow {
        assert_eq!(answer.await.unwrap().unwrap().status(), 200);
    }
}

#[tokio::test]
async fn leaving_ends_connections_and_no_request() {
    let (gateway, gate) = start(Limits::default()).await;
    let (mut client, connection) = client(&gateway).await;
    let slow = tokio::spawn(client.send_request(request("/slow/", "")));
    until("it waits", || gateway.begun() == 1).await;
    let done = gateway.stop();
    let told = async { while client.send_request(request("/a", "")).await.is_ok() {} };
    tokio::time::timeout(PATIENCE, told)
        .await
        .expect("the client is told to go elsewhere");
    assert!(!slow.is_finished());
    gate.add_permits(1);
    assert_eq!(slow.await.unwrap().unwrap().status(), 200);
    assert!(done.await.unwrap());
    connection.await.unwrap().unwrap();
}

#[tokio::test]
async fn answers_without_a_body_have_none() {
    let gateway = Running::start("{/: t}", Limits::default(), |_, request, _| async move {
        let status = request.url.trim_start_matches('/').parse().unwrap();
        Ok(HttpResponse::text("pong\n").with_status(status))
    })
    .await;
    let (mut client, _) = client(&gateway).await;
    for (method, status, length, body) in [
        ("GET", 200, Some("5"), "pong\n"),
        ("HEAD", 200, Some("5"), ""),
        ("HEAD", 404, Some("5"), ""),
        ("GET", 204, None, ""),
        ("GET", 304, None, ""),
    ] {
        let request = Request::builder()
            .method(method)
            .uri(format!("http://h/{status}"));
        let request = request.body(Full::default()).unwrap();
        let answer = client.send_request(request).await.unwrap();
        let told = answer.headers().get("content-length");
        let told = told.map(|length| length.to_str().unwrap().to_owned());
        assert_eq!(told.as_deref(), length, "{method} {status}");
        assert_eq!(
            (answer.status().as_u16(), text(answer).await.as_str()),
            (status, body)
        );
    }
}

/// It is no HTTP/1, and so no slow HTTP/1 either.
#[tokio::test]
async fn silent_and_broken_beginnings_are_cut() {
    let limits = Limits {
        head_timeout: Duration::from_millis(200),
        idle_timeout: Duration::from_millis(200),
        write_timeout: Duration::from_millis(200),
        ..Limits::default()
    };
    let (gateway, _) = start(limits).await;
    const PREFACE: &str = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";
    let settings = "\0\0\0\x04\0\0\0\0\0";
    for beginning in [
        "",
        "P",
        "PR",
        "PRI",
        "PRI * HTTP/1.1\r\n\r\n",
        PREFACE,
        &format!("{PREFACE}{settings}"),
    ] {
        let mut socket = TcpStream::connect(gateway.main).await.unwrap();
        socket.write_all(beginning.as_bytes()).await.unwrap();
        let mut end = Vec::new();
        let read = tokio::time::timeout(PATIENCE, socket.read_to_end(&mut end)).await;
        assert!(read.is_ok(), "{beginning:?} is not cut");
    }
    assert_eq!(gateway.begun(), 0);
}

/// An offer to change to it is passed over, as any client of HTTP/1 must expect.
#[tokio::test]
async fn no_connection_of_version_1_becomes_one_of_2() {
    let (gateway, _) = start(Limits::default()).await;
    let mut socket = TcpStream::connect(gateway.main).await.unwrap();
    socket
        .write_all(b"GET /a HTTP/1.1\r\nHost: h\r\nConnection: Upgrade, HTTP2-Settings, close\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAAABkAAQAAP__\r\n\r\n")
        .await
        .unwrap();
    assert!(
        read_to_end(&mut socket)
            .await
            .starts_with("HTTP/1.1 200 OK\r\n")
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn curl_speaks_it() {
    let known = Command::new("curl").arg("--version").output();
    if !known.is_ok_and(|said| String::from_utf8_lossy(&said.stdout).contains("HTTP2")) {
        // Not a dependency of ours: hyper's client has passed the same above.
        let _ = writeln!(std::io::stderr(), "LEFT OUT: curl with HTTP/2 is not here");
        return;
    }
    let (gateway, _) = start(Limits::default()).await;
    let url = format!("http://{}/a", gateway.main);
    let body = "x".repeat(200_000);
    for arguments in [
        vec!["--http2-prior-knowledge"],
        vec!["--http2-prior-knowledge", "--data-binary", &body[..50_000]],
        vec!["--http2-prior-knowledge", "--head"],
        vec!["--http2"],
    ] {
        let mut curl = Command::new("curl");
        curl.args([
            "--silent",
            "--show-error",
            "--max-time",
            "30",
            "--output",
            "/dev/null",
        ]);
        curl.args(["--write-out", "%{http_code} %{http_version}"])
            .args(&arguments)
            .arg(&url);
        let said = tokio::task::spawn_blocking(move || curl.output().unwrap())
            .await
            .unwrap();
        let version = if arguments == ["--http2"] { "1.1" } else { "2" };
        let text = String::from_utf8_lossy(&said.stdout).into_owned();
        assert_eq!(
            text,
            format!("200 {version}"),
            "{} {}",
            arguments[0],
            String::from_utf8_lossy(&said.stderr)
        );
    }
}
