//! One question to one nsqlookupd: `GET /nodes`.

use std::io;
use std::net::SocketAddr;

use bytes::Bytes;
use http_body_util::{BodyExt, Empty, Limited};
use hyper::client::conn::http1;
use hyper::{Request, StatusCode, header};
use hyper_util::rt::TokioIo;
use serde::Deserialize;
use tokio::net::TcpStream;

use crate::address::Address;

/// The largest answer that is read. Each node comes with the names of its topics, of 64 bytes at
/// most.
const MAX_ANSWER: usize = 16 << 20;

/// Why one nsqlookupd gave no answer.
#[derive(Debug, thiserror::Error)]
pub(crate) enum LookupError {
    #[error("nsqlookupd {0}: no answer in time")]
    Timeout(Address),
    #[error("nsqlookupd {0}: the host name has no address: {1}")]
    Resolve(Address, io::Error),
    #[error("nsqlookupd {0}: {1}")]
    Connect(Address, io::Error),
    #[error("nsqlookupd {0}: {1}")]
    Http(Address, hyper::Error),
    #[error("nsqlookupd {0} answered {1}")]
    Status(Address, StatusCode),
    #[error("nsqlookupd {0}: the answer cannot be read: {1}")]
    Body(Address, Box<dyn std::error::Error + Send + Sync>),
}

#[derive(Deserialize)]
struct Answer {
    producers: Vec<Node>,
}

/// nsqd's own word about where it can be reached. Other fields differ between releases.
#[derive(Deserialize)]
struct Node {
    broadcast_address: String,
    tcp_port: u16,
    #[serde(default)]
    http_port: u16,
}

/// One nsqd, as a lookupd has it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Found {
    /// Where it speaks the NSQ protocol.
    pub(crate) node: Address,
    /// Where it answers HTTP, if it does.
    pub(crate) http: Option<Address>,
}

/// The nsqds that this lookupd knows, with or without topics.
pub(crate) async fn nodes(
    socket: SocketAddr,
    lookupd: &Address,
) -> Result<Vec<Found>, LookupError> {
    let http = |error| LookupError::Http(lookupd.clone(), error);
    let body =
        |error: Box<dyn std::error::Error + Send + Sync>| LookupError::Body(lookupd.clone(), error);

    let stream = TcpStream::connect(socket)
        .await
        .map_err(|error| LookupError::Connect(lookupd.clone(), error))?;
    let (mut sender, connection) = http1::handshake(TokioIo::new(stream)).await.map_err(http)?;
    let exchange = async {
        let request = Request::get("/nodes")
            .header(header::HOST, lookupd.to_string())
            .header(header::ACCEPT, "application/vnd.nsq; version=1.0")
            .body(Empty::<Bytes>::new())
            .map_err(|error| body(error.into()))?;
        let response = sender.send_request(request).await.map_err(http)?;
        if response.status() != StatusCode::OK {
            return Err(LookupError::Status(lookupd.clone(), response.status()));
        }
        let answer = Limited::new(response.into_body(), MAX_ANSWER)
            .collect()
            .await
            .map_err(body)?;
        parse(&answer.to_bytes()).map_err(|error| body(error.into()))
    };
    tokio::pin!(exchange, connection);
    // The connection does the reading and writing for the exchange; what becomes of it later is of
    // no interest.
    tokio::select! {
        answer = &mut exchange => answer,
        ended = &mut connection => {
            ended.map_err(http)?;
            exchange.await
        }
    }
}

/// A node that gives no usable address is left out: one odd nsqd must not hide the others.
fn parse(body: &[u8]) -> Result<Vec<Found>, serde_json::Error> {
    let answer: Answer = serde_json::from_slice(body)?;
    let usable = |node: &Node| !node.broadcast_address.is_empty() && node.tcp_port != 0;
    let found = |node: Node| Found {
        http: (node.http_port != 0).then(|| Address::new(&node.broadcast_address, node.http_port)),
        node: Address::new(node.broadcast_address, node.tcp_port),
    };
    Ok(answer
        .producers
        .into_iter()
        .filter(usable)
        .map(found)
        .collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_of_nsqlookupd_1_3_0_is_read() {
        let body = br#"{"producers":[
            {"remote_address":"127.0.0.1:5","hostname":"h","broadcast_address":"nsqd-0","tcp_port":4150,
             "http_port":4151,"version":"1.3.0","tombstones":[false],"topics":["orders"]},
            {"broadcast_address":"","tcp_port":4150,"tombstones":[],"topics":[]},
            {"broadcast_address":"::1","tcp_port":4150,"tombstones":[],"topics":[]}]}"#;
        let found = |node: &str, http: Option<&str>| Found {
            node: node.parse().unwrap(),
            http: http.map(|http| http.parse().unwrap()),
        };
        let expected = [
            found("nsqd-0:4150", Some("nsqd-0:4151")),
            found("[::1]:4150", None),
        ];
        assert_eq!(parse(body).unwrap(), expected);
        assert!(parse(br#"{"message":"INTERNAL_ERROR"}"#).is_err());
    }
}
