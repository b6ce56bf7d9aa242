//! The handshake with peers that a real nsqd never is: nothing they do gets our secret, makes us go
//! on in clear, or makes us hold much.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on fails")]

use std::time::Duration;

use bytes::BytesMut;
use kubefuncs_nsq::{
    AuthSecret, Compression, Connection, ConnectionConfig, Error, ErrorKind, OutputBuffer, Tls,
    Topic,
};
use kubefuncs_nsq_proto::compress::Encoder;
use kubefuncs_testkit::Ca;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;
use tokio::task::JoinHandle;

const OK: &[u8] = b"\0\0\0\x06\0\0\0\0OK";

fn frame(kind: u32, data: &[u8]) -> Vec<u8> {
    let size = u32::try_from(data.len() + 4).unwrap();
    [&size.to_be_bytes(), &kind.to_be_bytes(), data].concat()
}

/// A peer that answers IDENTIFY with this JSON and these bytes. Gives what it reads after IDENTIFY.
async fn peer(json: &str, then: Vec<u8>) -> (kubefuncs_nsq::Address, JoinHandle<Vec<u8>>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap().into();
    let answer = [frame(0, json.as_bytes()), then].concat();
    let peer = tokio::spawn(async move {
        let (mut stream, _) = listener.accept().await.unwrap();
        let mut head = [0; 17];
        stream.read_exact(&mut head).await.unwrap();
        assert_eq!(&head[..13], b"  V2IDENTIFY\n");
        let length = u32::from_be_bytes(head[13..].try_into().unwrap());
        let mut body = vec![0; length as usize];
        stream.read_exact(&mut body).await.unwrap();
        stream.write_all(&answer).await.unwrap();
        let mut rest = Vec::new();
        // A reset is an end as well.
        let _ = stream.read_to_end(&mut rest).await;
        rest
    });
    (address, peer)
}

fn secret() -> ConnectionConfig {
    ConnectionConfig {
        auth: Some(AuthSecret::new("hunter2")),
        ..ConnectionConfig::default()
    }
}

fn tls() -> ConnectionConfig {
    ConnectionConfig {
        tls: Some(Tls::ca_pem(Ca::new().pem().as_bytes()).unwrap()),
        ..secret()
    }
}

fn compressed(compression: Compression) -> ConnectionConfig {
    ConnectionConfig {
        compression,
        output_buffer: OutputBuffer::ServerDefault,
        ..ConnectionConfig::default()
    }
}

/// How connecting fails, and what the peer had from us.
async fn fails(json: &str, then: &[u8], config: &ConnectionConfig) -> (Error, Vec<u8>) {
    let (address, peer) = peer(json, then.to_vec()).await;
    let outcome = Connection::connect(&address, config).await;
    (outcome.expect_err("no connection"), peer.await.unwrap())
}

#[tokio::test]
async fn a_server_that_takes_tls_back_gets_nothing_more() {
    for json in [
        r#"{"tls_v1":false,"auth_required":true}"#,
        r#"{"auth_required":true}"#,
        "{}",
    ] {
        let (error, read) = fails(json, b"", &tls()).await;
        assert_eq!(error.kind(), ErrorKind::Tls, "{json}: {error}");
        assert!(read.is_empty(), "{json}");
    }
}

#[tokio::test]
async fn words_slipped_in_before_tls_are_not_taken_for_the_servers() {
    let (error, read) = fails(r#"{"tls_v1":true}"#, OK, &tls()).await;
    assert_eq!(error.kind(), ErrorKind::Protocol, "{error}");
    assert!(read.is_empty());
}

#[tokio::test]
async fn a_server_that_says_tls_and_speaks_in_clear_gets_no_secret() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap().into();
    let peer = tokio::spawn(async move {
        let (mut stream, _) = listener.accept().await.unwrap();
        let mut read = vec![0; 4096];
        let _ = stream.read(&mut read).await.unwrap();
        let json = frame(0, br#"{"tls_v1":true,"auth_required":true}"#);
        stream.write_all(&json).await.unwrap();
        // Wait for the first words of TLS.
        let hello = stream.read(&mut read).await.unwrap();
        read.truncate(hello);
        stream.write_all(OK).await.unwrap();
        let _ = stream.read_to_end(&mut read).await;
        read
    });
    let error = Connection::connect(&address, &tls()).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Tls, "{error}");
    let read = peer.await.unwrap();
    assert!(!read.is_empty() && !read.windows(7).any(|bytes| bytes == b"hunter2"));
}

