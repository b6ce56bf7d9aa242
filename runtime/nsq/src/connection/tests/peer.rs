//! The peer that tests script, and what it saw.

use std::pin::Pin;
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll};

use bytes::{Bytes, BytesMut};
use kubefuncs_nsq_proto::{
    Channel, Frame, IdentifyReply, Message, MessageId, Response, ServerError, Topic,
};
use tokio::io::{
    AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt, DuplexStream, ReadBuf, duplex,
};

use crate::address::Address;
use crate::config::ConnectionConfig;
use crate::connection::{Connection, Flush, Greeting, Reserved};
use crate::consumer::{Core, Sink};
use crate::delivery::Delivery;
use crate::node::Vitals;

/// Remembers what was written together.
struct Recorder {
    stream: DuplexStream,
    writes: Arc<Mutex<Vec<String>>>,
}

impl AsyncRead for Recorder {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &mut ReadBuf<'_>,
    ) -> Poll<std::io::Result<()>> {
        Pin::new(&mut self.stream).poll_read(cx, buf)
    }
}

impl AsyncWrite for Recorder {
    fn poll_write(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &[u8],
    ) -> Poll<std::io::Result<usize>> {
        let written = Pin::new(&mut self.stream).poll_write(cx, buf);
        if let Poll::Ready(Ok(bytes)) = &written {
            let text = String::from_utf8_lossy(&buf[..*bytes]).into_owned();
            self.writes.lock().unwrap().push(text);
        }
        written
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<std::io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<std::io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(cx)
    }
}

pub(super) struct Peer {
    pub(super) stream: DuplexStream,
    pub(super) writes: Arc<Mutex<Vec<String>>>,
}

impl Peer {
    pub(super) async fn send(&mut self, frame: Frame) {
        let mut out = BytesMut::new();
        frame.encode(&mut out);
        self.stream.write_all(&out).await.unwrap();
    }

    pub(super) async fn ok(&mut self) {
        self.send(Frame::Response(Response::Ok)).await;
    }

    pub(super) async fn error(&mut self, text: &str) {
        self.send(Frame::Error(ServerError::parse(text.as_bytes())))
            .await;
    }

    pub(super) async fn message(&mut self, n: u8) {
        let (id, body) = (id(n), Bytes::from(vec![n; 3]));
        self.send(Frame::Message(Message {
            timestamp_ns: 1,
            attempts: 1,
            id,
            body,
        }))
        .await;
    }

    /// Reads exactly this.
    pub(super) async fn expect(&mut self, text: &str) {
        let mut read = vec![0; text.len()];
        self.stream.read_exact(&mut read).await.unwrap();
        assert_eq!(String::from_utf8_lossy(&read), text);
    }

    pub(super) fn last_write(&self) -> String {
        self.writes
            .lock()
            .unwrap()
            .last()
            .cloned()
            .unwrap_or_default()
    }
}

pub(super) fn id(n: u8) -> MessageId {
    MessageId::new([b'a' + n; 16]).unwrap()
}

pub(super) fn topic() -> Topic {
    Topic::new("t").unwrap()
}

/// A connection whose nsqd grants a message timeout of 3 s.
pub(super) fn pair(config: &ConnectionConfig) -> (Connection, Peer) {
    pair_of(config, Vitals::new(config.stall))
}

/// The same, to a node that has a past.
pub(super) fn pair_of(config: &ConnectionConfig, vitals: Arc<Vitals>) -> (Connection, Peer) {
    let (stream, peer) = duplex(1 << 20);
    let writes = Arc::new(Mutex::new(Vec::new()));
    let identity = IdentifyReply {
        msg_timeout: Some(3000),
        ..IdentifyReply::default()
    };
    let greeting = Greeting {
        identity,
        rest: BytesMut::new(),
    };
    let recorder = Recorder {
        stream,
        writes: writes.clone(),
    };
    let address = Address::new("peer", 1);
    (
        Connection::over(
            recorder,
            Flush::Needless,
            greeting,
            &address,
            config,
            vitals,
        ),
        Peer {
            stream: peer,
            writes,
        },
    )
}

/// Room for a publish.
pub(super) async fn reserved(
    connection: &Connection,
    topic: &Topic,
    body: &'static str,
) -> Reserved {
    connection.reserve(topic, body.into()).await.unwrap()
}

/// The same, subscribed with RDY 2.
pub(super) async fn subscribed() -> (Connection, Peer, Arc<Core>) {
    subscribed_with(None).await
}

pub(super) async fn subscribed_with(sink: Option<Sink>) -> (Connection, Peer, Arc<Core>) {
    let (connection, mut peer) = pair(&ConnectionConfig::default());
    let core = Arc::new(Core::new(2, sink));
    let channel = Channel::new("c").unwrap();
    let script = async {
        peer.expect("SUB t c\n").await;
        peer.ok().await;
    };
    let topic = topic();
    let (confirmed, ()) = tokio::join!(
        connection.subscribe(&topic, &channel, core.inbox.clone()),
        script
    );
    confirmed.unwrap();
    connection.ready(2);
    peer.expect("RDY 2\n").await;
    (connection, peer, core)
}

pub(super) async fn next(core: &Arc<Core>) -> Delivery {
    Delivery::new(core.inbox.take().await.unwrap(), core.clone())
}
