//! How TLS is set up: nsqd's flags.

use std::path::PathBuf;

/// TLS for clients that ask for it, or for all: nsqd's flags `-tls-…`. TLS 1.2 and 1.3 are spoken;
/// what is older is not.
///
/// The files are PEM. They are read when the broker starts, and not again.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TlsOptions {
    /// `-tls-cert`: the certificate, with its chain.
    pub cert: PathBuf,
    /// `-tls-key`: its key, in PKCS#8, PKCS#1 or SEC1, not encrypted.
    pub key: PathBuf,
    /// `-tls-client-auth-policy`: whether clients need a certificate of their own.
    pub client_auth_policy: Option<ClientAuthPolicy>,
    /// `-tls-root-ca-file`: the CAs of clients' certificates, for
    /// [`ClientAuthPolicy::RequireVerify`]. Where nsqd takes the system's CAs if there is no such
    /// file, this broker does not start.
    pub root_ca_file: Option<PathBuf>,
    /// `-tls-required`. With a `client_auth_policy`, [`TlsRequired::No`] counts as
    /// [`TlsRequired::Yes`], as in nsqd.
    pub required: TlsRequired,
}

impl TlsOptions {
    /// TLS with this certificate, for clients that ask for it.
    pub fn new(cert: impl Into<PathBuf>, key: impl Into<PathBuf>) -> Self {
        Self {
            cert: cert.into(),
            key: key.into(),
            client_auth_policy: None,
            root_ca_file: None,
            required: TlsRequired::No,
        }
    }

    /// What `required` comes to.
    pub(crate) fn requirement(&self) -> TlsRequired {
        match self.required {
            TlsRequired::No if self.client_auth_policy.is_some() => TlsRequired::Yes,
            other => other,
        }
    }
}

/// Whether clients need a certificate.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ClientAuthPolicy {
    /// `require`: any certificate, whoever has signed it.
    Require,
    /// `require-verify`: one of a CA of [`TlsOptions::root_ca_file`].
    RequireVerify,
}

/// Who has to use TLS.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum TlsRequired {
    /// Nobody.
    #[default]
    No,
    /// `tcp-https`: clients of the NSQ protocol. HTTP stays open.
    ExceptHttp,
    /// `true`: everybody. HTTP without TLS is answered by 403 `TLS_REQUIRED`.
    Yes,
}
