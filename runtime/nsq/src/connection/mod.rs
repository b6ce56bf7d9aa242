//! One connection to one nsqd: a handle that is cheap to clone, and a task that owns the socket.
//!
//! The task alone reads and writes; handles put commands into its queue. It answers heartbeats,
//! touches what is in flight, and ends when nsqd is silent for too long. It never waits for a
//! consumer.

mod batch;
mod coded;
mod driver;
mod handshake;
mod health;
mod op;
mod output;
mod pending;
mod pulse;
mod reserve;
mod state;
mod transit;
mod transport;
mod window;

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU32, AtomicU64, Ordering};
use std::time::Duration;

use kubefuncs_nsq_proto::{Channel, Command, IdentifyReply, Limits, Topic};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::sync::{Semaphore, mpsc, oneshot, watch};
use tokio::time::timeout;

use crate::address::Address;
use crate::config::{ConnectionConfig, bounded};
use crate::error::{Error, ErrorKind};
use crate::inbox::Inbox;
use crate::node::Vitals;

use driver::{Driver, Flush};
use handshake::Greeting;
pub(crate) use op::Op;
pub use reserve::Reserved;
use transport::Transport;

/// What the handles and the task of one connection share.
#[derive(Debug)]
pub(crate) struct Shared {
    id: u64,
    address: Address,
    identity: IdentifyReply,
    limits: Limits,
    touch_for: Duration,
    /// Room for publishes that wait for their answer, in bytes.
    room: Arc<Semaphore>,
    room_size: u32,
    /// What the smallest publish takes of it, which bounds their number.
    least: u32,
    in_flight: AtomicU32,
    delivered: AtomicU64,
    subscribed: AtomicBool,
    vitals: Arc<Vitals>,
    /// Whether an answer is later than the node's own bound.
    stalled: watch::Sender<bool>,
    /// It was opened because the one before it stalled, and nothing is acknowledged yet.
    on_trial: AtomicBool,
    end: watch::Sender<Option<Error>>,
}

/// A connection to one nsqd. A clone is another handle to it; the last one dropped closes it, after
/// everything queued was written.
#[derive(Clone)]
pub struct Connection {
    ops: mpsc::UnboundedSender<Op>,
    shared: Arc<Shared>,
}

impl Connection {
    /// Connects and identifies. Must run inside a tokio runtime, which then also runs the
    /// connection's task. Dropping the future closes whatever was opened.
    ///
    /// # Errors
    /// [`Error`], with a kind that says whether it was the network, nsqd, or our configuration.
    pub async fn connect(address: &Address, config: &ConnectionConfig) -> Result<Self, Error> {
        Self::open(address, config, Vitals::new(config.stall)).await
    }

    /// As [`Connection::connect`], with the figures of its node.
    pub(crate) async fn open(
        address: &Address,
        config: &ConnectionConfig,
        vitals: Arc<Vitals>,
    ) -> Result<Self, Error> {
        let opening = async {
            let transport = Transport::open(address).await?;
            handshake::run(transport, address, config).await
        };
        let (transport, greeting) = timeout(config.connect_timeout, opening)
            .await
            .map_err(|_| Error::timeout("connecting"))??;

        Ok(match transport {
            Transport::Plain(stream) => {
                Self::over(stream, Flush::Needless, greeting, address, config, vitals)
            }
            Transport::Layered(stream) => {
                Self::over(stream, Flush::Needed, greeting, address, config, vitals)
            }
        })
    }

