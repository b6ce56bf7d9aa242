//! Callers that leave before their answer: nobody gets to see one, and still they were there.

use http::{HeaderValue, Request};
use serde_json::Value;
use tokio::io::AsyncWriteExt;
use tokio::net::TcpStream;

use crate::http2::{client, request, text};
use crate::seen::start;
use crate::support::{PATIENCE, Running, send, until};

/// Waits until the metrics have these lines, and no call waits but `waiting`.
async fn counted(gateway: &Running, waiting: usize, lines: &[&str]) {
    let waiting = format!("kubefuncs_gateway_waiting {waiting}\n");
    let there = async {
        loop {
            let text = send(gateway.admin, Request::get("/metrics")).await.body;
            if text.contains(&waiting) && lines.iter().all(|line| text.contains(line)) {
                return;
            }
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(PATIENCE, there).await.unwrap();
}

#[tokio::test]
async fn callers_that_leave_are_counted_and_written_down() {
    let (gateway, lines) = start(1.0).await;
    let mut caller = TcpStream::connect(gateway.main).await.unwrap();
    caller
        .write_all(b"GET /never/x HTTP/1.1\r\nHost: h\r\nX-Request-Id: mine\r\n\r\n")
        .await
        .unwrap();
    until("the function is called", || gateway.begun() == 1).await;
    drop(caller);
    let expected = [
        "kubefuncs_gateway_requests_total{code=\"499\",topic=\"never\"} 1\n",
        // They had no answer, so they have none of its times.
        "kubefuncs_gateway_request_seconds_count{topic=\"never\"} 0\n",
    ];
    counted(&gateway, 0, &expected).await;
    gateway.stop().await.unwrap();
    let lines = lines.all();
    assert_eq!(lines.len(), 1);
    for (name, value) in [
        ("requestId", Value::from("mine")),
        ("path", "/never/x".into()),
        ("topic", "never".into()),
        ("status", 499.into()),
        ("code", "abandoned".into()),
        ("bytesOut", 0.into()),
    ] {
        assert_eq!(lines[0][name], value, "{name}");
    }
    let seconds = |name: &str| lines[0][name].as_f64().unwrap();
    assert!(seconds("functionSeconds") > 0.0 && seconds("seconds") >= seconds("functionSeconds"));
}

/// A client of HTTP/2 takes a request back by resetting its stream, and keeps the connection.
#[tokio::test]
async fn streams_that_are_reset_are_counted_and_the_others_go_on() {
    let (gateway, lines) = start(1.0).await;
    let (mut client, connection) = client(&gateway).await;
    let mut streams = Vec::new();
    for id in ["first", "second", "third"] {
        let mut request = request("/never/", "body");
        let id = HeaderValue::from_static(id);
        request.headers_mut().insert("x-request-id", id);
        streams.push(tokio::spawn(client.send_request(request)));
    }
    until("all wait", || gateway.begun() == 3).await;
    counted(&gateway, 3, &["kubefuncs_gateway_waiting_bytes 12\n"]).await;
    let third = streams.pop().unwrap();
    for stream in &streams {
        stream.abort();
    }
    let expected = [
        "kubefuncs_gateway_requests_total{code=\"499\",topic=\"never\"} 2\n",
        "kubefuncs_gateway_waiting_bytes 4\n",
        "kubefuncs_gateway_connections 1\n",
    ];
    counted(&gateway, 1, &expected).await;
    let answer = client.send_request(request("/test/", "")).await.unwrap();
    assert_eq!(text(answer).await, "pong\n");
    assert!(!third.is_finished(), "it waits as before");
    third.abort();
    let expected = [
        "kubefuncs_gateway_requests_total{code=\"499\",topic=\"never\"} 3\n",
        "kubefuncs_gateway_request_seconds_count{topic=\"never\"} 0\n",
        "kubefuncs_gateway_waiting_bytes 0\n",
    ];
    counted(&gateway, 0, &expected).await;
    drop(client);
    connection.await.unwrap().unwrap();
    gateway.stop().await.unwrap();
    let lines = lines.all();
    let mut abandoned: Vec<_> = lines
        .iter()
        .filter(|line| line["status"] == 499 && line["code"] == "abandoned")
        .map(|line| (line["requestId"].as_str(), line["protocol"].as_str()))
        .collect();
    abandoned.sort_unstable();
    let expected = ["first", "second", "third"].map(|id| (Some(id), Some("HTTP/2")));
    assert_eq!(abandoned, expected);
    assert_eq!(lines.len(), 4);
}
