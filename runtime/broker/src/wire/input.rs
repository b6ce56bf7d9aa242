//! What a client sends, read as nsqd reads it.

use std::sync::Arc;

use bytes::Bytes;
use tokio::time::{Instant, timeout_at};
use tokio_util::sync::CancellationToken;

use super::mpub::Bodies;
use super::socket::Socket;
use crate::hub::Hub;

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
    socket: Arc<Socket>,
    hub: Arc<Hub>,
    closed: CancellationToken,
    /// Until when the current command, its body included, has to be here.
    pub(crate) deadline: Option<Instant>,
    buffer: Box<[u8]>,
    start: usize,
    end: usize,
}

impl Input {
    pub(crate) fn new(socket: Arc<Socket>, hub: Arc<Hub>, closed: CancellationToken) -> Self {
        Self {
            socket,
            hub,
            closed,
            deadline: None,
            buffer: vec![0; BUFFER].into_boxed_slice(),
            start: 0,
            end: 0,
        }
    }

    async fn read(&mut self, into: Into<'_>) -> Result<usize, Ended> {
        let target = match into {
            Into::Buffer => &mut self.buffer[self.end..],
            Into::Body(body) => body,
        };
        let reading = async {
            match self.deadline {
                Some(deadline) => timeout_at(deadline, self.socket.read(target)).await.ok(),
                None => Some(self.socket.read(target).await),
            }
        };
        let read = tokio::select! {
            read = reading => read,
            () = self.closed.cancelled() => return Err(Ended),
        };
        match read {
            Some(Ok(count)) if count > 0 => Ok(count),
            None => {
                // A process that is stopped notices its deadlines when it goes on.
                self.hub.gate.pass().await;
                Err(Ended)
            }
            _ => Err(Ended),
        }
    }

    async fn fill(&mut self) -> Result<(), Ended> {
        self.buffer.copy_within(self.start..self.end, 0);
        self.end -= self.start;
        self.start = 0;
        self.end += self.read(Into::Buffer).await?;
        Ok(())
    }

    /// A line without its end (`\n`, or `\r\n`).
    pub(crate) async fn line(&mut self) -> Result<Vec<u8>, Ended> {
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
            have += self.read(Into::Body(&mut magic[have..])).await?;
        }
        Ok(magic)
    }
}

enum Into<'a> {
    Buffer,
    Body(&'a mut [u8]),
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
        while body.len() < length {
            let have = body.len();
            let missing = length - have;
            if missing < BUFFER {
                // A short rest comes through the buffer, together with what follows it.
                self.fill().await?;
                body.extend_from_slice(self.take_buffered(missing));
            } else {
                body.resize(have + missing.min(PIECE), 0);
                let read = self.read(Into::Body(&mut body[have..])).await?;
                body.truncate(have + read);
            }
        }
        Ok(body.into())
    }
}
