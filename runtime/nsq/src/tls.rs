//! TLS to nsqd: always verified, by a CA of one's own or by the public ones.

use std::fmt;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use rustls::crypto::ring;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, ServerName};
use rustls::{ClientConfig, ConfigBuilder, RootCertStore, WantsVerifier};

/// A TLS configuration cannot be used.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum TlsError {
    /// A file cannot be read.
    #[error("{path}: cannot be read: {source}")]
    File {
        /// The file.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// There is no certificate in it.
    #[error(
        "{what}: no certificate in it: expected PEM, beginning with -----BEGIN CERTIFICATE-----"
    )]
    NoCertificate {
        /// The file, or what the bytes were meant for.
        what: String,
    },
    /// There is no private key in it.
    #[error("{what}: no private key in it: expected PEM in PKCS#8, PKCS#1 or SEC1, not encrypted")]
    NoKey {
        /// The file, or what the bytes were meant for.
        what: String,
    },
    /// A certificate or key that TLS cannot use, or a key of another certificate.
    #[error("{what}: {source}")]
    Unusable {
        /// The file, or what the bytes were meant for.
        what: String,
        /// Why.
        source: rustls::Error,
    },
    /// A server name that no certificate can have.
    #[error("{0:?} is no server name: expected a host name or an IP address")]
    ServerName(String),
}

/// How a connection is encrypted and the server verified. A clone shares everything.
///
/// There is no way to switch verification off: a server with a certificate of its own making is
/// verified by giving that certificate as the CA.
#[derive(Clone)]
pub struct Tls {
    roots: Arc<RootCertStore>,
    config: Arc<ClientConfig>,
    name: Option<ServerName<'static>>,
    own_ca: bool,
}

impl Tls {
    /// Servers with a certificate of a public CA, as browsers have them (Mozilla's list, built in).
    ///
    /// # Errors
    /// Never in practice: the list is part of the program.
    pub fn public_roots() -> Result<Self, TlsError> {
        let roots = webpki_roots::TLS_SERVER_ROOTS.iter().cloned().collect();
        Self::new(roots, false)
    }

    /// Servers with a certificate of one of the CAs in this PEM file, and no others.
    ///
    /// # Errors
    /// [`TlsError`]: a file that cannot be read, or has no usable certificate in it.
    pub fn ca_file(path: impl AsRef<Path>) -> Result<Self, TlsError> {
        let path = path.as_ref();
        Self::with_ca(&read(path)?, &path.display().to_string())
    }

    /// As [`Tls::ca_file`], from memory.
    ///
    /// # Errors
    /// [`TlsError`]: no usable certificate.
    pub fn ca_pem(pem: &[u8]) -> Result<Self, TlsError> {
        Self::with_ca(pem, "the CA")
    }

    fn with_ca(pem: &[u8], what: &str) -> Result<Self, TlsError> {
        let mut roots = RootCertStore::empty();
        for certificate in certificates(pem, what)? {
            roots.add(certificate).map_err(unusable(what))?;
        }
        Self::new(roots, true)
    }

    fn new(roots: RootCertStore, own_ca: bool) -> Result<Self, TlsError> {
        let roots = Arc::new(roots);
        let config = builder(roots.clone())?.with_no_client_auth();
        Ok(Self {
            roots,
            config: Arc::new(config),
            name: None,
            own_ca,
        })
    }

    /// Shows this certificate (with its chain) to servers that ask for one. Both files are PEM, and
    /// are read now, not again.
    ///
    /// # Errors
    /// [`TlsError`]: a file that cannot be read or used, or a key of another certificate.
    pub fn client_cert_files(
        self,
        cert: impl AsRef<Path>,
        key: impl AsRef<Path>,
    ) -> Result<Self, TlsError> {
        let (cert, key) = (cert.as_ref(), key.as_ref());
        let names = (cert.display().to_string(), key.display().to_string());
        self.with_client_cert((&read(cert)?, &names.0), (&read(key)?, &names.1))
    }

    /// As [`Tls::client_cert_files`], from memory.
    ///
    /// # Errors
    /// [`TlsError`]: a certificate or key that cannot be used, or do not belong together.
    pub fn client_cert_pem(self, cert: &[u8], key: &[u8]) -> Result<Self, TlsError> {
        self.with_client_cert((cert, "the client certificate"), (key, "the client key"))
    }

    fn with_client_cert(
        self,
        (cert, cert_name): (&[u8], &str),
        (key, key_name): (&[u8], &str),
    ) -> Result<Self, TlsError> {
        let chain = certificates(cert, cert_name)?;
        let key = PrivateKeyDer::from_pem_slice(key).map_err(|_| TlsError::NoKey {
            what: key_name.to_owned(),
        })?;
        let config = builder(self.roots.clone())?
            .with_client_auth_cert(chain, key)
            .map_err(unusable(key_name))?;
        Ok(Self {
            config: Arc::new(config),
            ..self
        })
    }

    /// Verifies servers under this name, whatever address is dialled: for servers that are dialled
    /// by IP address and have a name in their certificates.
    ///
    /// # Errors
    /// [`TlsError::ServerName`].
    pub fn server_name(self, name: &str) -> Result<Self, TlsError> {
        Ok(Self {
            name: Some(parse_name(name)?),
            ..self
        })
    }

    /// Whether only servers that were meant can have a certificate that passes: a public CA gives
    /// one to any host, for its own name.
    pub(crate) fn singles_out(&self) -> bool {
        self.own_ca || self.name.is_some()
    }

    pub(crate) fn config(&self) -> Arc<ClientConfig> {
        self.config.clone()
    }

    /// The name that the certificate of a server at `host` must have.
    pub(crate) fn name_for(&self, host: &str) -> Result<ServerName<'static>, TlsError> {
        match &self.name {
            Some(name) => Ok(name.clone()),
            None => parse_name(host),
        }
    }
}

impl fmt::Debug for Tls {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Tls")
            .field("own_ca", &self.own_ca)
            .field("server_name", &self.name)
            .finish_non_exhaustive()
    }
}

fn builder(
    roots: Arc<RootCertStore>,
) -> Result<ConfigBuilder<ClientConfig, rustls::client::WantsClientCert>, TlsError> {
    // The provider is named: a program may have several in its dependencies.
    let provider = Arc::new(ring::default_provider());
    let builder: ConfigBuilder<ClientConfig, WantsVerifier> =
        ClientConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .map_err(unusable("TLS"))?;
    Ok(builder.with_root_certificates(roots))
}

fn parse_name(name: &str) -> Result<ServerName<'static>, TlsError> {
    ServerName::try_from(name.to_owned()).map_err(|_| TlsError::ServerName(name.to_owned()))
}

fn read(path: &Path) -> Result<Vec<u8>, TlsError> {
    fs::read(path).map_err(|source| TlsError::File {
        path: path.to_owned(),
        source,
    })
}

fn certificates(pem: &[u8], what: &str) -> Result<Vec<CertificateDer<'static>>, TlsError> {
    let all: Result<Vec<_>, _> = CertificateDer::pem_slice_iter(pem).collect();
    all.ok()
        .filter(|all| !all.is_empty())
        .ok_or_else(|| TlsError::NoCertificate {
            what: what.to_owned(),
        })
}

fn unusable(what: &str) -> impl Fn(rustls::Error) -> TlsError + '_ {
    move |source| TlsError::Unusable {
        what: what.to_owned(),
        source,
    }
}