#[tokio::test]
async fn a_secret_goes_only_to_who_requires_it() {
    let (address, peer) = peer("{}", Vec::new()).await;
    let connection = Connection::connect(&address, &secret()).await.unwrap();
    drop(connection);
    assert!(peer.await.unwrap().is_empty());

    let refusal = frame(1, b"E_UNAUTHORIZED AUTH no authorizations found");
    let (error, read) = fails(r#"{"auth_required":true}"#, &refusal, &secret()).await;
    assert_eq!(
        error.server_error().unwrap().code.as_str(),
        "E_UNAUTHORIZED"
    );
    assert_eq!(read, b"AUTH\n\0\0\0\x07hunter2");

    let odd = frame(2, &[b'x'; 30]);
    let (error, _) = fails(r#"{"auth_required":true}"#, &odd, &secret()).await;
    assert_eq!(error.kind(), ErrorKind::Protocol);
}

#[tokio::test]
async fn what_is_not_compressed_as_said_ends_the_connection() {
    let snappy = compressed(Compression::Snappy);
    let deflate = compressed(Compression::Deflate { level: 6 });
    for (json, config) in [
        (r#"{"snappy":true}"#, &snappy),
        (r#"{"deflate":true}"#, &deflate),
    ] {
        for garbage in [
            &b"\xff\xff\xff\xff\xff\xff\xff\xff"[..],
            b"HTTP/1.1 400 Bad Request\r\n",
        ] {
            let (error, _) = fails(json, garbage, config).await;
            let known = matches!(error.kind(), ErrorKind::Protocol | ErrorKind::Timeout);
            assert!(known, "{json}: {error}");
        }
    }
}

#[tokio::test]
async fn a_size_beyond_all_limits_is_refused_however_well_it_is_packed() {
    let mut stream = BytesMut::new();
    let mut encoder = Encoder::deflate(9);
    encoder.encode(OK, &mut stream);
    encoder.encode(&[0x7f, 0xff, 0xff, 0xff], &mut stream);
    encoder.encode(&vec![0; 64 << 20], &mut stream);
    let (address, _peer) = peer(r#"{"deflate":true}"#, stream.to_vec()).await;
    let config = compressed(Compression::Deflate { level: 6 });
    let connection = Connection::connect(&address, &config).await.unwrap();
    let end = tokio::time::timeout(Duration::from_secs(60), connection.closed()).await;
    assert_eq!(end.unwrap().kind(), ErrorKind::Protocol);
    let after = connection
        .publish(&Topic::new("t").unwrap(), "x".into())
        .await;
    assert!(!after.unwrap_err().may_be_stored());
}

#[tokio::test]
async fn a_server_that_goes_silent_at_any_step_is_given_up_in_time() {
    let patience = |config: ConnectionConfig| ConnectionConfig {
        connect_timeout: Duration::from_millis(200),
        ..config
    };
    for (json, config) in [
        (r#"{"tls_v1":true}"#, tls()),
        (r#"{"snappy":true}"#, compressed(Compression::Snappy)),
        (r#"{"auth_required":true}"#, secret()),
    ] {
        let (error, _) = fails(json, b"", &patience(config)).await;
        assert_eq!(error.kind(), ErrorKind::Timeout, "{json}: {error}");
        assert!(error.is_retryable());
    }
}
