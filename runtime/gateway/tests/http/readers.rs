//! Callers that do not take their answers.

use std::time::Duration;

use bytes::Bytes;
use http::Request;
use http_body_util::{BodyExt, Empty};
use hyper::client::conn::http2;
use hyper_util::rt::{TokioExecutor, TokioIo};
use kubefuncs::HttpResponse;
use kubefuncs_gateway::Limits;
use tokio::io::AsyncWriteExt;
use tokio::net::TcpStream;

use crate::support::{PATIENCE, Running, send, until};

/// More than the kernel takes for a client that does not read.
const ANSWER: usize = 16 << 20;

/// Room for two answers that are not taken, in a gateway that waits for so long.
async fn start(write_timeout: Duration) -> Running {
    let limits = Limits {
        bytes: ANSWER,
        topic_bytes: ANSWER,
        write_timeout,
        ..Limits::default()
    };
    Running::start("{/: t}", limits, |_, request, _| async move {
        let size = if request.url == "/large" { ANSWER } else { 4 };
        Ok(HttpResponse::text("x".repeat(size)))
    })
    .await
}

async fn held(gateway: &Running) -> usize {
    let text = send(gateway.admin, Request::get("/metrics")).await.body;
    let name = "kubefuncs_gateway_waiting_bytes ";
    let line = text.lines().find_map(|line| line.strip_prefix(name));
    line.unwrap().parse().unwrap()
}

async fn holds(gateway: &Running, bytes: usize) {
    let poll = async { while held(gateway).await != bytes {} };
    let held = tokio::time::timeout(PATIENCE, poll).await;
    assert!(held.is_ok(), "it never held {bytes} bytes");
}

/// Asks for a large answer and takes none of it.
async fn stubborn(gateway: &Running) -> TcpStream {
    let mut socket = TcpStream::connect(gateway.main).await.unwrap();
    let request = b"GET /large HTTP/1.1\r\nHost: h\r\n\r\n";
    socket.write_all(request).await.unwrap();
    socket
}

#[tokio::test]
async fn answers_that_nobody_takes_are_bounded() {
    let gateway = start(PATIENCE).await;
    let sockets = [stubborn(&gateway).await, stubborn(&gateway).await];
    holds(&gateway, 2 * ANSWER).await;
    let refused = gateway.get("/large").await;
    assert_eq!(refused.status, 429);
    assert!(refused.body.contains("answers are waiting"), "{refused:?}");
    drop(sockets);
    holds(&gateway, 0).await;
    assert_eq!(gateway.get("/large").await.body.len(), ANSWER);
}

#[tokio::test]
async fn who_takes_nothing_is_cut() {
    let gateway = start(Duration::from_millis(300)).await;
    let socket = stubborn(&gateway).await;
    until("it is asked", || gateway.begun() == 1).await;
    holds(&gateway, 0).await;
    drop(socket);
}

/// In HTTP/2 a client may go on with other requests, and never make room for one answer.
#[tokio::test]
async fn who_never_makes_room_for_an_answer_is_cut() {
    let gateway = start(Duration::from_millis(300)).await;
    let socket = TcpStream::connect(gateway.main).await.unwrap();
    let (mut client, connection) = http2::Builder::new(TokioExecutor::new())
        .initial_stream_window_size(1024)
        .handshake(TokioIo::new(socket))
        .await
        .unwrap();
    let connection = tokio::spawn(connection);
    let get = |path: &str| {
        let request = Request::get(format!("http://h{path}"));
        request.body(Empty::<Bytes>::new()).unwrap()
    };
    let large = client.send_request(get("/large")).await.unwrap();
    let others = async {
        while let Ok(answer) = client.send_request(get("/")).await {
            let Ok(body) = answer.into_body().collect().await else {
                break;
            };
            assert_eq!(body.to_bytes().len(), 4);
        }
    };
    tokio::time::timeout(PATIENCE, others)
        .await
        .expect("it is cut");
    holds(&gateway, 0).await;
    drop((large, connection));
}
