//! Clients that send too much, too slowly, or too many at once.

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use http::Request;
use kubefuncs::HttpResponse;
use kubefuncs_gateway::Limits;
use tokio::io::AsyncWriteExt;
use tokio::net::TcpStream;
use tokio::sync::Semaphore;

use crate::support::{Running, raw, read_to_end, read_until, send, send_body, until};

/// Short enough not to wait for, long enough for a busy machine.
const SHORT: Duration = Duration::from_millis(300);

async fn pong(limits: Limits) -> Running {
    Running::start("{/: test}", limits, |_, _, _| async {
        Ok(HttpResponse::text("pong\n"))
    })
    .await
}

/// A gateway whose calls wait until the semaphore lets them go.
async fn gate(limits: Limits) -> (Running, Arc<Semaphore>) {
    let gate = Arc::new(Semaphore::new(0));
    let inner = gate.clone();
    let running = Running::start("{/: test}", limits, move |_, _, _| {
        let gate = inner.clone();
        async move {
            gate.acquire().await.unwrap().forget();
            Ok(HttpResponse::text("pong\n"))
        }
    })
    .await;
    (running, gate)
}

#[tokio::test]
async fn a_head_that_does_not_come_is_not_waited_for() {
    let gateway = pong(Limits {
        head_timeout: SHORT,
        ..Limits::default()
    })
    .await;
    for beginning in ["", "GET / HTTP/1.1\r\nHost: h\r\nX-Slow: "] {
        let mut socket = TcpStream::connect(gateway.main).await.unwrap();
        socket.write_all(beginning.as_bytes()).await.unwrap();
        let answer = read_to_end(&mut socket).await;
        assert!(!answer.contains("200"), "{answer}");
    }
    assert_eq!(gateway.begun(), 0);
}

#[tokio::test]
async fn a_kept_connection_outlives_the_time_of_a_head() {
    let gateway = pong(Limits {
        head_timeout: SHORT,
        ..Limits::default()
    })
    .await;
    let mut socket = TcpStream::connect(gateway.main).await.unwrap();
    for wait in [SHORT * 3, Duration::ZERO] {
        socket
            .write_all(b"GET / HTTP/1.1\r\nHost: h\r\n\r\n")
            .await
            .unwrap();
        assert!(
            read_until(&mut socket, "pong\n")
                .await
                .starts_with("HTTP/1.1 200")
        );
        tokio::time::sleep(wait).await;
    }
    // But the head of its next request is due like any other.
    socket.write_all(b"GET / HT").await.unwrap();
    assert_eq!(read_to_end(&mut socket).await, "");
}

#[tokio::test]
async fn an_idle_connection_is_closed_in_the_end() {
    let gateway = pong(Limits {
        idle_timeout: SHORT,
        ..Limits::default()
    })
    .await;
    let mut socket = TcpStream::connect(gateway.main).await.unwrap();
    socket
        .write_all(b"GET / HTTP/1.1\r\nHost: h\r\n\r\n")
        .await
        .unwrap();
    assert!(read_to_end(&mut socket).await.ends_with("pong\n"));
}

#[tokio::test]
async fn a_body_that_does_not_come_is_not_waited_for() {
    let gateway = pong(Limits {
        body_timeout: SHORT,
        ..Limits::default()
    })
    .await;
    let answer = raw(
        gateway.main,
        "POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 9\r\n\r\nslow",
    )
    .await;
    assert!(answer.starts_with("HTTP/1.1 408"), "{answer}");
    assert!(answer.contains("\r\nconnection: close\r\n"), "{answer}");
    assert_eq!(gateway.begun(), 0);
}

#[tokio::test]
async fn a_body_up_to_the_limit_and_no_further() {
    let limit = Limits::default().body;
    let gateway = pong(Limits::default()).await;
    let reply = send_body(
        gateway.main,
        Request::post("/"),
        Bytes::from(vec![b'x'; limit]),
    )
    .await;
    assert_eq!(reply.status, 200);
    // The client sends all of it before it reads, and still gets to read why.
    let reply = send_body(
        gateway.main,
        Request::post("/"),
        Bytes::from(vec![b'x'; limit + 1]),
    )
    .await;
    assert_eq!(reply.status, 413);
    assert_eq!(reply.json()["code"], "too_large");
    assert_eq!(gateway.begun(), 1);
}

