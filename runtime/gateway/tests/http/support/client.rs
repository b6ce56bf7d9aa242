//! Two clients: hyper's, and raw bytes.

use std::net::SocketAddr;

use bytes::Bytes;
use http::{HeaderMap, StatusCode};
use http_body_util::{BodyExt, Full};
use hyper_util::client::legacy::Client;
use hyper_util::rt::TokioExecutor;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use super::PATIENCE;

/// An answer, read whole.
#[derive(Debug)]
pub(crate) struct Reply {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) body: String,
}

impl Reply {
    pub(crate) fn json(&self) -> serde_json::Value {
        serde_json::from_str(&self.body).unwrap()
    }

    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).map(|value| value.to_str().unwrap())
    }
}

/// Sends a request on a connection of its own. Its URI is a path.
pub(crate) async fn send(to: SocketAddr, request: http::request::Builder) -> Reply {
    send_body(to, request, "").await
}

pub(crate) async fn send_body(
    to: SocketAddr,
    request: http::request::Builder,
    body: impl Into<Bytes>,
) -> Reply {
    let path = request.uri_ref().unwrap().path_and_query().unwrap().clone();
    let uri = format!("http://{to}{path}");
    let request = request.uri(uri).body(Full::new(body.into())).unwrap();
    let client = Client::builder(TokioExecutor::new()).build_http();
    let answer = tokio::time::timeout(PATIENCE, client.request(request))
        .await
        .unwrap()
        .unwrap();
    let (head, body) = answer.into_parts();
    let body = body.collect().await.unwrap().to_bytes();
    Reply {
        status: head.status,
        headers: head.headers,
        body: String::from_utf8(body.to_vec()).unwrap(),
    }
}

/// Writes bytes and reads what comes back until the gateway closes the connection.
pub(crate) async fn raw(to: SocketAddr, bytes: impl AsRef<[u8]>) -> String {
    let mut socket = TcpStream::connect(to).await.unwrap();
    // A gateway that has seen enough may close before all is written, and its answer is there.
    let _ = socket.write_all(bytes.as_ref()).await;
    read_to_end(&mut socket).await
}

pub(crate) async fn read_to_end(socket: &mut TcpStream) -> String {
    let mut answer = Vec::new();
    let read = async {
        let mut buffer = [0; 4096];
        // A reset after the answer is an end, too.
        while let Ok(count @ 1..) = socket.read(&mut buffer).await {
            answer.extend_from_slice(&buffer[..count]);
        }
    };
    tokio::time::timeout(PATIENCE, read)
        .await
        .expect("the gateway closes the connection");
    String::from_utf8(answer).unwrap()
}

/// Reads until `end` has come.
pub(crate) async fn read_until(socket: &mut TcpStream, end: &str) -> String {
    let mut answer = Vec::new();
    let read = async {
        while !answer.ends_with(end.as_bytes()) {
            answer.push(socket.read_u8().await.unwrap());
        }
    };
    tokio::time::timeout(PATIENCE, read)
        .await
        .expect("the gateway answers");
    String::from_utf8(answer).unwrap()
}
