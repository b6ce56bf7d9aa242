//! Discovery against peers that a real nsqlookupd never is.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on fails")]

use std::time::Duration;

use kubefuncs_nsq::{Address, Discovery, LookupConfig};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;

/// A server that answers each request with these bytes, then the filling again and again.
async fn server(answer: impl Into<Vec<u8>>, endless: Option<&'static [u8]>) -> Address {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap().into();
    let answer = answer.into();
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            let answer = answer.clone();
            tokio::spawn(async move {
                let mut request = [0; 1024];
                let read = stream.read(&mut request).await.unwrap_or(0);
                assert!(request[..read].starts_with(b"GET /nodes HTTP/1.1\r\n"));
                let mut sent = stream.write_all(&answer).await;
                while let (Some(filling), Ok(())) = (endless, &sent) {
                    sent = stream.write_all(filling).await;
                }
            });
        }
    });
    address
}

fn nodes(host: &str) -> Vec<u8> {
    let body = format!(r#"{{"producers":[{{"broadcast_address":"{host}","tcp_port":4150}}]}}"#);
    format!(
        "HTTP/1.1 200 OK\r\ncontent-length: {}\r\n\r\n{body}",
        body.len()
    )
    .into_bytes()
}

#[tokio::test]
async fn what_one_lookupd_says_counts_whatever_the_others_do() {
    let closed = TcpListener::bind("127.0.0.1:0")
        .await
        .unwrap()
        .local_addr()
        .unwrap();
    let lookupds = [
        server(nodes("good"), None).await,
        server(nodes("also-good"), None).await,
        server(
            "HTTP/1.1 500 Internal Server Error\r\ncontent-length: 0\r\n\r\n",
            None,
        )
        .await,
        server("HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\n[]", None).await,
        server("SSH-2.0-OpenSSH\r\n", None).await,
        server("HTTP/1.1 200 OK\r\n\r\n", Some(&[b' '; 65536])).await,
        server("", None).await,
        Address::from(closed),
        Address::new("no.such.host.invalid", 4161),
    ];
    let mut config = LookupConfig::new(lookupds);
    config.timeout = Duration::from_secs(1);
    let discovery = Discovery::lookupd(config);
    let mut known = discovery.nodes();
    let known = known.wait_for(|nodes| nodes.len() == 2);
    let known = tokio::time::timeout(Duration::from_secs(30), known)
        .await
        .unwrap()
        .unwrap();
    let names: Vec<&str> = known.iter().map(Address::host).collect();
    assert_eq!(names, ["also-good", "good"]);
}

#[tokio::test]
async fn every_address_behind_a_name_is_asked() {
    // `localhost` may have two addresses; at least the one that listens has to be found.
    let listening = server(nodes("found"), None).await;
    let discovery = Discovery::lookupd(LookupConfig::new([Address::new(
        "localhost",
        listening.port(),
    )]));
    let mut known = discovery.nodes();
    let known = known.wait_for(|nodes| !nodes.is_empty());
    let known = tokio::time::timeout(Duration::from_secs(30), known)
        .await
        .unwrap()
        .unwrap();
    assert_eq!(known.len(), 1);
}

#[tokio::test]
async fn a_lookupd_that_hangs_holds_nobody_up() {
    let hangs = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let lookupds = [
        hangs.local_addr().unwrap().into(),
        server(nodes("good"), None).await,
    ];
    let mut config = LookupConfig::new(lookupds);
    config.timeout = Duration::from_secs(3600);
    let mut known = Discovery::lookupd(config).nodes();
    let known = known.wait_for(|nodes| nodes.len() == 1);
    tokio::time::timeout(Duration::from_secs(30), known)
        .await
        .unwrap()
        .unwrap();
}
