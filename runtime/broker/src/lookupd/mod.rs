//! A directory of brokers: nsqlookupd in process.

mod membership;
mod registry;
mod tcp;

use std::io;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use kubefuncs_nsq_proto::{Channel, Topic};
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use crate::faults::Gate;
use crate::http;
use crate::listen;
pub(crate) use membership::Membership;
pub(crate) use registry::{Key, Peer, Registry};

/// nsqd gives up asking a directory after this long.
const NSQD_REQUEST_TIMEOUT: Duration = Duration::from_secs(5);

/// How to set up a [`Lookupd`].
#[derive(Clone, Debug)]
pub struct LookupdConfig {
    /// Where its HTTP endpoints are; port 0 takes a free one.
    pub http: SocketAddr,
    /// Where nsqd processes register by the protocol (`-lookupd-tcp-address`), if anywhere.
    /// Brokers of this crate register in process.
    pub tcp: Option<SocketAddr>,
    /// How long a silent nsqd is listed (`-inactive-producer-timeout`).
    pub inactive_producer_timeout: Duration,
    /// How long a tombstone hides an nsqd (`-tombstone-lifetime`).
    pub tombstone_lifetime: Duration,
}

impl Default for LookupdConfig {
    fn default() -> Self {
        Self {
            http: SocketAddr::from(([127, 0, 0, 1], 0)),
            tcp: None,
            inactive_producer_timeout: Duration::from_secs(300),
            tombstone_lifetime: Duration::from_secs(45),
        }
    }
}

/// A running directory: nsqlookupd's HTTP endpoints, and its protocol for nsqd processes. Clones
/// are the same one. It ends with [`Lookupd::stop`], or with the last clone and the last broker
/// that has joined.
#[derive(Clone, Debug)]
pub struct Lookupd(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    shared: Arc<Shared>,
    http: SocketAddr,
    tcp: Option<SocketAddr>,
    stop: CancellationToken,
}

impl Drop for Inner {
    fn drop(&mut self) {
        self.stop.cancel();
    }
}

/// What the endpoints serve.
#[derive(Debug)]
pub(crate) struct Shared {
    pub(crate) gate: Gate,
    registry: Mutex<Registry>,
}

impl Shared {
    pub(crate) fn registry(&self) -> MutexGuard<'_, Registry> {
        self.registry.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Lookupd {
    /// Starts one, empty.
    ///
    /// # Errors
    /// When an address cannot be listened on.
    pub async fn start(config: LookupdConfig) -> io::Result<Self> {
        let listener = listen::bind(config.http).await?;
        let address = listener.local_addr()?;
        let registry = Registry::new(config.inactive_producer_timeout, config.tombstone_lifetime);
        let shared = Arc::new(Shared {
            gate: Gate::open(),
            registry: Mutex::new(registry),
        });
        let stop = CancellationToken::new();
        let mut tcp_address = None;
        if let Some(tcp) = config.tcp {
            let listener = listen::bind(tcp).await?;
            let own = tcp::Own {
                tcp_port: listener.local_addr()?.port(),
                http_port: address.port(),
            };
            tcp_address = Some(listener.local_addr()?);
            tokio::spawn(tcp::accept(
                listener,
                Arc::clone(&shared),
                own,
                stop.clone(),
            ));
        }
        let pages = http::Pages::Lookupd(Arc::clone(&shared));
        tokio::spawn(http::serve(listener, pages, None, stop.clone()));
        Ok(Self(Arc::new(Inner {
            shared,
            http: address,
            tcp: tcp_address,
            stop,
        })))
    }

    /// Where its HTTP endpoints are.
    pub fn http(&self) -> SocketAddr {
        self.0.http
    }

    /// Where nsqd processes register, if anywhere.
    pub fn tcp(&self) -> Option<SocketAddr> {
        self.0.tcp
    }

    /// Stops answering without closing anything, as SIGSTOP does.
    pub fn pause(&self) {
        self.0.shared.gate.set(false);
    }

    /// Goes on after [`Lookupd::pause`].
    pub fn resume(&self) {
        self.0.shared.gate.set(true);
    }

    /// Closes all its ports. Brokers go on without it.
    pub fn stop(&self) {
        self.0.stop.cancel();
    }

    pub(crate) fn join(&self, peer: Peer) -> Membership {
        let id = self.0.shared.registry().join(peer, Instant::now());
        Membership::new(self.clone(), id)
    }

    pub(crate) fn registry(&self) -> MutexGuard<'_, Registry> {
        self.0.shared.registry()
    }

    /// The channels of a topic, as nsqd asks for them when the topic is new there.
    pub(crate) async fn channels_for_nsqd(&self, topic: &Topic) -> Vec<Channel> {
        if self.0.stop.is_cancelled() {
            return Vec::new();
        }
        let open = tokio::time::timeout(NSQD_REQUEST_TIMEOUT, self.0.shared.gate.pass()).await;
        match open {
            Ok(()) => self.registry().channels(topic.as_str()),
            Err(_) => Vec::new(),
        }
    }
}
