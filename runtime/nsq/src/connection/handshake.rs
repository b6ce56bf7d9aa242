//! From an open stream to a connection that takes commands: magic, IDENTIFY and its reply, then TLS,
//! compression and AUTH, in this order, as far as they are wanted.
//!
//! Nothing secret is written before TLS where TLS is wanted; a server that does not have it is
//! refused.

use std::io::ErrorKind::UnexpectedEof;

use bytes::BytesMut;
use kubefuncs_nsq_proto::compress::{Decoder, Encoder};
use kubefuncs_nsq_proto::{Command, Frame, FrameDecoder, IdentifyReply, MAGIC, Response};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tracing::warn;

use super::transport::{Stream, Transport};
use crate::address::Address;
use crate::config::{Compression, ConnectionConfig};
use crate::error::{Error, ErrorKind};

const IDENTIFYING: &str = "identifying";
const STARTING_TLS: &str = "starting TLS";
const COMPRESSING: &str = "starting compression";
const AUTHENTICATING: &str = "authenticating";

/// What the handshake leaves.
pub(crate) struct Greeting {
    pub(crate) identity: IdentifyReply,
    /// Bytes read beyond the last reply.
    pub(crate) rest: BytesMut,
}

pub(crate) async fn run(
    mut transport: Transport,
    address: &Address,
    config: &ConnectionConfig,
) -> Result<(Transport, Greeting), Error> {
    let mut rest = BytesMut::new();
    let mut hello = BytesMut::from(&MAGIC[..]);
    config.identify()?.encode(&mut hello);
    let identity = match ask(transport.stream(), &hello, &mut rest, IDENTIFYING).await? {
        Frame::Response(Response::Other(json)) => IdentifyReply::parse(&json)
            .map_err(|error| Error::because(ErrorKind::Protocol, IDENTIFYING, error))?,
        // A server that negotiates nothing.
        Frame::Response(Response::Ok) => IdentifyReply::default(),
        _ => return Err(Error::new(ErrorKind::Protocol, IDENTIFYING)),
    };

    if let Some(tls) = &config.tls {
        if !identity.tls_v1 {
            let what = "starting TLS: nsqd does not offer it (-tls-cert and -tls-key), and without \
                        it nothing is sent";
            return Err(Error::new(ErrorKind::Tls, what));
        }
        // TLS begins with our word: whatever is here already was slipped in by somebody.
        if !rest.is_empty() {
            return Err(Error::new(ErrorKind::Protocol, STARTING_TLS));
        }
        transport = transport.encrypt(tls, address.host()).await?;
        confirmed(transport.stream(), &mut rest, STARTING_TLS).await?;
    }

    let coding = match config.compression {
        Compression::Snappy if identity.snappy => Some((Encoder::snappy(), Decoder::snappy())),
        Compression::Deflate { level } if identity.deflate => {
            let granted = identity
                .deflate_level
                .and_then(|level| u32::try_from(level).ok());
            Some((
                Encoder::deflate(granted.unwrap_or(level)),
                Decoder::deflate(),
            ))
        }
        Compression::None => None,
        _ => {
            warn!(nsqd = %address, "nsqd has compression switched off: going on without");
            None
        }
    };
    if let Some((encoder, decoder)) = coding {
        transport = transport.compress(encoder, decoder, rest.split());
        confirmed(transport.stream(), &mut rest, COMPRESSING).await?;
    }

    if identity.auth_required {
        authenticate(transport.stream(), config, &mut rest).await?;
    }
    Ok((transport, Greeting { identity, rest }))
}

async fn authenticate(
    stream: &mut dyn Stream,
    config: &ConnectionConfig,
    rest: &mut BytesMut,
) -> Result<(), Error> {
    let Some(secret) = &config.auth else {
        let what = "authenticating: nsqd requires AUTH, and no secret is configured";
        return Err(Error::new(ErrorKind::Config, what));
    };
    let bad = |error| Error::because(ErrorKind::Config, AUTHENTICATING, error);
    let secret = secret.read().map_err(bad)?;
    let command = Command::authenticate(secret, &config.limits)
        .map_err(|error| Error::because(ErrorKind::Config, AUTHENTICATING, error))?;
    let mut out = BytesMut::new();
    command.encode(&mut out);
    match ask(stream, &out, rest, AUTHENTICATING).await? {
        // Whose identity it is, and how many permissions it has: nothing to decide by.
        Frame::Response(Response::Other(_)) => Ok(()),
        _ => Err(Error::new(ErrorKind::Protocol, AUTHENTICATING)),
    }
}

/// Writes, and reads the answer.
async fn ask(
    stream: &mut dyn Stream,
    bytes: &[u8],
    rest: &mut BytesMut,
    doing: &'static str,
) -> Result<Frame, Error> {
    let written = async {
        stream.write_all(bytes).await?;
        stream.flush().await
    };
    written.await.map_err(|error| Error::io(doing, error))?;
    answer(stream, rest, doing).await
}

/// Reads the `OK` that says that a new layer works.
async fn confirmed(
    stream: &mut dyn Stream,
    rest: &mut BytesMut,
    doing: &'static str,
) -> Result<(), Error> {
    match answer(stream, rest, doing).await? {
        Frame::Response(Response::Ok) => Ok(()),
        _ => Err(Error::new(ErrorKind::Protocol, doing)),
    }
}

async fn answer(
    stream: &mut dyn Stream,
    rest: &mut BytesMut,
    doing: &'static str,
) -> Result<Frame, Error> {
    // Replies are small, whatever messages may be.
    let decoder = FrameDecoder::new(64 << 10);
    loop {
        match decoder.decode(rest).map_err(Error::decode)? {
            Some(Frame::Error(error)) => return Err(Error::refused(doing, error)),
            // nsqd sends them from IDENTIFY on, and expects nothing in return yet.
            Some(Frame::Response(Response::Heartbeat)) => {}
            Some(frame) => return Ok(frame),
            None => {
                let read = stream.read_buf(rest).await;
                if read.map_err(|error| Error::io(doing, error))? == 0 {
                    return Err(Error::ended(doing, UnexpectedEof));
                }
            }
        }
    }
}
