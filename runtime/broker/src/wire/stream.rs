//! The two directions of a connection: TCP, or TLS over it.

use std::io;

use tokio::io::{AsyncReadExt, AsyncWriteExt, ReadHalf, WriteHalf};
use tokio_rustls::server::TlsStream;

use super::socket::Shared;

/// What a client sends.
#[derive(Debug)]
pub(super) enum Incoming {
    Tcp(Shared),
    Tls(ReadHalf<TlsStream<Shared>>),
}

/// What a client is sent.
#[derive(Debug)]
pub(super) enum Outgoing {
    Tcp(Shared),
    Tls(WriteHalf<TlsStream<Shared>>),
}

/// TLS as both.
pub(super) fn split(stream: TlsStream<Shared>) -> (Incoming, Outgoing) {
    let (read, write) = tokio::io::split(stream);
    (Incoming::Tls(read), Outgoing::Tls(write))
}

impl Incoming {
    /// Waits for bytes; 0 is the end.
    pub(super) async fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        match self {
            Self::Tcp(stream) => stream.read(into).await,
            Self::Tls(stream) => stream.read(into).await,
        }
    }
}

impl Outgoing {
    /// Returns when all of it is on its way.
    pub(super) async fn write_all(&mut self, bytes: &[u8]) -> io::Result<()> {
        match self {
            Self::Tcp(stream) => stream.write_all(bytes).await,
            Self::Tls(stream) => {
                stream.write_all(bytes).await?;
                stream.flush().await
            }
        }
    }
}
