//! Raw deflate (RFC 1951), flushed after each write so that the peer can read all of it.

use std::fmt;

use bytes::{Buf, BytesMut};
use flate2::{Compress, Compression, Decompress, FlushCompress, FlushDecompress, Status};

use super::CompressionError;

/// Bytes are made in such steps.
const STEP: usize = 16 << 10;
/// What is compressed in one step, and the room it gets. With room left over the library has written
/// all of it; out of room it would keep an end that no later flush is sure to bring out.
const BLOCK: usize = 32 << 10;
const ROOM: usize = 2 * BLOCK;
/// The most bytes one call appends.
const MOST: usize = 64 << 10;

pub(super) struct Encoder {
    stream: Compress,
    room: Box<[u8]>,
}

impl fmt::Debug for Encoder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("deflate")
    }
}

impl Encoder {
    pub(super) fn new(level: u32) -> Self {
        Self {
            stream: Compress::new(Compression::new(level.clamp(1, 9)), false),
            room: vec![0; ROOM].into(),
        }
    }

    pub(super) fn encode(&mut self, plain: &[u8], out: &mut BytesMut) {
        for block in plain.chunks(BLOCK) {
            let made = self.stream.total_out();
            // It fails only when there is nothing to do.
            let _ = self
                .stream
                .compress(block, &mut self.room, FlushCompress::Sync);
            let made = (self.stream.total_out() - made) as usize;
            debug_assert!(
                made < ROOM,
                "deflate lengthens a block by 5 bytes in 31 KiB at most"
            );
            out.extend_from_slice(&self.room[..made]);
        }
    }
}

pub(super) struct Decoder {
    stream: Decompress,
    step: Box<[u8]>,
}

impl Default for Decoder {
    fn default() -> Self {
        Self {
            stream: Decompress::new(false),
            step: vec![0; STEP].into(),
        }
    }
}

impl fmt::Debug for Decoder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("deflate")
    }
}

impl Decoder {
    pub(super) fn decode(
        &mut self,
        input: &mut BytesMut,
        out: &mut BytesMut,
    ) -> Result<(), CompressionError> {
        let most = out.len() + MOST;
        while out.len() + STEP <= most {
            let (read, made) = (self.stream.total_in(), self.stream.total_out());
            let status = self
                .stream
                .decompress(input, &mut self.step, FlushDecompress::None)
                .map_err(|_| CompressionError::NotDeflate)?;
            let read = (self.stream.total_in() - read) as usize;
            let made = (self.stream.total_out() - made) as usize;
            input.advance(read);
            out.extend_from_slice(&self.step[..made]);
            if made == 0 && status == Status::StreamEnd {
                return Err(CompressionError::Ended);
            }
            // With a step that is not full, what was made inside has been handed out.
            if made < STEP && (input.is_empty() || read == 0) {
                return Ok(());
            }
        }
        Ok(())
    }
}
