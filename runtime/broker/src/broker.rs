//! A running broker: ports, tasks, and what tests do to it.

use std::io;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::net::TcpListener;
use tokio::task::JoinSet;
use tokio::time::{Instant, MissedTickBehavior, interval_at};
use tokio_util::sync::CancellationToken;

use crate::config::BrokerConfig;
use crate::http::{self, Identity, Pages};
use crate::hub::Hub;
use crate::listen;
use crate::lookupd::{Lookupd, LookupdConfig, Peer};
use crate::model::Nsqd;
use crate::{VERSION, clock::Now, wire};

/// How often nsqd tells nsqlookupd that it is there.
const PING_INTERVAL: Duration = Duration::from_secs(15);

/// Where a broker listens.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Addresses {
    /// The NSQ protocol.
    pub tcp: SocketAddr,
    /// nsqd's HTTP endpoints.
    pub http: SocketAddr,
    /// The same, over TLS.
    pub https: Option<SocketAddr>,
    /// The HTTP endpoints of the directory that was started with the broker.
    pub lookupd_http: Option<SocketAddr>,
}

/// An nsqd in process, perhaps with a directory of its own.
///
/// Everything ends when it is dropped; [`Broker::stop`] waits for that.
#[derive(Debug)]
pub struct Broker {
    hub: Arc<Hub>,
    addresses: Addresses,
    lookupd: Option<Lookupd>,
    lookupds: Vec<Lookupd>,
    run: Mutex<Option<Run>>,
}

/// The ports, taken.
struct Listeners {
    tcp: TcpListener,
    http: TcpListener,
    https: Option<TcpListener>,
}

impl Listeners {
    async fn bind(
        tcp: SocketAddr,
        http: SocketAddr,
        https: Option<SocketAddr>,
    ) -> io::Result<Self> {
        Ok(Self {
            tcp: listen::bind(tcp).await?,
            http: listen::bind(http).await?,
            https: match https {
                Some(https) => Some(listen::bind(https).await?),
                None => None,
            },
        })
    }
}

/// The tasks between a start and a stop.
#[derive(Debug)]
struct Run {
    stop: CancellationToken,
    tasks: JoinSet<()>,
}

impl Drop for Run {
    fn drop(&mut self) {
        // Each task closes what it has opened, rather than being ended where it is.
        self.stop.cancel();
        self.tasks.detach_all();
    }
}

impl Drop for Broker {
    fn drop(&mut self) {
        // Whoever stands still has to go on in order to end.
        self.hub.gate.set(true);
    }
}

impl Broker {
    /// Starts a broker, empty, which listens when this returns.
    ///
    /// # Errors
    /// When an address cannot be listened on; or, with TLS or AUTH, a file or address of theirs
    /// cannot be used, which it names.
    pub async fn start(config: BrokerConfig) -> io::Result<Self> {
        let lookupd = match config.lookupd_http {
            Some(http) => Some(
                Lookupd::start(LookupdConfig {
                    http,
                    ..LookupdConfig::default()
                })
                .await?,
            ),
            None => None,
        };
        let lookupds = config.lookupds.iter().chain(&lookupd).cloned().collect();
        let hub = Arc::new(Hub::new(Arc::new(config), seed())?);
        let config = &hub.config;
        let https = config.https.filter(|_| hub.tls.is_some());
        let listeners = Listeners::bind(config.tcp, config.http, https).await?;
        let https = listeners.https.as_ref().map(TcpListener::local_addr);
        let addresses = Addresses {
            tcp: listeners.tcp.local_addr()?,
            http: listeners.http.local_addr()?,
            https: https.transpose()?,
            lookupd_http: lookupd.as_ref().map(Lookupd::http),
        };
        let broker = Self {
            hub,
            addresses,
            lookupd,
            lookupds,
            run: Mutex::new(None),
        };
        broker.launch(listeners);
        Ok(broker)
    }

    /// Where it listens; the same after a restart.
    pub fn addresses(&self) -> Addresses {
        self.addresses
    }

    /// The directory that was started with it.
    pub fn lookupd(&self) -> Option<&Lookupd> {
        self.lookupd.as_ref()
    }

    /// Closes everything and waits until it is closed.
    pub async fn stop(self) {
        self.end().await;
        if let Some(lookupd) = &self.lookupd {
            lookupd.stop();
        }
    }

    /// Ends as nsqd does at SIGTERM: all connections are closed at once. What is queued, in flight
    /// or deferred is there after [`Broker::restart`], without its delay; what is ephemeral is not.
    pub async fn terminate(&self) {
        self.end().await;
        self.start_over(Nsqd::restart);
    }

    /// Ends as nsqd does at SIGKILL: no message is there after [`Broker::restart`], only durable
    /// topics and channels, and whether they are paused.
    pub async fn crash(&self) {
        self.end().await;
        self.start_over(Nsqd::crash);
    }

    fn start_over(&self, how: fn(&mut Nsqd, Now)) {
        self.hub.with(how);
    }

