//! Leaving: nobody who was let in is sent away.

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use http::Request;
use kubefuncs::HttpResponse;
use kubefuncs_gateway::Limits;
use tokio::io::AsyncWriteExt;
use tokio::net::TcpStream;
use tokio::sync::Semaphore;

use crate::support::{PATIENCE, Running, read_to_end, read_until, send, until};

/// A gateway whose calls below `/slow/` wait for the semaphore.
async fn start(drain: Duration, lame_duck: Duration) -> (Running, Arc<Semaphore>) {
    let gate = Arc::new(Semaphore::new(0));
    let inner = gate.clone();
    let limits = Limits {
        lame_duck,
        ..Limits::default()
    };
    let running = Running::start_with_drain("{/: test}", limits, drain, move |_, request, _| {
        let gate = inner.clone();
        async move {
            if request.url.starts_with("/slow/") {
                gate.acquire().await.unwrap().forget();
            }
            Ok(HttpResponse::text("pong\n"))
        }
    })
    .await;
    (running, gate)
}

#[tokio::test]
async fn first_not_ready_then_closed_and_every_call_answered() {
    // Long enough for what is asked meanwhile, on a busy machine, too.
    let lame_duck = Duration::from_secs(6);
    let (gateway, gate) = start(PATIENCE, lame_duck).await;
    let (main, admin, seen) = (gateway.main, gateway.admin, gateway.seen.clone());
    let slow = tokio::spawn(send(main, Request::get("/slow/")));
    until("the call waits", || gateway.begun() == 1).await;
    // A connection kept open from before, and idle.
    let mut kept = TcpStream::connect(main).await.unwrap();
    kept.write_all(b"GET / HTTP/1.1\r\nHost: h\r\n\r\n")
        .await
        .unwrap();
    assert!(
        !read_until(&mut kept, "pong\n")
            .await
            .contains("connection: close")
    );

    let done = gateway.stop();
    while send(admin, Request::get("/readyz")).await.status != 503 {}
    assert_eq!(send(admin, Request::get("/healthz")).await.status, 200);
    // Who still comes is answered, and asked to come elsewhere next time.
    let late = send(main, Request::get("/")).await;
    assert_eq!(
        (late.status.as_u16(), late.header("connection")),
        (200, Some("close"))
    );
    kept.write_all(b"GET / HTTP/1.1\r\nHost: h\r\n\r\n")
        .await
        .unwrap();
    assert!(read_to_end(&mut kept).await.contains("connection: close"));

    let refused = async { while TcpStream::connect(main).await.is_ok() {} };
    tokio::time::timeout(PATIENCE, refused)
        .await
        .expect("the port closes");
    assert!(!slow.is_finished() && !seen.closed.load(Ordering::SeqCst));
    assert_eq!(send(admin, Request::get("/readyz")).await.status, 503);

    gate.add_permits(1);
    let reply = slow.await.unwrap();
    assert_eq!(
        (reply.status.as_u16(), reply.header("connection")),
        (200, Some("close"))
    );
    assert!(done.await.unwrap(), "in time");
    assert!(
        seen.closed.load(Ordering::SeqCst),
        "the backend is closed last"
    );
}

#[tokio::test]
async fn an_idle_connection_does_not_hold_the_gateway() {
    let (gateway, _) = start(PATIENCE, Duration::ZERO).await;
    let mut kept = TcpStream::connect(gateway.main).await.unwrap();
    kept.write_all(b"GET / HTTP/1.1\r\nHost: h\r\n\r\n")
        .await
        .unwrap();
    read_until(&mut kept, "pong\n").await;
    let silent = TcpStream::connect(gateway.main).await.unwrap();
    assert!(gateway.stop().await.unwrap());
    assert_eq!(read_to_end(&mut kept).await, "");
    drop(silent);
}

#[tokio::test]
async fn a_call_without_end_does_not_hold_the_gateway_for_ever() {
    let (gateway, _) = start(Duration::from_millis(300), Duration::ZERO).await;
    let mut socket = TcpStream::connect(gateway.main).await.unwrap();
    socket
        .write_all(b"GET /slow/ HTTP/1.1\r\nHost: h\r\n\r\n")
        .await
        .unwrap();
    until("the call waits", || gateway.begun() == 1).await;
    let seen = gateway.seen.clone();
    assert!(!gateway.stop().await.unwrap(), "out of time, and says so");
    assert_eq!(read_to_end(&mut socket).await, "");
    assert_eq!(seen.ended.load(Ordering::SeqCst), 1);
}
