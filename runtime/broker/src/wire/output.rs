//! What a client is sent: frames through a buffer, which nsqd flushes at certain moments only.

use std::io;
use std::sync::Arc;
use std::time::Duration;

use bytes::BytesMut;
use kubefuncs_nsq_proto::compress::Encoder;
use tokio::time::timeout;
use tokio_util::sync::CancellationToken;

use super::stream::Outgoing;
use crate::hub::Hub;
use crate::model::Delivery;

const RESPONSE: u32 = 0;
const ERROR: u32 = 1;
const MESSAGE: u32 = 2;

/// The sending half of a connection.
#[derive(Debug)]
pub(crate) struct Output {
    stream: Outgoing,
    hub: Arc<Hub>,
    closed: CancellationToken,
    buffer: Buffer,
    encoder: Option<Encoder>,
    /// How long a write may be stuck: the heartbeat interval, where there is one.
    pub(crate) limit: Option<Duration>,
    /// A write failed, and so does each one after it: part of a frame may be out.
    failed: bool,
}

impl Output {
    pub(super) fn new(
        stream: Outgoing,
        hub: Arc<Hub>,
        closed: CancellationToken,
        size: usize,
    ) -> Self {
        Self {
            stream,
            hub,
            closed,
            buffer: Buffer::new(size),
            encoder: None,
            limit: None,
            failed: false,
        }
    }

    pub(crate) async fn response(&mut self, data: &[u8]) -> io::Result<()> {
        self.frame(RESPONSE, &[data]).await?;
        self.flush().await
    }

    pub(crate) async fn error(&mut self, text: &[u8]) -> io::Result<()> {
        self.frame(ERROR, &[text]).await?;
        self.flush().await
    }

    /// Stays in the buffer, as far as it fits.
    pub(crate) async fn message(&mut self, message: &Delivery) -> io::Result<()> {
        let mut head = [0; 26];
        head[..8].copy_from_slice(&message.timestamp_ns.to_be_bytes());
        head[8..10].copy_from_slice(&message.attempts.to_be_bytes());
        head[10..].copy_from_slice(&message.id);
        self.frame(MESSAGE, &[&head, &message.body]).await?;
        if self.hub.config.buffering {
            return Ok(());
        }
        self.flush().await
    }

    async fn frame(&mut self, kind: u32, data: &[&[u8]]) -> io::Result<()> {
        let data = data.concat();
        let mut due = Vec::new();
        // A body is far below 4 GiB.
        let size = data.len() as u32 + 4;
        self.buffer.write(&size.to_be_bytes(), &mut due);
        self.buffer.write(&kind.to_be_bytes(), &mut due);
        self.buffer.write(&data, &mut due);
        self.send(&due).await
    }

    pub(crate) async fn flush(&mut self) -> io::Result<()> {
        let due = self.buffer.take();
        self.send(&due).await
    }

    /// Flushes, and has a buffer of another size from now on.
    pub(crate) async fn resize(&mut self, size: usize) -> io::Result<()> {
        self.flush().await?;
        self.buffer = Buffer::new(size);
        Ok(())
    }

    /// What is sent from now on goes here, and is not compressed.
    pub(super) fn replace(&mut self, stream: Outgoing) {
        self.stream = stream;
        self.encoder = None;
    }

    /// What is sent from now on is compressed.
    pub(crate) fn compress(&mut self, encoder: Encoder) {
        self.encoder = Some(encoder);
    }

    async fn send(&mut self, bytes: &[u8]) -> io::Result<()> {
        if self.failed {
            return Err(io::ErrorKind::BrokenPipe.into());
        }
        if bytes.is_empty() {
            return Ok(());
        }
        let mut packed = BytesMut::new();
        let bytes = match &mut self.encoder {
            Some(encoder) => {
                encoder.encode(bytes, &mut packed);
                &packed
            }
            None => bytes,
        };
        self.hub.gate.pass().await;
        let writing = async {
            match self.limit {
                Some(limit) => timeout(limit, self.stream.write_all(bytes)).await?,
                None => self.stream.write_all(bytes).await,
            }
        };
        let written = tokio::select! {
            biased;
            () = self.closed.cancelled() => Err(io::ErrorKind::ConnectionAborted.into()),
            written = writing => written,
        };
        self.failed = written.is_err();
        written
    }
}

/// Go's `bufio.Writer`: what fits is kept, what does not pushes it out.
#[derive(Debug)]
struct Buffer {
    bytes: Vec<u8>,
    size: usize,
}

impl Buffer {
    fn new(size: usize) -> Self {
        Self {
            bytes: Vec::new(),
            size,
        }
    }

    /// Adds bytes; those that have to be sent now are appended to `due`.
    fn write(&mut self, mut bytes: &[u8], due: &mut Vec<u8>) {
        while bytes.len() > self.size - self.bytes.len() {
            if self.bytes.is_empty() {
                due.extend_from_slice(bytes);
                return;
            }
            let (fits, rest) = bytes.split_at(self.size - self.bytes.len());
            self.bytes.extend_from_slice(fits);
            due.append(&mut self.bytes);
            bytes = rest;
        }
        self.bytes.extend_from_slice(bytes);
    }

    fn take(&mut self) -> Vec<u8> {
        std::mem::take(&mut self.bytes)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn small_frames_wait_and_large_ones_do_not() {
        let (mut buffer, mut due) = (Buffer::new(8), Vec::new());
        buffer.write(b"abcdefgh", &mut due);
        assert!(due.is_empty());
        buffer.write(b"i", &mut due);
        assert_eq!(due, b"abcdefgh");
        buffer.write(b"0123456789012345678", &mut due);
        assert_eq!(due, b"abcdefghi0123456789012345678");
        assert!(buffer.take().is_empty());
    }

    #[test]
    fn a_buffer_of_one_byte_is_none_for_frames() {
        let (mut buffer, mut due) = (Buffer::new(1), Vec::new());
        buffer.write(b"abcd", &mut due);
        buffer.write(b"ef", &mut due);
        assert_eq!(due, b"abcdef");
    }
}
