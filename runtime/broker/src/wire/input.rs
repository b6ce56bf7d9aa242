//! What a client sends, read as nsqd reads it.

use std::sync::Arc;

use bytes::Bytes;
use kubefuncs_nsq_proto::compress::Decoder;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use super::mpub::Bodies;
use super::source::Source;
use super::stream::Incoming;
use crate::hub::Hub;
use crate::memory::{Charge, SLOT};

/// nsqd's read buffer, and so the longest line with its end. How much is read at once decides what
/// is left unread when a connection is closed, and so whether the client sees a reset.
const BUFFER: usize = 16 * 1024;
/// Bodies are read in such pieces, so that memory follows what has arrived, not what is announced.
const PIECE: usize = 64 * 1024;

/// The end of the input, a deadline that has passed, or a line that is too long.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Ended;

/// Lines, lengths and bodies.
#[derive(Debug)]
pub(crate) struct Input {
    source: Source,
    /// What the bodies of the current command are counted as.
    received: Charge,
    buffer: Box<[u8]>,
    start: usize,
    end: usize,
}

impl Input {
    pub(super) fn new(stream: Incoming, hub: Arc<Hub>, closed: CancellationToken) -> Self {
        Self {
            received: hub.receiving.charge(0),
            source: Source::new(stream, hub, closed),
            buffer: vec![0; BUFFER].into_boxed_slice(),
            start: 0,
            end: 0,
        }
    }

    /// Ends when the connection is to be closed.
    pub(crate) async fn closed(&self) {
        self.source.closed().await;
    }

    /// Until when the current command, its body included, has to be here.
    pub(crate) fn expect_by(&mut self, deadline: Option<Instant>) {
        self.source.deadline = deadline;
    }

    /// What comes from now on comes from here.
    pub(super) fn replace(&mut self, stream: Incoming) {
        self.forget();
        self.source.replace(stream);
    }

    /// What comes from now on is compressed.
    pub(crate) fn decompress(&mut self, decoder: Decoder) {
        self.forget();
        self.source.decompress(decoder);
    }

    /// What was sent ahead of an agreement, under other terms, is dropped, as by nsqd: nobody can
    /// slip a command in before TLS.
    fn forget(&mut self) {
        self.end = self.start;
    }

    /// Counts bytes of a body that is being received.
    fn receive(&mut self, bytes: usize) -> Result<(), Ended> {
        if self.received.grow(bytes) {
            return Ok(());
        }
        tracing::warn!("too many bytes are being received: a client is closed");
        Err(Ended)
    }

    /// What the body of the current command is counted as, for as long as that is kept.
    pub(super) fn counted(&mut self) -> Charge {
        let nothing = self.source.hub.receiving.charge(0);
        std::mem::replace(&mut self.received, nothing)
    }

    async fn fill(&mut self) -> Result<(), Ended> {
        self.buffer.copy_within(self.start..self.end, 0);
        self.end -= self.start;
        self.start = 0;
        self.end += self.source.read(&mut self.buffer[self.end..]).await?;
        Ok(())
    }

    /// A line without its end (`\n`, or `\r\n`).
    pub(crate) async fn line(&mut self) -> Result<Vec<u8>, Ended> {
        // The command before is over, and its bodies are counted elsewhere.
        self.received.clear();
        let mut seen = 0;
        loop {
            let unread = &self.buffer[self.start..self.end];
            if let Some(at) = unread[seen..].iter().position(|byte| *byte == b'\n') {
                let line = &unread[..seen + at];
                let line = line.strip_suffix(b"\r").unwrap_or(line).to_vec();
                self.start += seen + at + 1;
                return Ok(line);
            }
            seen = unread.len();
            if seen == BUFFER {
                return Err(Ended);
            }
            self.fill().await?;
        }
    }

    fn take_buffered(&mut self, most: usize) -> &[u8] {
        let count = most.min(self.end - self.start);
        self.start += count;
        &self.buffer[self.start - count..self.start]
    }

    /// The four bytes that begin a connection. nsqd reads no further then.
    pub(crate) async fn magic(&mut self) -> Result<[u8; 4], Ended> {
        let mut magic = [0; 4];
        let mut have = 0;
        while have < magic.len() {
            have += self.source.read(&mut magic[have..]).await?;
        }
        Ok(magic)
    }
}

impl Bodies for Input {
    async fn length(&mut self) -> Result<i32, Ended> {
        while self.end - self.start < 4 {
            self.fill().await?;
        }
        let bytes = self.take_buffered(4);
        Ok(bytes
            .iter()
            .fold(0, |length, byte| length << 8 | i32::from(*byte)))
    }

    async fn body(&mut self, length: usize) -> Result<Bytes, Ended> {
        let mut body = self.take_buffered(length).to_vec();
        self.receive(SLOT + body.len())?;
        while body.len() < length {
            let have = body.len();
            let missing = length - have;
            if missing < BUFFER {
                // A short rest comes through the buffer, together with what follows it.
                self.fill().await?;
                body.extend_from_slice(self.take_buffered(missing));
            } else {
                body.resize(have + missing.min(PIECE), 0);
                let read = self.source.read(&mut body[have..]).await?;
                body.truncate(have + read);
            }
            self.receive(body.len() - have)?;
        }
        Ok(body.into())
    }
}
