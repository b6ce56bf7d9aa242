//! Certificates for tests, made on the spot.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU32, Ordering};

use rcgen::{BasicConstraints, CertificateParams, DnType, IsCa, Issuer, KeyPair as Key};
use tempfile::TempDir;

/// A certificate authority that exists for one test.
#[derive(Debug)]
pub struct Ca {
    issuer: Issuer<'static, Key>,
    pem: String,
    dir: TempDir,
}

impl Ca {
    /// A new one.
    ///
    /// # Panics
    /// When no key can be made or no file written.
    pub fn new() -> Ca {
        // Of two CAs of one name a client would report a bad signature, not an unknown issuer.
        static NEXT: AtomicU32 = AtomicU32::new(1);
        let number = NEXT.fetch_add(1, Ordering::Relaxed);
        let mut params = named(&format!("CA {number} for tests"), &[]);
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let key = Key::generate().expect("a key");
        let pem = params.self_signed(&key).expect("a certificate").pem();
        let dir = TempDir::with_prefix("kubefuncs-ca-").expect("a folder for the CA");
        let ca = Ca {
            issuer: Issuer::new(params, key),
            pem,
            dir,
        };
        fs::write(ca.file(), &ca.pem).expect("a CA file");
        ca
    }

    /// Its certificate, PEM.
    pub fn pem(&self) -> &str {
        &self.pem
    }

    /// The file of its certificate.
    pub fn file(&self) -> PathBuf {
        self.dir.path().join("ca.pem")
    }

    /// A certificate for these host names and IP addresses; for clients any name will do.
    ///
    /// # Panics
    /// As [`Ca::new`], and over a name that no certificate can have.
    pub fn issue(&self, names: &[&str]) -> KeyPair {
        let key = Key::generate().expect("a key");
        let params = named(names.first().copied().unwrap_or("nobody"), names);
        let cert = params.signed_by(&key, &self.issuer).expect("a certificate");
        KeyPair::write(&cert.pem(), &key.serialize_pem())
    }
}

impl Default for Ca {
    fn default() -> Ca {
        Ca::new()
    }
}

fn named(name: &str, hosts: &[&str]) -> CertificateParams {
    let hosts: Vec<String> = hosts.iter().map(|&host| host.to_owned()).collect();
    let mut params = CertificateParams::new(hosts).expect("names");
    params.distinguished_name.push(DnType::CommonName, name);
    params
}

/// A certificate and its key, as two PEM files that go with this value.
#[derive(Debug)]
pub struct KeyPair {
    dir: TempDir,
}

impl KeyPair {
    fn write(cert: &str, key: &str) -> KeyPair {
        let dir = TempDir::with_prefix("kubefuncs-cert-").expect("a folder for a certificate");
        let pair = KeyPair { dir };
        fs::write(pair.cert_file(), cert).expect("a certificate file");
        fs::write(pair.key_file(), key).expect("a key file");
        pair
    }

    /// The certificate.
    pub fn cert_file(&self) -> PathBuf {
        self.path().join("cert.pem")
    }

    /// Its key.
    pub fn key_file(&self) -> PathBuf {
        self.path().join("key.pem")
    }

    fn path(&self) -> &Path {
        self.dir.path()
    }
}
