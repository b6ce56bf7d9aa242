//! A TCP connection that both tasks use.

use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;

/// It is closed when the last user drops it, without a farewell of its own: the kernel then sends a
/// reset if unread bytes are left, as it does for nsqd, and an orderly end otherwise.
#[derive(Debug)]
pub(crate) struct Socket(TcpStream);

impl Socket {
    pub(crate) fn new(stream: TcpStream) -> Self {
        // As Go does; where it cannot be had, things are merely slower.
        let _ = stream.set_nodelay(true);
        Self(stream)
    }

    /// From now on closing sends a reset, and what is not sent yet is lost.
    pub(crate) fn reset_on_close(&self) {
        let _ = self.0.set_zero_linger();
    }
}

/// A socket as a stream, for one who reads and one who writes at a time. What is written is on its
/// way; closing is the socket's matter.
#[derive(Debug)]
pub(crate) struct Shared(pub(crate) Arc<Socket>);

impl AsyncRead for Shared {
    fn poll_read(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
        into: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        loop {
            ready!(self.0.0.poll_read_ready(context))?;
            match self.0.0.try_read(into.initialize_unfilled()) {
                Ok(count) => {
                    into.advance(count);
                    return Poll::Ready(Ok(()));
                }
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => {}
                Err(error) => return Poll::Ready(Err(error)),
            }
        }
    }
}

impl AsyncWrite for Shared {
    fn poll_write(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        loop {
            ready!(self.0.0.poll_write_ready(context))?;
            match self.0.0.try_write(bytes) {
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => {}
                done => return Poll::Ready(done),
            }
        }
    }

    fn poll_flush(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }

    fn poll_shutdown(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }
}
