//! Snappy's framing format: chunks with a kind, a length of 24 bits and a checksum.
//!
//! ```text
//! stream = ff 06 00 00 "sNaPpY", chunk*
//! chunk  = kind, length (3 bytes, little endian), then for kinds 00 and 01:
//!          masked CRC-32C of the uncompressed data (4 bytes, little endian), data
//! ```

use std::fmt;

use bytes::{Buf, BufMut, BytesMut};

use super::CompressionError;

const STREAM: u8 = 0xff;
const NAME: &[u8] = b"sNaPpY";
const COMPRESSED: u8 = 0x00;
const PLAIN: u8 = 0x01;
/// Kinds from here on may be skipped by who does not know them.
const SKIPPABLE: u8 = 0x80;
/// The most uncompressed bytes of a chunk.
const MAX_BLOCK: usize = 65_536;
/// What snappy makes of such a block at worst.
const MAX_COMPRESSED: usize = 32 + MAX_BLOCK + MAX_BLOCK / 6;
const CHECKSUM: usize = 4;

pub(super) struct Encoder {
    named: bool,
    raw: snap::raw::Encoder,
    block: Box<[u8]>,
}

impl Default for Encoder {
    fn default() -> Self {
        Self {
            named: false,
            raw: snap::raw::Encoder::new(),
            block: vec![0; MAX_COMPRESSED].into(),
        }
    }
}

impl fmt::Debug for Encoder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("snappy")
    }
}

impl Encoder {
    pub(super) fn encode(&mut self, plain: &[u8], out: &mut BytesMut) {
        if !self.named {
            self.named = true;
            head(out, STREAM, NAME.len());
            out.put_slice(NAME);
        }
        for block in plain.chunks(MAX_BLOCK) {
            let packed = self.raw.compress(block, &mut self.block);
            // What is hardly shorter is not worth the decompression.
            let packed = packed
                .ok()
                .filter(|size| *size < block.len() - block.len() / 8);
            let (kind, data) = match packed {
                Some(size) => (COMPRESSED, &self.block[..size]),
                None => (PLAIN, block),
            };
            head(out, kind, CHECKSUM + data.len());
            out.put_u32_le(masked_crc32c(block));
            out.put_slice(data);
        }
    }
}

fn head(out: &mut BytesMut, kind: u8, length: usize) {
    // Every length here is below 2^24.
    let [low, middle, high, _] = (length as u32).to_le_bytes();
    out.put_slice(&[kind, low, middle, high]);
}

#[derive(Default)]
pub(super) struct Decoder {
    named: bool,
    /// What is left of a chunk that is skipped.
    skip: usize,
    raw: snap::raw::Decoder,
}

impl fmt::Debug for Decoder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("snappy")
    }
}

impl Decoder {
    pub(super) fn decode(
        &mut self,
        input: &mut BytesMut,
        out: &mut BytesMut,
    ) -> Result<(), CompressionError> {
        loop {
            let skipped = self.skip.min(input.len());
            input.advance(skipped);
            self.skip -= skipped;
            let Some((head, rest)) = input.split_first_chunk::<4>() else {
                return Ok(());
            };
            let [kind, low, middle, high] = *head;
            let length = u32::from_le_bytes([low, middle, high, 0]) as usize;
            if kind == STREAM {
                if length != NAME.len() {
                    return Err(CompressionError::NotSnappy);
                }
            } else if !self.named {
                return Err(CompressionError::NotSnappy);
            } else if kind >= SKIPPABLE {
                self.skip = 4 + length;
                continue;
            } else {
                check(kind, length)?;
            }
            let Some(chunk) = rest.get(..length) else {
                return Ok(());
            };
            if kind == STREAM {
                if chunk != NAME {
                    return Err(CompressionError::NotSnappy);
                }
                self.named = true;
                input.advance(4 + length);
                continue;
            }
            self.block(kind, chunk, out)?;
            input.advance(4 + length);
            return Ok(());
        }
    }

    fn block(
        &mut self,
        kind: u8,
        chunk: &[u8],
        out: &mut BytesMut,
    ) -> Result<(), CompressionError> {
        let damaged = CompressionError::DamagedChunk;
        let (sum, data) = chunk.split_first_chunk::<CHECKSUM>().ok_or(damaged)?;
        let start = out.len();
        if kind == PLAIN {
            out.put_slice(data);
        } else {
            let size = snap::raw::decompress_len(data).map_err(|_| damaged)?;
            if size > MAX_BLOCK {
                return Err(CompressionError::ChunkTooLong(size));
            }
            out.resize(start + size, 0);
            self.raw
                .decompress(data, &mut out[start..])
                .map_err(|_| damaged)?;
        }
        if masked_crc32c(&out[start..]) != u32::from_le_bytes(*sum) {
            return Err(damaged);
        }
        Ok(())
    }
}

/// Lengths are checked before anything waits for that many bytes.
fn check(kind: u8, length: usize) -> Result<(), CompressionError> {
    let most = match kind {
        COMPRESSED => CHECKSUM + MAX_COMPRESSED,
        PLAIN => CHECKSUM + MAX_BLOCK,
        _ => return Err(CompressionError::UnknownChunk(kind)),
    };
    if length > most {
        return Err(CompressionError::ChunkTooLong(length));
    }
    Ok(())
}

/// Masked, because a checksum of data that has checksums in it is weak.
fn masked_crc32c(data: &[u8]) -> u32 {
    crc32c(data).rotate_right(15).wrapping_add(0xa282_ead8)
}

/// CRC-32C (Castagnoli), bits reflected.
fn crc32c(data: &[u8]) -> u32 {
    const TABLE: [u32; 256] = {
        let mut table = [0; 256];
        let mut byte = 0;
        while byte < 256 {
            let mut crc = byte as u32;
            let mut bit = 0;
            while bit < 8 {
                crc = (crc >> 1) ^ (0x82f6_3b78 * (crc & 1));
                bit += 1;
            }
            table[byte] = crc;
            byte += 1;
        }
        table
    };
    !data.iter().fold(!0, |crc, byte| {
        TABLE[usize::from(crc as u8 ^ byte)] ^ (crc >> 8)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_checksum_is_that_of_rfc_3720() {
        assert_eq!(crc32c(b"123456789"), 0xe306_9283);
        assert_eq!(crc32c(&[0; 32]), 0x8a91_36aa);
        assert_eq!(crc32c(&[0xff; 32]), 0x62a8_ab43);
    }
}