    /// Starts the task on a stream that has its greeting behind it.
    fn over<S>(
        stream: S,
        flush: Flush,
        greeting: Greeting,
        address: &Address,
        config: &ConnectionConfig,
        vitals: Arc<Vitals>,
    ) -> Self
    where
        S: AsyncRead + AsyncWrite + Send + 'static,
    {
        static NEXT: AtomicU64 = AtomicU64::new(0);
        let room_size = config.max_pending_bytes.clamp(1, u32::MAX >> 3);
        let shared = Arc::new(Shared {
            id: NEXT.fetch_add(1, Ordering::Relaxed),
            address: address.clone(),
            identity: greeting.identity,
            limits: config.limits,
            touch_for: bounded(config.touch_for),
            room: Arc::new(Semaphore::new(room_size as usize)),
            room_size,
            least: room_size.div_ceil(config.max_pending.max(1)),
            in_flight: AtomicU32::new(0),
            delivered: AtomicU64::new(0),
            subscribed: AtomicBool::new(false),
            vitals,
            stalled: watch::Sender::new(false),
            on_trial: AtomicBool::new(false),
            end: watch::Sender::new(None),
        });
        let (ops, queue) = mpsc::unbounded_channel();
        let state = state::State::new(shared.clone(), ops.downgrade(), config);
        let driver = Driver::new(stream, flush, greeting.rest, queue, state, config);
        tokio::spawn(driver.run());
        Self { ops, shared }
    }

    /// Where it leads.
    #[must_use]
    pub fn address(&self) -> &Address {
        &self.shared.address
    }

    /// What nsqd told about itself.
    #[must_use]
    pub fn identity(&self) -> &IdentifyReply {
        &self.shared.identity
    }

    /// What this nsqd is taken to accept.
    #[must_use]
    pub fn limits(&self) -> &Limits {
        &self.shared.limits
    }

    /// Whether it has ended.
    #[must_use]
    pub fn is_closed(&self) -> bool {
        self.shared.end.borrow().is_some()
    }

    /// Waits for its end, and says why. Cancel safe.
    pub async fn closed(&self) -> Error {
        let mut end = self.shared.end.subscribe();
        let ended = end.wait_for(Option::is_some).await;
        ended
            .ok()
            .and_then(|end| end.clone())
            .unwrap_or_else(|| Error::new(ErrorKind::Closed, "waiting"))
    }

    pub(crate) fn vitals(&self) -> Arc<Vitals> {
        self.shared.vitals.clone()
    }

    pub(crate) fn id(&self) -> u64 {
        self.shared.id
    }

    /// Queues a command. On a connection that has ended, what waits for its outcome is told.
    pub(crate) fn send(&self, op: Op) {
        if let Err(mpsc::error::SendError(op)) = self.ops.send(op) {
            op.refuse();
        }
    }

    /// Subscribes, and waits for nsqd's `OK`. RDY is still 0 then.
    pub(crate) async fn subscribe(
        &self,
        topic: &Topic,
        channel: &Channel,
        inbox: Arc<Inbox>,
    ) -> Result<(), Error> {
        let (done, outcome) = oneshot::channel();
        let command = Command::subscribe(topic, channel);
        self.send(Op::Subscribe {
            command,
            inbox,
            done,
        });
        match outcome.await {
            Ok(result) => {
                self.shared
                    .subscribed
                    .store(result.is_ok(), Ordering::Relaxed);
                result
            }
            Err(_) => Err(Error::new(ErrorKind::Closed, "subscribing")),
        }
    }

    /// Whether nsqd has confirmed a subscription.
    pub(crate) fn is_subscribed(&self) -> bool {
        self.shared.subscribed.load(Ordering::Relaxed)
    }

    pub(crate) fn ready(&self, count: u32) {
        self.send(Op::Ready(count));
    }

    /// The largest window this nsqd takes.
    pub(crate) fn max_ready(&self) -> u32 {
        self.shared.identity.max_rdy_count.unwrap_or(2500)
    }

    pub(crate) fn in_flight(&self) -> u32 {
        self.shared.in_flight.load(Ordering::Relaxed)
    }

    pub(crate) fn delivered(&self) -> u64 {
        self.shared.delivered.load(Ordering::Relaxed)
    }
}

impl fmt::Debug for Connection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "Connection({} to {})",
            self.shared.id, self.shared.address
        )
    }
}

#[cfg(test)]
mod tests;
