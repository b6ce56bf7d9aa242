//! A compressed stream as a plain one.

use std::io;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use bytes::{Buf, BytesMut};
use kubefuncs_nsq_proto::compress::{Decoder, Encoder};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

/// How much is read at once.
const READ: usize = 16 << 10;
/// How much is compressed at once. What is written together is compressed together.
const WRITE: usize = 64 << 10;

/// What is written comes out compressed only after a flush.
pub(crate) struct Coded<S> {
    inner: S,
    encoder: Encoder,
    decoder: Decoder,
    /// Compressed, as it was read.
    input: BytesMut,
    /// Not compressed, to be read by our reader.
    plain: BytesMut,
    /// Compressed, to be written.
    output: BytesMut,
}

impl<S> Coded<S> {
    /// `input` is what was read beyond the beginning of the compressed stream.
    pub(crate) fn new(inner: S, encoder: Encoder, decoder: Decoder, input: BytesMut) -> Self {
        Self {
            inner,
            encoder,
            decoder,
            input,
            plain: BytesMut::new(),
            output: BytesMut::new(),
        }
    }
}

impl<S: AsyncRead + AsyncWrite + Unpin> Coded<S> {
    fn write_out(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        while !self.output.is_empty() {
            let written = ready!(Pin::new(&mut self.inner).poll_write(cx, &self.output))?;
            if written == 0 {
                return Poll::Ready(Err(io::ErrorKind::WriteZero.into()));
            }
            self.output.advance(written);
        }
        Poll::Ready(Ok(()))
    }

    /// `false`: the end.
    fn read_in(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<bool>> {
        let start = self.input.len();
        self.input.resize(start + READ, 0);
        let mut buffer = ReadBuf::new(&mut self.input[start..]);
        let read = Pin::new(&mut self.inner).poll_read(cx, &mut buffer);
        let filled = buffer.filled().len();
        self.input.truncate(start + filled);
        ready!(read)?;
        Poll::Ready(Ok(filled > 0))
    }
}

impl<S: AsyncRead + AsyncWrite + Unpin> AsyncRead for Coded<S> {
    fn poll_read(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let this = self.get_mut();
        loop {
            if this.plain.is_empty() {
                this.decoder
                    .decode(&mut this.input, &mut this.plain)
                    .map_err(|error| io::Error::new(io::ErrorKind::InvalidData, error))?;
            }
            if !this.plain.is_empty() {
                let bytes = this.plain.len().min(buffer.remaining());
                buffer.put_slice(&this.plain.split_to(bytes));
                return Poll::Ready(Ok(()));
            }
            if !ready!(this.read_in(cx))? {
                return Poll::Ready(Ok(()));
            }
        }
    }
}

impl<S: AsyncRead + AsyncWrite + Unpin> AsyncWrite for Coded<S> {
    fn poll_write(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        let this = self.get_mut();
        // One piece at a time, so that no more than that is held here.
        ready!(this.write_out(cx))?;
        let bytes = &bytes[..bytes.len().min(WRITE)];
        this.encoder.encode(bytes, &mut this.output);
        if let Poll::Ready(Err(error)) = this.write_out(cx) {
            return Poll::Ready(Err(error));
        }
        Poll::Ready(Ok(bytes.len()))
    }

    fn poll_flush(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let this = self.get_mut();
        ready!(this.write_out(cx))?;
        Pin::new(&mut this.inner).poll_flush(cx)
    }

    fn poll_shutdown(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let this = self.get_mut();
        ready!(this.write_out(cx))?;
        Pin::new(&mut this.inner).poll_shutdown(cx)
    }
}
