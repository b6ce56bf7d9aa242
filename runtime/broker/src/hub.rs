//! The model, shared: one lock, one clock, and the connections that its effects reach.

use std::collections::HashMap;
use std::io;
use std::net::SocketAddr;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use bytes::Bytes;
use kubefuncs_nsq_proto::{Channel, Topic};
use tokio::sync::Notify;
use tokio_util::sync::CancellationToken;

use crate::auth::Authority;
use crate::clock::{Clock, Now};
use crate::config::BrokerConfig;
use crate::faults::{Faults, Gate};
use crate::lookupd::Membership;
use crate::memory::Ledger;
use crate::model::{Announcement, ClientId, Effects, Full, Message, Nsqd};
use crate::tls::{Tls, TlsRequired};

/// What a connection's tasks listen to.
#[derive(Debug)]
pub(crate) struct Signals {
    /// There may be a message, or room for one.
    pub(crate) wake: Notify,
    /// The socket is to be closed at once.
    pub(crate) closed: CancellationToken,
    /// And with a reset.
    pub(crate) reset: AtomicBool,
}

/// One nsqd with everything around the model.
#[derive(Debug)]
pub(crate) struct Hub {
    pub(crate) config: Arc<BrokerConfig>,
    pub(crate) tls: Option<Tls>,
    pub(crate) authority: Authority,
    pub(crate) clock: Clock,
    pub(crate) gate: Gate,
    pub(crate) faults: Faults,
    /// Bodies that are on their way in.
    pub(crate) receiving: Ledger,
    /// As nsqd numbers them: 2 is info.
    pub(crate) log_level: AtomicUsize,
    inner: Mutex<Inner>,
}

#[derive(Debug)]
struct Inner {
    nsqd: Nsqd,
    connections: HashMap<ClientId, Arc<Signals>>,
    memberships: Vec<Membership>,
}

impl Hub {
    /// # Errors
    /// A file for TLS or an auth server that cannot be used.
    pub(crate) fn new(config: Arc<BrokerConfig>, seed: u64) -> io::Result<Self> {
        let options = &config.nsqd;
        let tls = options.tls.as_ref().map(Tls::new).transpose()?;
        let authority = Authority::new(&options.auth_http_addresses)?;
        let clock = Clock::new();
        let nsqd = Nsqd::new(Arc::clone(&config), clock.now(), seed);
        Ok(Self {
            receiving: Ledger::new(config.bounds.receiving_bytes),
            config,
            tls,
            authority,
            clock,
            gate: Gate::open(),
            faults: Faults::default(),
            log_level: AtomicUsize::new(2),
            inner: Mutex::new(Inner {
                nsqd,
                connections: HashMap::new(),
                memberships: Vec::new(),
            }),
        })
    }

    /// Who has to use TLS.
    pub(crate) fn tls_required(&self) -> TlsRequired {
        self.tls
            .as_ref()
            .map_or(TlsRequired::No, |tls| tls.required)
    }

    fn lock(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Runs `f` on the model and carries out what it asks for. Never waits.
    pub(crate) fn with<R>(&self, f: impl FnOnce(&mut Nsqd, Now) -> R) -> R {
        let mut inner = self.lock();
        // Read within the lock, so that the model's time never runs backwards.
        let result = f(&mut inner.nsqd, self.clock.now());
        let effects = inner.nsqd.take_effects();
        inner.carry_out(&effects);
        result
    }

    /// A new connection, which `closed` ends.
    pub(crate) fn connect(
        &self,
        remote: SocketAddr,
        closed: CancellationToken,
    ) -> (ClientId, Arc<Signals>) {
        let signals = Arc::new(Signals {
            wake: Notify::new(),
            closed,
            reset: AtomicBool::new(false),
        });
        let id = self.with(|nsqd, now| nsqd.connect(remote, now));
        self.lock().connections.insert(id, Arc::clone(&signals));
        (id, signals)
    }

    pub(crate) fn disconnect(&self, id: ClientId) {
        self.lock().connections.remove(&id);
        self.with(|nsqd, _| nsqd.disconnect(id));
    }

    /// Ends all connections with a reset.
    pub(crate) fn reset_all(&self) {
        for signals in self.lock().connections.values() {
            signals.reset.store(true, Ordering::Relaxed);
            signals.closed.cancel();
        }
    }

    /// Registers with directories, and tells them everything there is.
    pub(crate) fn join(&self, memberships: Vec<Membership>) {
        let mut inner = self.lock();
        for announcement in inner.nsqd.announcements() {
            announce(&memberships, &announcement);
        }
        inner.memberships = memberships;
    }

    /// Leaves all directories, which forget this nsqd at once.
    pub(crate) fn leave(&self) {
        self.lock().memberships.clear();
    }

    /// Tells directories that this nsqd is alive.
    pub(crate) fn ping(&self) {
        self.lock().memberships.iter().for_each(Membership::ping);
    }

    /// Sees to it that the topic is there. A new one starts with the channels that the directories
    /// know, the ephemeral ones left out; for that nsqd asks all of them, and waits.
    pub(crate) async fn ensure_topic(&self, topic: &Topic) -> Result<(), Full> {
        if self.with(|nsqd, _| nsqd.has_topic(topic)) {
            return Ok(());
        }
        let lookupds: Vec<_> = {
            let inner = self.lock();
            inner.memberships.iter().map(Membership::lookupd).collect()
        };
        let mut channels: Vec<Channel> = Vec::new();
        for lookupd in lookupds {
            channels.extend(lookupd.channels_for_nsqd(topic).await);
        }
        channels.retain(|channel| !channel.is_ephemeral());
        self.with(|nsqd, now| nsqd.add_topic(topic, &channels, now))
    }

    /// Stores messages in a topic that [`Hub::ensure_topic`] has seen to, all with the same delay.
    pub(crate) async fn publish(
        &self,
        topic: &Topic,
        bodies: Vec<Bytes>,
        defer: Duration,
    ) -> Result<(), Full> {
        let mut messages = Vec::with_capacity(bodies.len());
        for body in bodies {
            messages.push(self.message(topic, &body, defer).await?);
        }
        self.with(|nsqd, now| nsqd.publish(topic, messages, now))
    }

    async fn message(&self, topic: &Topic, body: &Bytes, defer: Duration) -> Result<Message, Full> {
        loop {
            let made = self.with(|nsqd, now| nsqd.message(topic, body, defer, now))?;
            match made {
                Some(message) => return Ok(message),
                // The clock was set back, or this millisecond's ids are used up.
                None => tokio::time::sleep(Duration::from_millis(1)).await,
            }
        }
    }
}

impl Inner {
    fn carry_out(&self, effects: &Effects) {
        for announcement in &effects.announce {
            announce(&self.memberships, announcement);
        }
        for signals in effects
            .wake
            .iter()
            .filter_map(|id| self.connections.get(id))
        {
            signals.wake.notify_one();
        }
        for signals in effects
            .close
            .iter()
            .filter_map(|id| self.connections.get(id))
        {
            signals.closed.cancel();
        }
    }
}

fn announce(memberships: &[Membership], announcement: &Announcement) {
    for membership in memberships {
        membership.announce(announcement);
    }
}
