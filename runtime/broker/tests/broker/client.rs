//! A small client: bytes in, frames out; and as small a one for HTTP.

use std::io;
use std::net::SocketAddr;
use std::time::Duration;

use kubefuncs_broker::Hold;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::time::timeout;

/// On paused time this costs nothing, however long it is.
const PATIENCE: Duration = Duration::from_secs(3600);

#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Seen {
    Response(String),
    Error(String),
    Message {
        id: String,
        attempts: u16,
        timestamp_ns: i64,
        body: String,
    },
    End,
    Reset,
}

impl Seen {
    fn message(self) -> (String, u16) {
        match self {
            Seen::Message { body, attempts, .. } => (body, attempts),
            other => panic!("instead of a message: {other:?}"),
        }
    }
}

#[derive(Debug)]
pub(crate) struct Client(TcpStream);

impl Client {
    /// Without heartbeats, which paused time would be full of.
    pub(crate) async fn connect(addr: SocketAddr) -> Client {
        let mut client = Client::with_heartbeats(addr).await;
        client
            .command("IDENTIFY", br#"{"heartbeat_interval":-1}"#)
            .await;
        client.ok().await;
        client
    }

    pub(crate) async fn with_heartbeats(addr: SocketAddr) -> Client {
        let _hold = Hold::time();
        let mut stream = TcpStream::connect(addr).await.unwrap();
        stream.write_all(b"  V2").await.unwrap();
        Client(stream)
    }

    /// With a window of `ready`, messages written at once, and a heartbeat each minute.
    pub(crate) async fn subscribed(addr: SocketAddr, topic: &str, ready: u32) -> Client {
        let mut client = Client::with_heartbeats(addr).await;
        let terms = br#"{"output_buffer_size":-1,"heartbeat_interval":60000}"#;
        client.command("IDENTIFY", terms).await;
        client.ok().await;
        client.send(format!("SUB {topic} c\n").as_bytes()).await;
        client.ok().await;
        client.send(format!("RDY {ready}\n").as_bytes()).await;
        client
    }

    pub(crate) async fn send(&mut self, bytes: &[u8]) {
        // A closed connection shows itself to the reader.
        let _ = self.0.write_all(bytes).await;
    }

    pub(crate) async fn command(&mut self, line: &str, body: &[u8]) {
        let length = u32::try_from(body.len()).unwrap().to_be_bytes();
        self.send(&[line.as_bytes(), b"\n", &length, body].concat())
            .await;
    }

    pub(crate) async fn publish(&mut self, topic: &str, body: &str) {
        self.command(&format!("PUB {topic}"), body.as_bytes()).await;
    }

    /// Everything sent before has been executed. Only where nothing else can come.
    pub(crate) async fn settle(&mut self) {
        self.publish("settled", "x").await;
        self.ok().await;
    }

    /// What comes next, without time passing.
    pub(crate) async fn next(&mut self) -> Seen {
        let _hold = Hold::time();
        self.later().await
    }

    /// What comes next, however long it takes; heartbeats are answered.
    pub(crate) async fn later(&mut self) -> Seen {
        loop {
            let seen = timeout(PATIENCE, self.frame()).await.expect("something");
            match seen {
                Ok(Seen::Response(text)) if text == "_heartbeat_" => self.send(b"NOP\n").await,
                Ok(seen) => return seen,
                Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => return Seen::End,
                Err(error) if error.kind() == io::ErrorKind::ConnectionReset => return Seen::Reset,
                Err(error) => panic!("{error}"),
            }
        }
    }

    /// Nothing but heartbeats comes for so long.
    pub(crate) async fn silence(&mut self, span: Duration) {
        let seen = timeout(span, self.later()).await;
        assert!(seen.is_err(), "instead of silence: {seen:?}");
    }

    async fn frame(&mut self) -> io::Result<Seen> {
        let size = self.0.read_u32().await?;
        let kind = self.0.read_u32().await?;
        let mut data = vec![0; size as usize - 4];
        self.0.read_exact(&mut data).await?;
        let text = |data: &[u8]| String::from_utf8_lossy(data).into_owned();
        Ok(match kind {
            0 => Seen::Response(text(&data)),
            1 => Seen::Error(text(&data)),
            _ => Seen::Message {
                timestamp_ns: i64::from_be_bytes(data[..8].try_into().unwrap()),
                attempts: u16::from_be_bytes(data[8..10].try_into().unwrap()),
                id: text(&data[10..26]),
                body: text(&data[26..]),
            },
        })
    }

    pub(crate) async fn ok(&mut self) {
        assert_eq!(self.next().await, Seen::Response("OK".to_owned()));
    }

    /// `OK`, however long it takes.
    pub(crate) async fn ok_later(&mut self) {
        assert_eq!(self.later().await, Seen::Response("OK".to_owned()));
    }

    /// The next message: its body and attempts.
    pub(crate) async fn message(&mut self) -> (String, u16) {
        self.next().await.message()
    }

    /// The next message, however long it takes.
    pub(crate) async fn message_later(&mut self) -> (String, u16) {
        self.later().await.message()
    }

    /// An error with this first word.
    pub(crate) async fn error(&mut self, word: &str) {
        match self.next().await {
            Seen::Error(text) => assert!(text.starts_with(word), "{text}"),
            other => panic!("instead of {word}: {other:?}"),
        }
    }
}

/// Status and body, without time passing.
pub(crate) async fn http(addr: SocketAddr, method: &str, path: &str) -> (u16, String) {
    let _hold = Hold::time();
    http_later(addr, method, path).await
}

/// Status and body, however long it takes.
pub(crate) async fn http_later(addr: SocketAddr, method: &str, path: &str) -> (u16, String) {
    let mut stream = TcpStream::connect(addr).await.unwrap();
    let body = if method == "POST" { "x" } else { "" };
    let length = body.len();
    let request = format!(
        "{method} {path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Length: {length}\r\n\r\n{body}"
    );
    stream.write_all(request.as_bytes()).await.unwrap();
    let mut response = String::new();
    stream.read_to_string(&mut response).await.unwrap();
    let (head, body) = response.split_once("\r\n\r\n").unwrap();
    let status = head.split(' ').nth(1).unwrap().parse().unwrap();
    (status, body.to_owned())
}
