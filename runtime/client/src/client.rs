//! The caller's side: events out, calls out, answers in.

mod call;
mod emit;
mod figures;
mod pending;
mod replies;
mod send;
mod submit;
mod watch;

use std::sync::Arc;
use std::sync::atomic::AtomicUsize;
use std::time::Duration;

use kubefuncs_messages::Event;
use kubefuncs_nsq::{Consumer, Discovery, NodeSet, Producer, Topic};
use tokio::sync::watch as channel;
use tokio_util::sync::{CancellationToken, DropGuard};

use crate::broker;
use crate::call::CallOptions;
use crate::config::Config;
use crate::connections::{self, Connections};
use crate::error::{CallError, CallErrorKind, Error};
use crate::event::new_event;
use crate::id;
use crate::metrics::Metrics;
use crate::payload::IntoPayload;
use crate::reply_topic;
use figures::Figures;
use pending::{Pending, Refused};
use watch::Watches;

pub use submit::{Outcome, OutcomeKind, Submission};
pub use watch::{ChannelState, NodeState, TopicState, TopicWatch};

/// The most calls that wait at once in one process. Each broker holds at most 10,000 replies of
/// one process in memory and drops what is beyond, so no more than that are ever under way.
const CALLS: usize = 8_192;

/// The most submitted events whose outcome is waited for at once: some 200 bytes each.
const SUBMISSIONS: usize = 65_536;

/// A connection to the functions behind a set of brokers. Cheap to clone; all clones share one
/// reply topic, and the last one dropped leaves the brokers.
///
/// - [`call`](Self::call) sends a request and waits for its answer;
/// - [`emit`](Self::emit) publishes an event that nobody waits for;
/// - [`submit`](Self::submit) publishes one, and tells later what became of it;
/// - [`watch`](Self::watch) tells whether anybody serves a topic, and how much waits there.
#[derive(Clone)]
pub struct Client {
    inner: Arc<Inner>,
}

struct Inner {
    config: Config,
    reply_topic: Topic,
    replies: Consumer,
    producer: Producer,
    /// Brokers whose reply subscription is confirmed: requests go to these only.
    confirmed: channel::Receiver<NodeSet>,
    pending: Pending,
    submitted: Pending,
    watches: Watches,
    figures: Figures,
    turn: AtomicUsize,
    /// Cancelled by [`Client::close`], and when the last clone is dropped.
    closed: CancellationToken,
    _closed: DropGuard,
    _discovery: Discovery,
}

impl std::fmt::Debug for Client {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Client")
            .field("reply_topic", &self.inner.reply_topic)
            .finish_non_exhaustive()
    }
}

impl Client {
    /// Starts connecting and returns at once: brokers may come and go, [`ready`](Self::ready)
    /// waits for the first. Counts in metrics of its own.
    ///
    /// # Errors
    /// When the system has no random numbers for the name of the reply topic.
    pub async fn connect(config: Config) -> Result<Self, Error> {
        Self::connect_with(config, &Metrics::new()).await
    }

    /// As [`connect`](Self::connect), counting in these metrics: those of a
    /// [`Function`](crate::Function) that calls others, for example.
    ///
    /// # Errors
    /// As [`connect`](Self::connect).
    pub async fn connect_with(config: Config, metrics: &Metrics) -> Result<Self, Error> {
        let random = id::base32().map_err(|error| Error::process("no random numbers", error))?;
        let reply_topic = reply_topic::name(&broker::host(), &random);
        let discovery = broker::discovery(&config);
        let figures = Figures::new(metrics.clone());
        let pending = Pending::new(CALLS, Some(figures.pending.clone()));
        let submitted = Pending::new(SUBMISSIONS, None);
        let waiting = replies::Waiting {
            calls: pending.clone(),
            submissions: submitted.clone(),
            unmatched: figures.unmatched.clone(),
        };
        let replies = replies::consumer(&config, &reply_topic, waiting);
        let replies = Consumer::start(replies, &discovery);
        let producer = broker::producer(&config, &discovery);
        let closed = CancellationToken::new();
        let connections = Connections {
            consumer: replies.clone(),
            producer: Some(producer.clone()),
        };
        let counted = connections::Figures::new(metrics);
        tokio::spawn(counted.follow(connections, closed.clone()));
        let brokers = watch::Brokers::new(&config, &discovery);
        let watches = Watches::start(brokers, replies.confirmed(), closed.clone());
        let inner = Inner {
            confirmed: replies.confirmed(),
            config,
            reply_topic,
            replies,
            producer,
            pending,
            submitted,
            watches,
            figures,
            turn: AtomicUsize::new(0),
            _closed: closed.clone().drop_guard(),
            closed,
            _discovery: discovery,
        };
        Ok(Self {
            inner: Arc::new(inner),
        })
    }

