//! Which HTTP a client speaks: version 2 is spoken by those alone who know beforehand that we do.

use std::time::Duration;

use tokio::net::TcpStream;

/// How every connection of HTTP/2 begins (RFC 9113 §3.4). No method of HTTP/1 begins so.
const PREFACE: &[u8] = b"PRI";
/// A client that has sent one or two bytes of it is looked at again after this long.
const PAUSE: Duration = Duration::from_millis(10);

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Protocol {
    Http1,
    Http2,
}

/// Waits for the first bytes of a connection and leaves them there. A connection that ends or
/// breaks is left to whoever reads it.
pub(super) async fn of(socket: &TcpStream) -> Protocol {
    let mut first = [0; PREFACE.len()];
    loop {
        let Ok(count @ 1..) = socket.peek(&mut first).await else {
            return Protocol::Http1;
        };
        if first[..count] != PREFACE[..count] {
            return Protocol::Http1;
        }
        if count == PREFACE.len() {
            return Protocol::Http2;
        }
        tokio::time::sleep(PAUSE).await;
    }
}
