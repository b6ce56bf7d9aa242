//! The caller's side: events out, calls out, answers in.

mod pending;
mod replies;
mod send;

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::time::Duration;

use kubefuncs_messages::{Any, Event};
use kubefuncs_nsq::{Consumer, Discovery, NodeSet, Producer, ProducerConfig, Topic};
use tokio::sync::watch;
use tokio::time::{Instant, timeout_at};
use tokio_util::sync::{CancellationToken, DropGuard};

use crate::broker;
use crate::call::{CallOptions, Reply};
use crate::config::Config;
use crate::error::{CallError, CallErrorKind, Error};
use crate::id;
use crate::payload::IntoPayload;
use crate::reply_topic;
use pending::{LIMIT, Pending, Refused};

/// A connection to the functions behind a set of brokers. Cheap to clone; all clones share one
/// reply topic, and the last one dropped leaves the brokers.
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
    confirmed: watch::Receiver<NodeSet>,
    pending: Pending,
    unmatched: Arc<AtomicU64>,
    turn: AtomicUsize,
    _reader: DropGuard,
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
    /// waits for the first.
    ///
    /// # Errors
    /// When the system has no random numbers for the name of the reply topic.
    pub async fn connect(config: Config) -> Result<Self, Error> {
        let random = id::base32().map_err(|error| Error::process("no random numbers", error))?;
        let reply_topic = reply_topic::name(&broker::host(), &random);
        let discovery = broker::discovery(&config);
        let replies = Consumer::start(replies::consumer(&config, &reply_topic), &discovery);
        let mut producer = ProducerConfig::default();
        producer.connection = broker::connection(&config);
        let producer = Producer::start(producer, &discovery);
        let pending = Pending::new(LIMIT);
        let unmatched = Arc::new(AtomicU64::new(0));
        let stop = CancellationToken::new();
        tokio::spawn(replies::read(
            replies.clone(),
            pending.clone(),
            Arc::clone(&unmatched),
            stop.clone(),
        ));
        let inner = Inner {
            confirmed: replies.confirmed(),
            config,
            reply_topic,
            replies,
            producer,
            pending,
            unmatched,
            turn: AtomicUsize::new(0),
            _reader: stop.drop_guard(),
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
    /// with an id that was never ours. They are acknowledged and forgotten.
    pub fn unmatched_replies(&self) -> u64 {
        self.inner.unmatched.load(Ordering::Relaxed)
    }

    /// Sends a request to the function behind `topic` and waits for its answer.
    ///
    /// The request goes to one broker with a confirmed reply subscription, in turn; when that one
    /// certainly did not take it, to one other. Whatever may have been stored is never sent again.
    ///
    /// Cancel-safe: dropping the future forgets the call, but takes nothing back that was sent.
    ///
    /// # Errors
    /// [`CallError`] says what went wrong, whether the function may have run, and which HTTP
    /// status fits.
    pub async fn call(
        &self,
        topic: &str,
        payload: impl IntoPayload,
        options: CallOptions,
    ) -> Result<Reply, CallError> {
        let topic = topic_named(topic)?;
        let deadline = Instant::now() + self.timeout(&options);
        let event = Event {
            r#return: self.inner.reply_topic.to_string(),
            ..event(&topic, payload, options)?
        };
        let mut waiting = self
            .inner
            .pending
            .register(event.id.clone())
            .map_err(refused)?;
        let exchange = async {
            tokio::select! {
                // A reply may overtake the broker's OK, and then it is all we want.
                biased;
                reply = waiting.reply() => return Ok(reply),
                sent = self.inner.send_call(&topic, event, deadline) => sent?,
            }
            Ok(waiting.reply().await)
        };
        match timeout_at(deadline, exchange).await {
            Ok(reply) => Reply::from_payload(reply?.payload),
            Err(_) => Err(CallError::new(
                CallErrorKind::Timeout,
                "no answer within the deadline",
            )),
        }
    }

    /// Publishes an event that nobody waits for; returns when a broker has confirmed it.
    ///
    /// # Errors
    /// [`CallErrorKind::Unknown`] when it was written and never confirmed.
    pub async fn emit(&self, topic: &str, payload: impl IntoPayload) -> Result<(), CallError> {
        self.emit_with(topic, payload, CallOptions::new()).await
    }

    /// As [`emit`](Self::emit), with metadata; `options.timeout` limits the wait for the
    /// confirmation.
    ///
    /// # Errors
    /// As [`emit`](Self::emit).
    pub async fn emit_with(
        &self,
        topic: &str,
        payload: impl IntoPayload,
        options: CallOptions,
    ) -> Result<(), CallError> {
        let topic = topic_named(topic)?;
        let deadline = Instant::now() + self.timeout(&options);
        let event = event(&topic, payload, options)?;
        self.inner.send_event(&topic, &event, deadline).await
    }

    /// Refuses new calls, waits until those that are pending have ended (each has its own
    /// deadline), and gives the reply topic up.
    pub async fn close(&self) {
        self.inner.pending.close().await;
        self.inner.replies.close(CLOSE_GRACE).await;
    }

    fn timeout(&self, options: &CallOptions) -> Duration {
        options
            .timeout
            .unwrap_or(self.inner.config.timeout)
            .min(LONGEST)
    }
}

/// Nothing runs in the reply consumer but reads; this long a broker may take to say goodbye.
const CLOSE_GRACE: Duration = Duration::from_secs(1);

/// A budget is a number of milliseconds in 32 bits.
const LONGEST: Duration = Duration::from_millis(u32::MAX as u64);

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
    let id = id::uuid().map_err(|error| {
        CallError::new(CallErrorKind::Unavailable, "no random numbers").with_source(error)
    })?;
    Ok(Event {
        id,
        topic: topic.to_string(),
        payload: Some(Any::from(payload.into_payload())),
        metadata: options.metadata,
        ..Event::default()
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