#[tokio::test]
async fn a_body_without_a_length_has_the_same_limit() {
    let gateway = pong(Limits {
        body: 10,
        ..Limits::default()
    })
    .await;
    for (chunks, status) in [
        ("a\r\n0123456789\r\n", 200),
        ("a\r\n0123456789\r\n1\r\nx\r\n", 413),
    ] {
        let request = format!(
            "POST / HTTP/1.1\r\nHost: h\r\nConnection: close\r\nTransfer-Encoding: chunked\r\n\r\n\
             {chunks}0\r\n\r\n"
        );
        let answer = raw(gateway.main, request).await;
        assert!(
            answer.starts_with(&format!("HTTP/1.1 {status}")),
            "{answer}"
        );
    }
}

#[tokio::test]
async fn a_length_beyond_the_limit_is_refused_before_the_body_comes() {
    let gateway = pong(Limits::default()).await;
    let mut socket = TcpStream::connect(gateway.main).await.unwrap();
    let head = "POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 99999999999\r\n\r\n";
    socket.write_all(head.as_bytes()).await.unwrap();
    assert!(
        read_until(&mut socket, "\r\n\r\n")
            .await
            .starts_with("HTTP/1.1 413")
    );
}

#[tokio::test]
async fn a_head_beyond_the_limit_is_refused() {
    let gateway = pong(Limits::default()).await;
    for length in [70_000, 130_000, 1_000_000] {
        let long = "x".repeat(length);
        let request = format!("GET / HTTP/1.1\r\nHost: h\r\nX: {long}\r\n\r\n");
        let answer = raw(gateway.main, request).await;
        assert!(answer.starts_with("HTTP/1.1 431"), "{length}: {answer}");
    }
    let many = "x: y\r\n".repeat(1000);
    let answer = raw(
        gateway.main,
        format!("GET / HTTP/1.1\r\nHost: h\r\n{many}\r\n"),
    )
    .await;
    assert!(answer.starts_with("HTTP/1.1 431"), "{answer}");
    assert_eq!(gateway.begun(), 0);
}

#[tokio::test]
async fn beyond_as_many_calls_as_may_wait_others_are_sent_away() {
    let (gateway, gate) = gate(Limits {
        calls: 2,
        ..Limits::default()
    })
    .await;
    let main = gateway.main;
    let waiting = [0; 2].map(|_| tokio::spawn(send(main, Request::get("/"))));
    until("two calls wait", || gateway.begun() == 2).await;
    let reply = gateway.get("/").await;
    assert_eq!(
        (reply.status.as_u16(), reply.header("retry-after")),
        (429, Some("1"))
    );
    gate.add_permits(3);
    for call in waiting {
        assert_eq!(call.await.unwrap().status, 200);
    }
    assert_eq!(gateway.get("/").await.status, 200);
}

#[tokio::test]
async fn beyond_as_many_bytes_as_may_wait_others_are_sent_away() {
    let (gateway, gate) = gate(Limits {
        bytes: 100,
        ..Limits::default()
    })
    .await;
    let main = gateway.main;
    let first = tokio::spawn(send_body(main, Request::post("/"), vec![b'x'; 60]));
    until("a call waits", || gateway.begun() == 1).await;
    let reply = send_body(main, Request::post("/"), vec![b'x'; 60]).await;
    assert_eq!(
        (reply.status.as_u16(), reply.header("retry-after")),
        (429, Some("1"))
    );
    gate.add_permits(2);
    assert_eq!(first.await.unwrap().status, 200);
    assert_eq!(
        send_body(main, Request::post("/"), vec![b'x'; 60])
            .await
            .status,
        200
    );
}

#[tokio::test]
async fn beyond_as_many_connections_as_may_be_others_wait() {
    let gateway = pong(Limits {
        connections: 1,
        ..Limits::default()
    })
    .await;
    let mut first = TcpStream::connect(gateway.main).await.unwrap();
    first
        .write_all(b"GET / HTTP/1.1\r\nHost: h\r\n\r\n")
        .await
        .unwrap();
    read_until(&mut first, "pong\n").await;
    let second = tokio::spawn(send(gateway.main, Request::get("/")));
    drop(first);
    assert_eq!(second.await.unwrap().status, 200);
}
