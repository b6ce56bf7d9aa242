//! What a server under test is told.

use std::time::Duration;

use kubefuncs_broker::{ClientAuthPolicy, NsqdOptions, TlsOptions, TlsRequired};
use kubefuncs_testkit::{AuthServer, Ca, KeyPair, NsqdOptions as Flags};

/// What a story needs other than nsqd's defaults.
#[derive(Clone, Copy, Debug)]
pub struct Settings {
    /// `-mem-queue-size`
    pub mem_queue_size: usize,
    /// `-max-msg-timeout`
    pub max_msg_timeout: Duration,
    /// `-max-req-timeout`
    pub max_req_timeout: Duration,
    /// `-max-channel-consumers`
    pub max_channel_consumers: usize,
    /// Whether there is a directory.
    pub lookupd: bool,
    /// Whether compression is granted.
    pub compression: bool,
    /// Whether TLS is, and for whom.
    pub tls: Option<TlsSettings>,
    /// Whether clients have to AUTH; the server then has an auth server of its own.
    pub auth: bool,
}

impl Default for Settings {
    fn default() -> Settings {
        Settings {
            mem_queue_size: 10_000,
            max_msg_timeout: Duration::from_secs(900),
            max_req_timeout: Duration::from_secs(3600),
            max_channel_consumers: 0,
            lookupd: false,
            compression: false,
            tls: None,
            auth: false,
        }
    }
}

impl Settings {
    /// Clients have to AUTH.
    pub fn guarded() -> Settings {
        Settings {
            auth: true,
            ..Settings::default()
        }
    }
}

/// TLS, by a certificate of the server's own CA.
#[derive(Clone, Copy, Debug)]
pub struct TlsSettings {
    /// `-tls-required`
    pub required: TlsRequired,
    /// `-tls-client-auth-policy`; the CA of clients is the server's.
    pub client_auth_policy: Option<ClientAuthPolicy>,
    /// The host that the certificate is for.
    pub host: &'static str,
}

impl Default for TlsSettings {
    fn default() -> TlsSettings {
        TlsSettings {
            required: TlsRequired::No,
            client_auth_policy: None,
            host: "127.0.0.1",
        }
    }
}

impl TlsSettings {
    /// Clients have to use it, and to show a certificate of the server's CA; HTTP stays open.
    pub fn mutual() -> TlsSettings {
        TlsSettings {
            required: TlsRequired::ExceptHttp,
            client_auth_policy: Some(ClientAuthPolicy::RequireVerify),
            ..TlsSettings::default()
        }
    }
}

/// What TLS and AUTH need, and has to live as long as the server.
#[derive(Debug)]
pub(crate) struct Security {
    tls: Option<(TlsSettings, Ca, KeyPair)>,
    auth: Option<AuthServer>,
}

impl Security {
    pub(crate) fn new(settings: &Settings) -> Security {
        let tls = settings.tls.map(|tls| {
            let ca = Ca::new();
            let pair = ca.issue(&[tls.host]);
            (tls, ca, pair)
        });
        Security {
            tls,
            auth: settings.auth.then(AuthServer::start),
        }
    }

    pub(crate) fn ca(&self) -> Option<&Ca> {
        self.tls.as_ref().map(|(_, ca, _)| ca)
    }

    pub(crate) fn auth(&self) -> Option<&AuthServer> {
        self.auth.as_ref()
    }

    /// nsqd's flags.
    pub(crate) fn flags(&self, settings: &Settings) -> Flags {
        let mut flags = Flags::default()
            .arg(format!("-snappy={}", settings.compression))
            .arg(format!("-deflate={}", settings.compression))
            .arg(format!("-mem-queue-size={}", settings.mem_queue_size))
            .arg(format!(
                "-max-msg-timeout={}ms",
                settings.max_msg_timeout.as_millis()
            ))
            .arg(format!(
                "-max-req-timeout={}ms",
                settings.max_req_timeout.as_millis()
            ))
            .arg(format!(
                "-max-channel-consumers={}",
                settings.max_channel_consumers
            ));
        if let Some((tls, ca, pair)) = &self.tls {
            let required = match tls.required {
                TlsRequired::No => "false",
                TlsRequired::ExceptHttp => "tcp-https",
                TlsRequired::Yes => "true",
            };
            flags = flags
                .tls(pair)
                .arg(format!("-tls-required={required}"))
                .arg(format!("-tls-root-ca-file={}", ca.file().display()));
            let policy = tls.client_auth_policy.map(|policy| match policy {
                ClientAuthPolicy::Require => "require",
                ClientAuthPolicy::RequireVerify => "require-verify",
            });
            if let Some(policy) = policy {
                flags = flags.arg(format!("-tls-client-auth-policy={policy}"));
            }
        }
        if let Some(auth) = &self.auth {
            flags = flags.auth(auth);
        }
        flags
    }

    /// The same for the embedded broker.
    pub(crate) fn options(&self, settings: &Settings) -> NsqdOptions {
        let tls = self.tls.as_ref().map(|(tls, ca, pair)| TlsOptions {
            client_auth_policy: tls.client_auth_policy,
            root_ca_file: Some(ca.file()),
            required: tls.required,
            ..TlsOptions::new(pair.cert_file(), pair.key_file())
        });
        let auth = self.auth.as_ref().map(|auth| auth.addr().to_string());
        NsqdOptions {
            mem_queue_size: settings.mem_queue_size,
            max_msg_timeout: settings.max_msg_timeout,
            max_req_timeout: settings.max_req_timeout,
            max_channel_consumers: settings.max_channel_consumers,
            snappy: settings.compression,
            deflate: settings.compression,
            tls,
            auth_http_addresses: auth.into_iter().collect(),
            ..NsqdOptions::default()
        }
    }
}
