//! The byte stream below the protocol: TCP, over it TLS, over it compression.

use bytes::BytesMut;
use kubefuncs_nsq_proto::compress::{Decoder, Encoder};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;

use super::coded::Coded;
use crate::address::Address;
use crate::error::{Error, ErrorKind};
use crate::tls::Tls;

/// Any layer.
pub(crate) trait Stream: AsyncRead + AsyncWrite + Send + Unpin {}

impl<S: AsyncRead + AsyncWrite + Send + Unpin> Stream for S {}

/// What a connection reads from and writes to.
pub(crate) enum Transport {
    /// What is written is on its way.
    Plain(TcpStream),
    /// What is written is on its way after a flush.
    Layered(Box<dyn Stream>),
}

impl Transport {
    /// Opens the stream to the first of the host's addresses that answers.
    pub(crate) async fn open(address: &Address) -> Result<Self, Error> {
        let stream = TcpStream::connect((address.host(), address.port()))
            .await
            .map_err(|error| Error::io("connecting", error))?;
        // Commands are gathered before they are written; what is written should leave at once.
        stream
            .set_nodelay(true)
            .map_err(|error| Error::io("connecting", error))?;
        Ok(Self::Plain(stream))
    }

    pub(crate) fn stream(&mut self) -> &mut dyn Stream {
        match self {
            Self::Plain(stream) => stream,
            Self::Layered(stream) => stream,
        }
    }

    fn boxed(self) -> Box<dyn Stream> {
        match self {
            Self::Plain(stream) => Box::new(stream),
            Self::Layered(stream) => stream,
        }
    }

    /// TLS from here on. The server is verified before anything else is written.
    pub(crate) async fn encrypt(self, tls: &Tls, host: &str) -> Result<Self, Error> {
        let name = tls
            .name_for(host)
            .map_err(|error| Error::because(ErrorKind::Tls, "starting TLS", error))?;
        let stream = TlsConnector::from(tls.config())
            .connect(name, self.boxed())
            .await
            .map_err(|error| Error::io("starting TLS", error))?;
        Ok(Self::Layered(Box::new(stream)))
    }

    /// Compression from here on; `input` is what was read of it already.
    pub(crate) fn compress(self, encoder: Encoder, decoder: Decoder, input: BytesMut) -> Self {
        Self::Layered(Box::new(Coded::new(self.boxed(), encoder, decoder, input)))
    }
}
