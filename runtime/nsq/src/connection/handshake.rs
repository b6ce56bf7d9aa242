//! From an open stream to a connection that takes commands: magic, IDENTIFY, its reply.
//!
//! TLS, compression and AUTH, in this order, follow the reply and belong here.

use std::io::ErrorKind::UnexpectedEof;

use bytes::BytesMut;
use kubefuncs_nsq_proto::{Frame, FrameDecoder, IdentifyReply, MAGIC, Response};
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};

use crate::config::ConnectionConfig;
use crate::error::{Error, ErrorKind};

const IDENTIFYING: &str = "identifying";

/// What the handshake leaves.
pub(crate) struct Greeting {
    pub(crate) identity: IdentifyReply,
    /// Bytes read beyond the reply.
    pub(crate) rest: BytesMut,
}

pub(crate) async fn run<S>(stream: &mut S, config: &ConnectionConfig) -> Result<Greeting, Error>
where
    S: AsyncRead + AsyncWrite + Unpin,
{
    let mut out = BytesMut::from(&MAGIC[..]);
    config.identify()?.encode(&mut out);
    stream
        .write_all(&out)
        .await
        .map_err(|error| Error::io(IDENTIFYING, error))?;

    let mut rest = BytesMut::new();
    let identity = match read_frame(stream, &mut rest).await? {
        Frame::Response(Response::Other(json)) => IdentifyReply::parse(&json)
            .map_err(|error| Error::because(ErrorKind::Protocol, IDENTIFYING, error))?,
        // A server that negotiates nothing.
        Frame::Response(Response::Ok) => IdentifyReply::default(),
        Frame::Error(error) => return Err(Error::refused(IDENTIFYING, error)),
        _ => return Err(Error::new(ErrorKind::Protocol, IDENTIFYING)),
    };
    if identity.auth_required {
        return Err(Error::new(
            ErrorKind::Config,
            "identifying: nsqd requires AUTH",
        ));
    }
    Ok(Greeting { identity, rest })
}

async fn read_frame<S: AsyncRead + Unpin>(
    stream: &mut S,
    input: &mut BytesMut,
) -> Result<Frame, Error> {
    // The reply is small, whatever messages may be.
    let decoder = FrameDecoder::new(64 << 10);
    loop {
        if let Some(frame) = decoder.decode(input).map_err(Error::decode)? {
            return Ok(frame);
        }
        let read = stream
            .read_buf(input)
            .await
            .map_err(|error| Error::io(IDENTIFYING, error))?;
        if read == 0 {
            return Err(Error::ended(IDENTIFYING, UnexpectedEof));
        }
    }
}
