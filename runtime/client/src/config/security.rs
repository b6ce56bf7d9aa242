//! How connections to brokers are secured.

use kubefuncs_nsq::{AuthSecret, ConnectionConfig, Tls};

use super::vars::Vars;

/// How connections to brokers are secured: read from files at start, and never shown.
///
/// - `NSQ_TLS`, default false: whether connections are encrypted. The broker's certificate is
///   verified, and a broker that offers no TLS is not spoken to.
/// - `NSQ_TLS_CA`, default the public authorities: a file of certificates (PEM) that the broker's
///   must come from.
/// - `NSQ_TLS_CERT`, `NSQ_TLS_KEY`, default none: files of our own certificate and its key (PEM), for
///   brokers that ask for one.
/// - `NSQ_AUTH_SECRET_FILE`, default none: a file with the secret that proves to brokers who we are.
///   It is sent over TLS only, and read anew for each connection.
#[derive(Debug, Clone, Default)]
pub struct Security {
    tls: Option<Tls>,
    auth: Option<AuthSecret>,
}

impl Security {
    pub(super) fn read(vars: &mut Vars) -> Self {
        let wanted = vars.one_of("NSQ_TLS", &[("false", false), ("true", true)]);
        let files = [
            "NSQ_TLS_CA",
            "NSQ_TLS_CERT",
            "NSQ_TLS_KEY",
            "NSQ_AUTH_SECRET_FILE",
        ];
        let [ca, cert, key, secret] = files.map(|name| vars.path(name).map(|path| (name, path)));
        if !wanted {
            // To pass over one of them would send in clear what was to be kept.
            for (name, _) in [ca, cert, key, secret].into_iter().flatten() {
                vars.problem(name, "is set, but NSQ_TLS is not `true`");
            }
            return Self::default();
        }
        let roots = match &ca {
            Some((name, path)) => vars.made(name, Tls::ca_file(path)),
            None => vars.made("NSQ_TLS", Tls::public_roots()),
        };
        let tls = match (cert, key) {
            (Some((name, cert)), Some((_, key))) => {
                roots.and_then(|tls| vars.made(name, tls.client_cert_files(&cert, &key)))
            }
            (Some((name, _)), None) => {
                vars.problem(name, "is set, but NSQ_TLS_KEY is not");
                None
            }
            (None, Some((name, _))) => {
                vars.problem(name, "is set, but NSQ_TLS_CERT is not");
                None
            }
            (None, None) => roots,
        };
        let auth = secret.and_then(|(name, path)| vars.made(name, AuthSecret::file(path)));
        Self { tls, auth }
    }

    /// Whether connections are encrypted.
    pub(super) fn has_tls(&self) -> bool {
        self.tls.is_some()
    }

    /// Whether a secret is sent to brokers.
    pub(crate) fn has_secret(&self) -> bool {
        self.auth.is_some()
    }

    pub(crate) fn apply(&self, connection: &mut ConnectionConfig) {
        connection.tls.clone_from(&self.tls);
        connection.auth.clone_from(&self.auth);
    }
}
