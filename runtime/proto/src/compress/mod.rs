//! The compressed forms of a connection: snappy and deflate, as bytes in and bytes out.
//!
//! Both are streams: what an [`Encoder`] wrote in pieces a [`Decoder`] reads in any other pieces. It
//! gives what can be read so far, and never more than 64 KiB at once, however far it expands.
//!
//! ```
//! use bytes::BytesMut;
//! use kubefuncs_nsq_proto::compress::{Decoder, Encoder};
//!
//! let (mut wire, mut plain) = (BytesMut::new(), BytesMut::new());
//! Encoder::snappy().encode(b"hello", &mut wire);
//! Decoder::snappy().decode(&mut wire, &mut plain)?;
//! assert_eq!(&plain[..], b"hello");
//! # Ok::<(), kubefuncs_nsq_proto::compress::CompressionError>(())
//! ```

mod deflate;
mod snappy;

use bytes::BytesMut;

/// A peer's compressed bytes cannot be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum CompressionError {
    /// A snappy stream begins with its name.
    #[error("the peer's bytes are no snappy stream")]
    NotSnappy,
    /// A chunk of a kind that may not be skipped.
    #[error("a snappy chunk of unknown kind {0:#04x}")]
    UnknownChunk(u8),
    /// A chunk longer than the format allows: 65,536 bytes uncompressed.
    #[error("a snappy chunk of {0} bytes: longer than the format allows")]
    ChunkTooLong(usize),
    /// A chunk that cannot be decompressed, or does not have its checksum.
    #[error("a snappy chunk is damaged")]
    DamagedChunk,
    /// Bytes that deflate never writes.
    #[error("the peer's bytes are no deflate stream")]
    NotDeflate,
    /// The peer said that nothing follows.
    #[error("the deflate stream has ended")]
    Ended,
}

/// Compresses what is written to one connection.
#[derive(Debug)]
pub struct Encoder(Encoding);

#[derive(Debug)]
enum Encoding {
    Snappy(Box<snappy::Encoder>),
    Deflate(deflate::Encoder),
}

impl Encoder {
    /// The framed snappy format.
    #[must_use]
    pub fn snappy() -> Self {
        Self(Encoding::Snappy(Box::default()))
    }

    /// Raw deflate (RFC 1951), at a level from 1 to 9.
    #[must_use]
    pub fn deflate(level: u32) -> Self {
        Self(Encoding::Deflate(deflate::Encoder::new(level)))
    }

    /// Appends the compressed form of `plain` to `out`. The peer can read all of it at once: nothing
    /// is held back for a later call.
    pub fn encode(&mut self, plain: &[u8], out: &mut BytesMut) {
        match &mut self.0 {
            Encoding::Snappy(encoder) => encoder.encode(plain, out),
            Encoding::Deflate(encoder) => encoder.encode(plain, out),
        }
    }
}

/// Decompresses what is read from one connection.
#[derive(Debug)]
pub struct Decoder(Decoding);

#[derive(Debug)]
enum Decoding {
    Snappy(snappy::Decoder),
    Deflate(deflate::Decoder),
}

impl Decoder {
    /// The framed snappy format.
    #[must_use]
    pub fn snappy() -> Self {
        Self(Decoding::Snappy(snappy::Decoder::default()))
    }

    /// Raw deflate (RFC 1951).
    #[must_use]
    pub fn deflate() -> Self {
        Self(Decoding::Deflate(deflate::Decoder::default()))
    }

    /// Takes what can be read off `input` and appends it to `out`; up to 64 KiB of it, however far
    /// it expands. Nothing appended means that more input is needed, of which `input` never has to
    /// hold more than 80 KiB.
    ///
    /// # Errors
    /// [`CompressionError`]; nothing more can be read then.
    pub fn decode(
        &mut self,
        input: &mut BytesMut,
        out: &mut BytesMut,
    ) -> Result<(), CompressionError> {
        match &mut self.0 {
            Decoding::Snappy(decoder) => decoder.decode(input, out),
            Decoding::Deflate(decoder) => decoder.decode(input, out),
        }
    }
}
