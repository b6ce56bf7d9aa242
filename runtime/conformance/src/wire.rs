//! A socket, and TLS over it where a probe begins it.

use std::io::{self, ErrorKind, Read, Write};
use std::net::{Shutdown, SocketAddr, TcpStream};
use std::sync::Arc;
use std::time::Duration;

use kubefuncs_testkit::{Ca, KeyPair};
use rustls::crypto::ring;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, ServerName};
use rustls::{ClientConfig, ClientConnection, RootCertStore, SupportedProtocolVersion};

use crate::PATIENCE;

/// Whom a client trusts, and what it shows of itself.
#[derive(Clone, Debug)]
pub struct Trust(Arc<ClientConfig>);

impl Trust {
    /// Servers with a certificate of this CA.
    pub fn of(ca: &Ca) -> Trust {
        Trust::new(ca, None, rustls::ALL_VERSIONS)
    }

    /// As [`Trust::of`], and speaks TLS 1.2 only.
    pub fn of_old(ca: &Ca) -> Trust {
        Trust::new(ca, None, &[&rustls::version::TLS12])
    }

    /// As [`Trust::of`], and shows this certificate.
    pub fn showing(ca: &Ca, pair: &KeyPair) -> Trust {
        Trust::new(ca, Some(pair), rustls::ALL_VERSIONS)
    }

    fn new(
        ca: &Ca,
        pair: Option<&KeyPair>,
        versions: &[&'static SupportedProtocolVersion],
    ) -> Trust {
        let mut roots = RootCertStore::empty();
        let certificate = CertificateDer::from_pem_file(ca.file()).unwrap();
        roots.add(certificate).unwrap();
        let builder = ClientConfig::builder_with_provider(Arc::new(ring::default_provider()))
            .with_protocol_versions(versions)
            .unwrap()
            .with_root_certificates(roots);
        Trust(Arc::new(match pair {
            None => builder.with_no_client_auth(),
            Some(pair) => {
                let cert = CertificateDer::from_pem_file(pair.cert_file()).unwrap();
                let key = PrivateKeyDer::from_pem_file(pair.key_file()).unwrap();
                builder.with_client_auth_cert(vec![cert], key).unwrap()
            }
        }))
    }
}

/// Bytes to and from a server.
#[derive(Debug)]
pub(crate) struct Wire {
    tcp: TcpStream,
    tls: Option<Box<ClientConnection>>,
}

impl Wire {
    #[track_caller]
    pub(crate) fn connect(addr: SocketAddr) -> Wire {
        let tcp = TcpStream::connect(addr).expect("a server that listens");
        tcp.set_nodelay(true).unwrap();
        tcp.set_write_timeout(Some(PATIENCE)).unwrap();
        Wire { tcp, tls: None }
    }

    /// TLS from here on, on the bare socket; an error of either side.
    pub(crate) fn encrypt(&mut self, trust: &Trust) -> io::Result<()> {
        self.wait_for(PATIENCE);
        let name = ServerName::from(self.tcp.peer_addr()?.ip());
        let config = Arc::clone(&trust.0);
        let tls = ClientConnection::new(config, name).map_err(io::Error::other)?;
        let tls = self.tls.insert(Box::new(tls));
        while tls.is_handshaking() {
            tls.complete_io(&mut self.tcp)?;
        }
        Ok(())
    }

    /// How long reading waits.
    pub(crate) fn wait_for(&self, span: Duration) {
        self.tcp.set_read_timeout(Some(span)).unwrap();
    }

    pub(crate) fn close_half(&self) {
        self.tcp.shutdown(Shutdown::Write).unwrap();
    }
}

impl Read for Wire {
    fn read(&mut self, piece: &mut [u8]) -> io::Result<usize> {
        let Some(tls) = &mut self.tls else {
            return self.tcp.read(piece);
        };
        match rustls::Stream::new(&mut **tls, &mut self.tcp).read(piece) {
            // nsqd ends TLS as it ends TCP: without a farewell.
            Err(error) if error.kind() == ErrorKind::UnexpectedEof => Ok(0),
            read => read,
        }
    }
}

impl Write for Wire {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        match &mut self.tls {
            None => self.tcp.write(bytes),
            Some(tls) => rustls::Stream::new(&mut **tls, &mut self.tcp).write(bytes),
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        match &mut self.tls {
            None => self.tcp.flush(),
            Some(tls) => rustls::Stream::new(&mut **tls, &mut self.tcp).flush(),
        }
    }
}
