//! A client that knows frames and nothing else.

mod expecting;
mod opening;

use std::io::{self, ErrorKind, Read, Write};
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use bytes::BytesMut;
use kubefuncs_nsq_proto::compress::{Decoder, Encoder};

use crate::wire::Wire;
use crate::{End, Event};

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
    wire: Wire,
    received: Vec<u8>,
    /// What is sent and received is compressed.
    coding: Option<Coding>,
    /// Heartbeats are answered and not shown, unless this is set.
    pub shows_heartbeats: bool,
}

impl Probe {
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
        let sent = self.wire.write_all(bytes).and_then(|()| self.wire.flush());
        if let Err(error) = sent {
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
        self.wire.close_half();
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
            self.wire.wait_for(left);
            match self.pull() {
                Ok(0) => return Some(self.closed(End::Eof)),
                Ok(_) => {}
                Err(error) => match error.kind() {
                    ErrorKind::WouldBlock | ErrorKind::TimedOut | ErrorKind::Interrupted => {}
                    ErrorKind::ConnectionReset => return Some(self.closed(End::Reset)),
                    _ => panic!("reading: {error}"),
                },
            }
        }
    }

    /// Reads once; how many bytes, none at the end.
    fn pull(&mut self) -> io::Result<usize> {
        let mut piece = [0; 65_536];
        let count = self.wire.read(&mut piece)?;
        self.receive(&piece[..count]);
        Ok(count)
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
        self.wire.wait_for(span);
        let mut piece = vec![0; 1 << 20];
        let mut count = std::mem::take(&mut self.received).len();
        loop {
            match self.wire.read(&mut piece) {
                Ok(0) => return (count, true),
                Ok(read) => count += read,
                Err(error) if error.kind() == ErrorKind::ConnectionReset => return (count, true),
                Err(_) => return (count, false),
            }
        }
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
