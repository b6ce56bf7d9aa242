//! TLS for clients: `options` → `server` (with `any_certificate`) → [`Tls`], which takes
//! connections and tells what came of it, with a `common_name`.

mod any_certificate;
mod common_name;
mod options;
mod server;

use std::io;
use std::sync::Arc;
use std::time::Duration;

use rustls::{CipherSuite, ProtocolVersion, ServerConfig, ServerConnection};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::time::timeout;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::server::TlsStream;

use crate::model::Encryption;

pub use options::{ClientAuthPolicy, TlsOptions, TlsRequired};

/// TLS as it is offered.
#[derive(Clone, Debug)]
pub(crate) struct Tls {
    config: Arc<ServerConfig>,
    pub(crate) required: TlsRequired,
}

/// What was agreed on with a client.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Agreed {
    pub(crate) encryption: Encryption,
    /// Of the client's certificate; empty without one.
    pub(crate) common_name: String,
}

impl Tls {
    /// Reads the files.
    ///
    /// # Errors
    /// A file that cannot be used, by its name.
    pub(crate) fn new(options: &TlsOptions) -> io::Result<Self> {
        Ok(Self {
            config: Arc::new(server::configure(options)?),
            required: options.requirement(),
        })
    }

    /// Waits for the client's half of a handshake, within `limit`.
    ///
    /// # Errors
    /// What the client did instead.
    pub(crate) async fn accept<S: AsyncRead + AsyncWrite + Unpin>(
        &self,
        stream: S,
        limit: Duration,
    ) -> io::Result<(TlsStream<S>, Agreed)> {
        let accepting = TlsAcceptor::from(Arc::clone(&self.config)).accept(stream);
        let stream = timeout(limit, accepting).await??;
        let agreed = agreed(stream.get_ref().1);
        Ok((stream, agreed))
    }
}

fn agreed(connection: &ServerConnection) -> Agreed {
    let certificate = connection
        .peer_certificates()
        .and_then(|chain| chain.first());
    let suite = connection.negotiated_cipher_suite();
    Agreed {
        encryption: Encryption {
            cipher_suite: suite.map_or_else(String::new, |suite| suite_name(suite.suite())),
            version: match connection.protocol_version() {
                Some(ProtocolVersion::TLSv1_3) => "TLS1.3",
                _ => "TLS1.2",
            },
        },
        common_name: certificate.map_or_else(String::new, |der| common_name::common_name(der)),
    }
}

/// nsqd knows few by name; those of TLS 1.3 are not among them.
fn suite_name(suite: CipherSuite) -> String {
    match suite {
        CipherSuite::TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256
        | CipherSuite::TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256 => format!("{suite:?}"),
        other => format!("Unknown {}", u16::from(other)),
    }
}
