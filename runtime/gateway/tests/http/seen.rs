//! What operators see: metrics and the access log.

use std::io::Write;
use std::sync::{Arc, Mutex};

use http::Request;
use kubefuncs::HttpResponse;
use kubefuncs_gateway::Reject;
use kubefuncs_gateway::reject::Kind;
use serde_json::Value;
use tokio::io::AsyncWriteExt;
use tokio::net::TcpStream;

use crate::support::{Running, read_until, send, send_body};

#[derive(Clone, Default)]
pub(crate) struct Lines(Arc<Mutex<Vec<u8>>>);

impl Write for Lines {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

impl Lines {
    /// All lines; to be asked when the gateway has ended.
    pub(crate) fn all(&self) -> Vec<Value> {
        let text = String::from_utf8(self.0.lock().unwrap().clone()).unwrap();
        text.lines()
            .map(|line| serde_json::from_str(line).unwrap())
            .collect()
    }
}

/// Calls below `/never/` are not answered, those below `/fail/` fail.
pub(crate) async fn start(share: f64) -> (Running, Lines) {
    let lines = Lines::default();
    let log = lines.clone();
    let gateway = Running::launch(
        "{/test/: test, /fail/: fail, /never/: never}",
        |gateway| gateway.with_access_log(share, log),
        |topic, _, _| async move {
            match topic.as_str() {
                "fail" => Err(Reject::new(Kind::Function, "it cannot")),
                "never" => std::future::pending().await,
                _ => Ok(HttpResponse::text("pong\n")),
            }
        },
    )
    .await;
    (gateway, lines)
}

#[tokio::test]
async fn a_line_tells_what_happened_and_no_secret() {
    let (gateway, lines) = start(1.0).await;
    let parent = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";
    let request = Request::post("/test/x?token=hidden")
        .header("x-request-id", "mine")
        .header("traceparent", parent)
        .header("authorization", "Bearer hidden");
    send_body(gateway.main, request, "hidden").await;
    gateway.get("/fail/").await;
    gateway.get("/none\"").await;
    let peer = gateway.main.to_string();
    gateway.stop().await.unwrap();
    let lines = lines.all();
    assert_eq!(lines.len(), 3);
    assert!(!format!("{lines:?}").contains("hidden"));
    let first = &lines[0];
    for (name, value) in [
        ("requestId", "mine"),
        ("traceId", "0af7651916cd43dd8448eb211c80319c"),
        ("protocol", "HTTP/1.1"),
        ("method", "POST"),
        ("host", peer.as_str()),
        ("path", "/test/x"),
        ("topic", "test"),
    ] {
        assert_eq!(first[name], value, "{name}");
    }
    for (name, value) in [("status", 200), ("bytesIn", 6), ("bytesOut", 5)] {
        assert_eq!(first[name], value, "{name}");
    }
    let seconds = |name: &str| first[name].as_f64().unwrap();
    assert!(seconds("seconds") >= seconds("functionSeconds"));
    assert!(seconds("time") > 1e9);
    let codes = [&lines[1], &lines[2]].map(|line| (line["status"].clone(), line["code"].clone()));
    assert_eq!(
        codes,
        [
            (502.into(), "function".into()),
            (404.into(), "no_route".into())
        ]
    );
}

#[tokio::test]
async fn what_fails_is_written_down_whatever_the_sample() {
    let (gateway, lines) = start(1e-12).await;
    for path in ["/test/", "/fail/", "/none"] {
        gateway.get(path).await;
    }
    gateway.stop().await.unwrap();
    let paths: Vec<_> = lines
        .all()
        .iter()
        .map(|line| line["path"].clone())
        .collect();
    assert_eq!(paths, ["/fail/"]);
}

#[tokio::test]
async fn everything_is_counted_under_names_of_the_configuration() {
    let (gateway, _) = start(0.0).await;
    let mut kept = TcpStream::connect(gateway.main).await.unwrap();
    kept.write_all(b"GET /test/ HTTP/1.1\r\nHost: h\r\n\r\n")
        .await
        .unwrap();
    read_until(&mut kept, "pong\n").await;
    gateway.get("/fail/").await;
    for path in ["/a", "/b", "/c/d?e=f"] {
        gateway.get(path).await;
    }
    let answer = send(gateway.admin, Request::get("/metrics")).await;
    let kind = answer.header("content-type").unwrap();
    assert!(kind.starts_with("text/plain; version=0.0.4"), "{kind}");
    let lines: Vec<&str> = answer.body.lines().collect();
    for line in [
        "kubefuncs_gateway_requests_total{code=\"200\",topic=\"test\"} 1",
        "kubefuncs_gateway_requests_total{code=\"502\",topic=\"fail\"} 1",
        "kubefuncs_gateway_requests_total{code=\"200\",topic=\"fail\"} 0",
        "kubefuncs_gateway_requests_total{code=\"404\",topic=\"\"} 3",
        "kubefuncs_gateway_request_seconds_count{topic=\"test\"} 1",
        "kubefuncs_gateway_overhead_seconds_count 5",
        "kubefuncs_gateway_waiting 0",
        "kubefuncs_gateway_waiting_bytes 0",
        "kubefuncs_gateway_connections 1",
        "kubefuncs_gateway_circuit_open{topic=\"test\"} 0",
        "kubefuncs_gateway_reloads_total{outcome=\"failed\"} 0",
        "kubefuncs_gateway_access_log_dropped_total 0",
    ] {
        assert!(lines.contains(&line), "{line}\nis not in\n{}", answer.body);
    }
    assert!(answer.body.contains("process_resident_memory_bytes"));
}
