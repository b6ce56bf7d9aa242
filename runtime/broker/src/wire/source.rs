//! The bytes of a client: off the connection, decompressed where that was agreed.

use std::sync::Arc;

use bytes::BytesMut;
use kubefuncs_nsq_proto::compress::Decoder;
use tokio::time::{Instant, timeout_at};
use tokio_util::sync::CancellationToken;

use super::input::Ended;
use super::stream::Incoming;
use crate::hub::Hub;

/// How much compressed input is read at once.
const PIECE: usize = 16 * 1024;

#[derive(Debug)]
pub(super) struct Source {
    stream: Incoming,
    pub(super) hub: Arc<Hub>,
    closed: CancellationToken,
    /// Until when the current command, its body included, has to be here.
    pub(super) deadline: Option<Instant>,
    packed: Option<Packed>,
}

#[derive(Debug)]
struct Packed {
    decoder: Decoder,
    input: BytesMut,
    plain: BytesMut,
}

impl Source {
    pub(super) fn new(stream: Incoming, hub: Arc<Hub>, closed: CancellationToken) -> Self {
        Self {
            stream,
            hub,
            closed,
            deadline: None,
            packed: None,
        }
    }

    /// Ends when the connection is to be closed.
    pub(super) async fn closed(&self) {
        self.closed.cancelled().await;
    }

    /// What comes from now on comes from here, and is not compressed.
    pub(super) fn replace(&mut self, stream: Incoming) {
        self.stream = stream;
        self.packed = None;
    }

    /// What comes from now on is compressed.
    pub(super) fn decompress(&mut self, decoder: Decoder) {
        self.packed = Some(Packed {
            decoder,
            input: BytesMut::new(),
            plain: BytesMut::new(),
        });
    }

    /// Reads at least a byte.
    pub(super) async fn read(&mut self, into: &mut [u8]) -> Result<usize, Ended> {
        let Some(mut packed) = self.packed.take() else {
            return self.arriving(into).await;
        };
        let read = self.unpacked(&mut packed, into).await;
        self.packed = Some(packed);
        read
    }

    async fn unpacked(&mut self, packed: &mut Packed, into: &mut [u8]) -> Result<usize, Ended> {
        loop {
            if packed.plain.is_empty() {
                let decoded = packed.decoder.decode(&mut packed.input, &mut packed.plain);
                decoded.map_err(|error| {
                    tracing::debug!(%error, "what a client sent cannot be decompressed");
                    Ended
                })?;
            }
            if !packed.plain.is_empty() {
                let count = packed.plain.len().min(into.len());
                into[..count].copy_from_slice(&packed.plain.split_to(count));
                return Ok(count);
            }
            let have = packed.input.len();
            packed.input.resize(have + PIECE, 0);
            let read = self.arriving(&mut packed.input[have..]).await;
            packed.input.truncate(have + read.unwrap_or_default());
            read?;
        }
    }

    async fn arriving(&mut self, into: &mut [u8]) -> Result<usize, Ended> {
        let reading = async {
            match self.deadline {
                Some(deadline) => timeout_at(deadline, self.stream.read(into)).await.ok(),
                None => Some(self.stream.read(into).await),
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
}
