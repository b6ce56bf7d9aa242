//! A client that knows frames and nothing else.

use std::io::{ErrorKind, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use bytes::BytesMut;
use kubefuncs_nsq_proto::compress::{Decoder, Encoder};

use crate::{End, Event, Message};

/// How long to wait for what has to come. Nothing here takes as long on an idle machine.
pub const PATIENCE: Duration = Duration::from_secs(30);

/// A name that no other test uses.
pub fn fresh(stem: &str) -> String {
    static NEXT: AtomicU64 = AtomicU64::new(1);
    format!("{stem}.{}", NEXT.fetch_add(1, Ordering::Relaxed))
}

#[derive(Debug)]
struct Coding {
    encoder: Encoder,
    decoder: Decoder,
    packed: BytesMut,
}

/// One connection.
#[derive(Debug)]
pub struct Probe {
    stream: TcpStream,
    received: Vec<u8>,
    /// What is sent and received is compressed.
    coding: Option<Coding>,
    /// Heartbeats are answered and not shown, unless this is set.
    pub shows_heartbeats: bool,
}

impl Probe {
    /// Connects and sends the magic of V2.
    #[track_caller]
    pub fn connect(addr: SocketAddr) -> Probe {
        let mut probe = Probe::silent(addr);
        probe.send(b"  V2");
        probe
    }

    /// Connects and says nothing.
    #[track_caller]
    pub fn silent(addr: SocketAddr) -> Probe {
        let stream = TcpStream::connect(addr).expect("a server that listens");
        stream.set_nodelay(true).unwrap();
        stream.set_write_timeout(Some(PATIENCE)).unwrap();
        Probe {
            stream,
            received: Vec::new(),
            coding: None,
            shows_heartbeats: false,
        }
    }

    /// Connects and identifies by `json`, which `feature_negotiation` is added to.
    #[track_caller]
    pub fn identified(addr: SocketAddr, mut json: serde_json::Value) -> Probe {
        json["feature_negotiation"] = true.into();
        let mut probe = Probe::connect(addr);
        probe.identify(json.to_string().as_bytes());
        let reply = probe.response();
        assert!(reply.starts_with('{'), "IDENTIFY {json}: {reply}");
        probe
    }

    /// As [`Probe::identified`], and compresses from then on by one of the two ways.
    #[track_caller]
    pub fn compressed(addr: SocketAddr, way: &str, mut json: serde_json::Value) -> Probe {
        json[way] = true.into();
        let mut probe = Probe::identified(addr, json);
        let (encoder, decoder) = match way {
            "snappy" => (Encoder::snappy(), Decoder::snappy()),
            _ => (Encoder::deflate(6), Decoder::deflate()),
        };
        let mut packed = BytesMut::new();
        packed.extend_from_slice(&std::mem::take(&mut probe.received));
        probe.coding = Some(Coding {
            encoder,
            decoder,
            packed,
        });
        probe.receive(&[]);
        probe.ok();
        probe
    }

    /// Subscribes a new connection, with messages written at once, and waits for `OK`.
    #[track_caller]
    pub fn subscribed(addr: SocketAddr, topic: &str, channel: &str) -> Probe {
        let unbuffered = serde_json::json!({"output_buffer_size": -1});
        Probe::subscribed_with(addr, topic, channel, unbuffered)
    }

    /// As [`Probe::subscribed`], with other terms.
    #[track_caller]
    pub fn subscribed_with(
        addr: SocketAddr,
        topic: &str,
        channel: &str,
        terms: serde_json::Value,
    ) -> Probe {
        let mut probe = Probe::identified(addr, terms);
        probe.line(&format!("SUB {topic} {channel}"));
        probe.ok();
        probe
    }

    /// Sends bytes. A server that has closed already is no failure: what it said is to be read.
    pub fn send(&mut self, bytes: &[u8]) {
        let mut packed = BytesMut::new();
        let bytes = match &mut self.coding {
            Some(coding) => {
                coding.encoder.encode(bytes, &mut packed);
                &packed
            }
            None => bytes,
        };
        self.send_raw(bytes);
    }

    /// As [`Probe::send`], without compression.
    pub fn send_raw(&mut self, bytes: &[u8]) {
        if let Err(error) = self.stream.write_all(bytes) {
            let closed = [ErrorKind::BrokenPipe, ErrorKind::ConnectionReset];
            assert!(closed.contains(&error.kind()), "{error}");
        }
    }

    /// Sends a command without a body.
    pub fn line(&mut self, line: &str) {
        self.send(format!("{line}\n").as_bytes());
    }

    /// Sends a command with a body.
    pub fn command(&mut self, line: &str, body: &[u8]) {
        self.send(&bytes(line, body));
    }

    /// Sends IDENTIFY.
    pub fn identify(&mut self, json: &[u8]) {
        self.command("IDENTIFY", json);
    }

    /// Publishes and waits for `OK`.
    #[track_caller]
    pub fn publish(&mut self, topic: &str, body: &[u8]) {
        self.command(&format!("PUB {topic}"), body);
        self.ok();
    }

    /// Closes the sending half only.
    pub fn half_close(&mut self) {
        self.stream.shutdown(std::net::Shutdown::Write).unwrap();
    }

    /// What comes next, if anything does within `limit`.
    #[track_caller]
    pub fn event(&mut self, limit: Duration) -> Option<Event> {
        let deadline = Instant::now() + limit;
        loop {
            if let Some(event) = self.buffered() {
                match event {
                    Event::Response(text) if text == "_heartbeat_" && !self.shows_heartbeats => {
                        self.line("NOP");
                    }
                    event => return Some(event),
                }
                continue;
            }
            let left = deadline.saturating_duration_since(Instant::now());
            if left.is_zero() {
                return None;
            }
            self.stream.set_read_timeout(Some(left)).unwrap();
            let mut piece = [0; 65_536];
            match self.stream.read(&mut piece) {
                Ok(0) => return Some(self.closed(End::Eof)),
                Ok(count) => self.receive(&piece[..count]),
                Err(error) => match error.kind() {
                    ErrorKind::WouldBlock | ErrorKind::TimedOut | ErrorKind::Interrupted => {}
                    ErrorKind::ConnectionReset => return Some(self.closed(End::Reset)),
                    _ => panic!("reading: {error}"),
                },
            }
        }
    }

    fn receive(&mut self, bytes: &[u8]) {
        let Some(coding) = &mut self.coding else {
            self.received.extend_from_slice(bytes);
            return;
        };
        coding.packed.extend_from_slice(bytes);
        loop {
            let mut plain = BytesMut::new();
            let decoded = coding.decoder.decode(&mut coding.packed, &mut plain);
            decoded.expect("a compressed stream");
            if plain.is_empty() {
                return;
            }
            self.received.extend_from_slice(&plain);
        }
    }

    #[track_caller]
    fn closed(&self, end: End) -> Event {
        assert!(
            self.received.is_empty(),
            "half a frame: {:?}",
            self.received
        );
        Event::Closed(end)
    }

    fn buffered(&mut self) -> Option<Event> {
        let size = u32::from_be_bytes(self.received.get(..4)?.try_into().unwrap()) as usize;
        assert!((4..=6_000_000).contains(&size), "a frame of {size} bytes");
        let kind = u32::from_be_bytes(self.received.get(4..8)?.try_into().unwrap());
        let event = Event::decode(kind, self.received.get(8..4 + size)?);
        self.received.drain(..4 + size);
        Some(event)
    }

    /// Reads whatever bytes come, until none do for `span`; how many, and whether that was the end.
    pub fn drain(&mut self, span: Duration) -> (usize, bool) {
        self.stream.set_read_timeout(Some(span)).unwrap();
        let mut piece = vec![0; 1 << 20];
        let mut count = std::mem::take(&mut self.received).len();
        loop {
            match self.stream.read(&mut piece) {
                Ok(0) => return (count, true),
                Ok(read) => count += read,
                Err(error) if error.kind() == ErrorKind::ConnectionReset => return (count, true),
                Err(_) => return (count, false),
            }
        }
    }

    /// What comes next, which has to be soon.
    #[track_caller]
    pub fn arrives(&mut self) -> Event {
        self.event(PATIENCE).expect("something from the server")
    }

    /// The next frame, which is a response.
    #[track_caller]
    pub fn response(&mut self) -> String {
        match self.arrives() {
            Event::Response(text) => text,
            other => panic!("instead of a response: {other:?}"),
        }
    }

    /// The next frame, which is `OK`.
    #[track_caller]
    pub fn ok(&mut self) {
        assert_eq!(self.arrives(), Event::Response("OK".to_owned()));
    }

    /// The next frame, which is a message.
    #[track_caller]
    pub fn message(&mut self) -> Message {
        match self.arrives() {
            Event::Message(message) => message,
            other => panic!("instead of a message: {other:?}"),
        }
    }

    /// The next `count` frames, which are messages.
    #[track_caller]
    pub fn messages(&mut self, count: usize) -> Vec<Message> {
        (0..count).map(|_| self.message()).collect()
    }

    /// The next frame, which is an error with this first word; its whole text.
    #[track_caller]
    pub fn error(&mut self, word: &str) -> String {
        match self.arrives() {
            Event::Error(text) => {
                assert_eq!(text.split(' ').next(), Some(word), "{text}");
                text
            }
            other => panic!("instead of {word}: {other:?}"),
        }
    }

    /// An error with this first word, then the end, whichever way.
    #[track_caller]
    pub fn fatal(&mut self, word: &str) -> (String, End) {
        let text = self.error(word);
        (text, self.end())
    }

    /// The end of the connection, with nothing before it.
    #[track_caller]
    pub fn end(&mut self) -> End {
        match self.arrives() {
            Event::Closed(end) => end,
            other => panic!("instead of the end: {other:?}"),
        }
    }

    /// Nothing comes for this long.
    #[track_caller]
    pub fn silence(&mut self, span: Duration) {
        let event = self.event(span);
        assert_eq!(event, None, "instead of silence");
    }

    /// Everything sent before has been executed: a PUB to another topic is answered after it. Only
    /// where nothing else may come.
    #[track_caller]
    pub fn settle(&mut self) {
        self.publish("settled", b"x");
    }
}

/// The body of an MPUB: how many messages, and each with its length.
pub fn many(items: &[&[u8]]) -> Vec<u8> {
    let length = |length: usize| u32::try_from(length).unwrap().to_be_bytes();
    let mut body = length(items.len()).to_vec();
    for item in items {
        body.extend_from_slice(&length(item.len()));
        body.extend_from_slice(item);
    }
    body
}

/// A command with a body, as bytes.
pub(crate) fn bytes(line: &str, body: &[u8]) -> Vec<u8> {
    let length = u32::try_from(body.len()).unwrap().to_be_bytes();
    [line.as_bytes(), b"\n", &length, body].concat()
}