    /// Listens again, on the same ports, after [`Broker::terminate`] or [`Broker::crash`].
    ///
    /// # Errors
    /// When somebody else has taken a port meanwhile, or it still runs.
    pub async fn restart(&self) -> io::Result<()> {
        let Addresses {
            tcp, http, https, ..
        } = self.addresses;
        let listeners = Listeners::bind(tcp, http, https).await?;
        self.hub.with(Nsqd::boot);
        self.launch(listeners);
        Ok(())
    }

    fn launch(&self, listeners: Listeners) {
        let hub = &self.hub;
        let identity = Identity {
            tcp: self.addresses.tcp,
            http: self.addresses.http,
            https: self.addresses.https,
            hostname: hostname(),
        };
        hub.join(
            self.lookupds
                .iter()
                .map(|lookupd| lookupd.join(peer(hub, &identity)))
                .collect(),
        );
        let stop = CancellationToken::new();
        let mut tasks = JoinSet::new();
        tasks.spawn(wire::accept(listeners.tcp, Arc::clone(hub), stop.clone()));
        let pages = Pages::Nsqd(Arc::clone(hub), Arc::new(identity));
        tasks.spawn(http::serve(
            listeners.http,
            pages.clone(),
            None,
            stop.clone(),
        ));
        if let (Some(https), Some(tls)) = (listeners.https, &hub.tls) {
            tasks.spawn(http::serve(https, pages, Some(tls.clone()), stop.clone()));
        }
        tasks.spawn(keep_time(Arc::clone(hub), stop.clone()));
        let run = Run { stop, tasks };
        *self.run.lock().unwrap_or_else(PoisonError::into_inner) = Some(run);
    }

    async fn end(&self) {
        let run = self
            .run
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .take();
        if let Some(mut run) = run {
            run.stop.cancel();
            // Whoever stands still has to go on in order to end.
            self.hub.gate.set(true);
            while run.tasks.join_next().await.is_some() {}
        }
        self.hub.leave();
    }

    /// Stands still as a process does after SIGSTOP: sockets stay open, nothing answers, time goes
    /// on. Its directory is another process, see [`Lookupd::pause`].
    pub fn pause(&self) {
        self.hub.gate.set(false);
    }

    /// Goes on after [`Broker::pause`].
    pub fn resume(&self) {
        self.hub.gate.set(true);
    }

    /// Delays each answer to a publish; the message itself is stored at once. Later commands of the
    /// same connection wait meanwhile. Zero ends it.
    pub fn delay_publish_replies(&self, delay: Duration) {
        self.hub.faults.set_delay(delay);
    }

    /// Loses the answers to the next `count` publishes to `topic`, and to no other from now on: each
    /// message is stored, and its connection reset.
    pub fn lose_publish_replies(&self, topic: &str, count: u32) {
        self.hub.faults.set_lost(topic, count);
    }

    /// Refuses the next `count` publishes to `topic`, and to no other from now on, as a full disk
    /// does: `E_PUB_FAILED` (or MPUB's or DPUB's), and the connection is closed.
    pub fn refuse_publishes(&self, topic: &str, count: u32) {
        self.hub.faults.set_refused(topic, count);
    }

    /// Resets all connections of clients; the broker goes on.
    pub fn reset_connections(&self) {
        self.hub.reset_all();
    }

    /// Sets the wall clock ahead (or back, if `ahead` is false): ids, timestamps and deadlines
    /// follow it. While it stands behind its past, publishing to existing topics hangs.
    pub fn step_clock(&self, by: Duration, ahead: bool) {
        let ns = crate::clock::nanos(by);
        self.hub.clock.step(if ahead { ns } else { -ns });
    }
}

fn peer(hub: &Hub, identity: &Identity) -> Peer {
    Peer {
        remote_address: identity.tcp.to_string(),
        hostname: identity.hostname.clone(),
        broadcast_address: hub.config.broadcast_address.clone(),
        tcp_port: identity.tcp.port(),
        http_port: identity.http.port(),
        version: VERSION.to_owned(),
    }
}

/// Scans queues for what is due, and tells directories that the broker lives.
async fn keep_time(hub: Arc<Hub>, stop: CancellationToken) {
    let options = &hub.config.nsqd;
    let every = |period: Duration| {
        let period = period.max(Duration::from_millis(1));
        let mut interval = interval_at(Instant::now() + period, period);
        interval.set_missed_tick_behavior(MissedTickBehavior::Skip);
        interval
    };
    let mut scan = every(options.queue_scan_interval);
    let mut refresh = every(options.queue_scan_refresh_interval);
    let mut ping = every(PING_INTERVAL);
    loop {
        tokio::select! {
            () = stop.cancelled() => return,
            _ = scan.tick() => {
                hub.gate.pass().await;
                hub.with(Nsqd::scan);
            }
            _ = refresh.tick() => {
                hub.gate.pass().await;
                hub.with(|nsqd, _| nsqd.refresh_scan());
            }
            _ = ping.tick() => {
                hub.gate.pass().await;
                hub.ping();
            }
        }
    }
}

fn hostname() -> String {
    let name = std::fs::read_to_string("/proc/sys/kernel/hostname").unwrap_or_default();
    let name = name.trim();
    if name.is_empty() { "localhost" } else { name }.to_owned()
}

fn seed() -> u64 {
    // Any number will do; it only decides which channels are scanned first.
    getrandom::u64().unwrap_or(1)
}