    /// Waits until at least one broker has confirmed the reply subscription: from then on a call
    /// can be answered. Returns, too, when the client is closed. Cancel-safe.
    pub async fn ready(&self) {
        let _ = self
            .inner
            .confirmed
            .clone()
            .wait_for(|nodes| !nodes.is_empty())
            .await;
    }

    /// Whether a call can be answered right now: at least one broker has a confirmed reply
    /// subscription.
    pub fn is_ready(&self) -> bool {
        !self.inner.confirmed.borrow().is_empty()
    }

    /// How many calls are waiting for their answer.
    pub fn pending(&self) -> usize {
        self.inner.pending.len()
    }

    /// How many replies came that no call was waiting for: after the deadline, a second time, or
    /// with an id that was never ours. They are acknowledged and forgotten. Clients with the same
    /// [`Metrics`] count together.
    pub fn unmatched_replies(&self) -> u64 {
        self.inner.figures.unmatched.get()
    }

    /// Where it counts.
    pub fn metrics(&self) -> &Metrics {
        &self.inner.figures.metrics
    }

    /// What is known of `topic` from the brokers that calls go to, for as long as the value lives:
    /// whether anybody serves it, whether it is paused, how much waits.
    ///
    /// The brokers' statistics are asked once a second while any topic is watched, and not
    /// otherwise; sooner where somebody cannot wait ([`TopicWatch::fresh`]), but never twice within
    /// 200 ms. Where they cannot be reached (their HTTP port is not for everybody) nothing is known,
    /// and the state says so.
    ///
    /// # Errors
    /// [`CallErrorKind::Invalid`] for what is no topic; [`CallErrorKind::TooManyPending`] when as
    /// many topics are watched as may.
    pub fn watch(&self, topic: &str) -> Result<TopicWatch, CallError> {
        let topic = topic_named(topic)?;
        self.inner.watches.watch(&topic).ok_or_else(|| {
            CallError::new(CallErrorKind::TooManyPending, "too many topics are watched")
        })
    }

    /// Refuses new calls, waits until those that are pending have ended (each has its own
    /// deadline), and gives the reply topic up. Outcomes of submitted events are not waited for.
    pub async fn close(&self) {
        self.inner.submitted.refuse();
        self.inner.pending.close().await;
        self.inner.closed.cancel();
        self.inner.replies.close(CLOSE_GRACE).await;
    }
}

/// Nothing runs in the reply consumer but reads; this long a broker may take to say goodbye.
const CLOSE_GRACE: Duration = Duration::from_secs(1);

/// A budget is a number of milliseconds in 32 bits.
const LONGEST: Duration = Duration::from_millis(u32::MAX as u64);

impl Inner {
    fn timeout(&self, options: &CallOptions) -> Duration {
        options.timeout.unwrap_or(self.config.timeout).min(LONGEST)
    }
}

fn topic_named(name: &str) -> Result<Topic, CallError> {
    Topic::new(name).map_err(|error| {
        CallError::new(CallErrorKind::Invalid, error.to_string()).with_source(error)
    })
}

/// An event under an id of our own: a caller's id would let it take somebody else's reply.
fn event(
    topic: &Topic,
    payload: impl IntoPayload,
    options: CallOptions,
) -> Result<Event, CallError> {
    let event = new_event(topic, payload).map_err(|error| {
        CallError::new(CallErrorKind::Unavailable, "no random numbers").with_source(error)
    })?;
    Ok(Event {
        metadata: options.metadata,
        ..event
    })
}

fn refused(refused: Refused) -> CallError {
    match refused {
        Refused::Full => CallError::new(
            CallErrorKind::TooManyPending,
            "too many calls wait for their answer",
        ),
        Refused::Closed => CallError::new(CallErrorKind::Closed, "the client is closing"),
    }
}
