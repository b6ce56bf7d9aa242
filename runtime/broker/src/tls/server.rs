//! From files to a server's configuration.

use std::fs;
use std::io;
use std::path::Path;
use std::sync::Arc;

use rustls::crypto::{CryptoProvider, ring};
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::server::danger::ClientCertVerifier;
use rustls::server::{NoServerSessionStorage, WebPkiClientVerifier};
use rustls::{CipherSuite, RootCertStore, ServerConfig};

use super::any_certificate::AnyCertificate;
use super::options::{ClientAuthPolicy, TlsOptions};

/// Go's order, which decides: the server chooses.
const PREFERRED: [CipherSuite; 3] = [
    CipherSuite::TLS13_AES_128_GCM_SHA256,
    CipherSuite::TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256,
    CipherSuite::TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256,
];

/// Reads the files.
///
/// # Errors
/// A file that cannot be read or used, by its name, and what was expected.
pub(super) fn configure(options: &TlsOptions) -> io::Result<ServerConfig> {
    let provider = Arc::new(provider());
    let builder = ServerConfig::builder_with_provider(Arc::clone(&provider))
        .with_safe_default_protocol_versions()
        .map_err(|error| unusable(&options.cert, error))?;
    let builder = match verifier(options, provider)? {
        Some(verifier) => builder.with_client_cert_verifier(verifier),
        None => builder.with_no_client_auth(),
    };
    let key = PrivateKeyDer::from_pem_slice(&read(&options.key)?).map_err(|_| {
        let expected =
            "no private key in it: expected PEM in PKCS#8, PKCS#1 or SEC1, not encrypted";
        unusable(&options.key, expected)
    })?;
    let mut config = builder
        .with_single_cert(certificates(&options.cert)?, key)
        .map_err(|error| unusable(&options.key, error))?;
    config.ignore_client_order = true;
    // A handshake is cheap here, and nothing has to be kept for the next one.
    config.session_storage = Arc::new(NoServerSessionStorage {});
    config.send_tls13_tickets = 0;
    Ok(config)
}

fn provider() -> CryptoProvider {
    let mut provider = ring::default_provider();
    let place = |suite| PREFERRED.iter().position(|preferred| *preferred == suite);
    // The sort is stable: others stay as they are, behind.
    provider
        .cipher_suites
        .sort_by_key(|suite| place(suite.suite()).unwrap_or(PREFERRED.len()));
    provider
}

fn verifier(
    options: &TlsOptions,
    provider: Arc<CryptoProvider>,
) -> io::Result<Option<Arc<dyn ClientCertVerifier>>> {
    match (options.client_auth_policy, &options.root_ca_file) {
        (None, _) => Ok(None),
        (Some(ClientAuthPolicy::Require), _) => Ok(Some(Arc::new(AnyCertificate::new(&provider)))),
        (Some(ClientAuthPolicy::RequireVerify), None) => Err(io::Error::new(
            io::ErrorKind::InvalidInput,
            "TLS: clients' certificates are to be verified, but by which CA? Set root_ca_file",
        )),
        (Some(ClientAuthPolicy::RequireVerify), Some(file)) => {
            let mut roots = RootCertStore::empty();
            for certificate in certificates(file)? {
                roots
                    .add(certificate)
                    .map_err(|error| unusable(file, error))?;
            }
            let verifier = WebPkiClientVerifier::builder_with_provider(Arc::new(roots), provider);
            let verifier = verifier.build().map_err(|error| unusable(file, error))?;
            Ok(Some(verifier))
        }
    }
}

fn certificates(file: &Path) -> io::Result<Vec<CertificateDer<'static>>> {
    let pem = read(file)?;
    let all: Result<Vec<_>, _> = CertificateDer::pem_slice_iter(&pem).collect();
    all.ok().filter(|all| !all.is_empty()).ok_or_else(|| {
        let expected =
            "no certificate in it: expected PEM, beginning with -----BEGIN CERTIFICATE-----";
        unusable(file, expected)
    })
}

fn read(file: &Path) -> io::Result<Vec<u8>> {
    fs::read(file).map_err(|error| {
        let what = format!("TLS: {}: cannot be read: {error}", file.display());
        io::Error::new(error.kind(), what)
    })
}

fn unusable(file: &Path, what: impl std::fmt::Display) -> io::Error {
    io::Error::new(
        io::ErrorKind::InvalidData,
        format!("TLS: {}: {what}", file.display()),
    )
}
