//! A publish on its way: reserve room, send, learn the outcome.

use std::error::Error as StdError;
use std::fmt;
use std::future::{Future, poll_fn};
use std::pin::Pin;
use std::sync::atomic::{AtomicU8, Ordering};
use std::sync::{Arc, OnceLock};
use std::task::{Context, Poll};

use futures_util::task::AtomicWaker;
use kubefuncs_nsq_proto::{ServerError, SizeError};
use tokio::sync::OwnedSemaphorePermit;
use tokio::time::Instant;

use crate::error::Error;
use crate::ledger::Outcome;
use crate::node::Vitals;

/// What is known of a publish that was not acknowledged.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum PublishErrorKind {
    /// nsqd would refuse it for its size; nothing was written.
    Size,
    /// nsqd never looked at it: no connection, or the connection ended before.
    NotSent,
    /// nsqd refused it: [`PublishError::server_error`] says why.
    Rejected,
    /// It was written, and then no answer came: nsqd may have stored it.
    Unknown,
}

/// A publish was not acknowledged.
#[derive(Clone, Debug)]
pub struct PublishError {
    kind: PublishErrorKind,
    source: Option<Arc<dyn StdError + Send + Sync>>,
}

impl PublishError {
    pub(crate) fn not_sent(reason: Option<Error>) -> Self {
        Self {
            kind: PublishErrorKind::NotSent,
            source: reason.map(|reason| Arc::new(reason) as _),
        }
    }

    fn unknown() -> Self {
        Self {
            kind: PublishErrorKind::Unknown,
            source: None,
        }
    }

    /// What is known.
    #[must_use]
    pub fn kind(&self) -> PublishErrorKind {
        self.kind
    }

    /// Whether nsqd may have stored the message: sending it again may make two of it.
    #[must_use]
    pub fn may_be_stored(&self) -> bool {
        self.kind == PublishErrorKind::Unknown
    }

    /// Whether sending it again, later or to another nsqd, may succeed. It says nothing about
    /// duplicates: see [`PublishError::may_be_stored`].
    #[must_use]
    pub fn is_retryable(&self) -> bool {
        self.kind != PublishErrorKind::Size
    }

    /// What nsqd answered.
    #[must_use]
    pub fn server_error(&self) -> Option<&ServerError> {
        self.source.as_deref()?.downcast_ref()
    }
}

impl From<SizeError> for PublishError {
    fn from(error: SizeError) -> Self {
        Self {
            kind: PublishErrorKind::Size,
            source: Some(Arc::new(error)),
        }
    }
}

impl fmt::Display for PublishError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self.kind {
            PublishErrorKind::Size => "the message cannot be published",
            PublishErrorKind::NotSent => "the message was not sent",
            PublishErrorKind::Rejected => "the message was rejected",
            PublishErrorKind::Unknown => {
                "the message was sent, but no answer came: it may be stored"
            }
        })?;
        match &self.source {
            Some(source) => write!(f, ": {source}"),
            None => Ok(()),
        }
    }
}

impl StdError for PublishError {
    fn source(&self) -> Option<&(dyn StdError + 'static)> {
        self.source.as_deref().and_then(StdError::source)
    }
}

const QUEUED: u8 = 0;
const TAKEN: u8 = 1;
const CANCELLED: u8 = 2;

/// What both ends of a publish share.
#[derive(Debug)]
struct Ticket {
    claim: AtomicU8,
    outcome: OnceLock<Outcome>,
    /// Who waits for any outcome, and who only for a failure.
    on_outcome: AtomicWaker,
    on_failure: AtomicWaker,
}

impl Ticket {
    fn swap(&self, to: u8) -> bool {
        self.claim
            .compare_exchange(QUEUED, to, Ordering::AcqRel, Ordering::Acquire)
            .is_ok()
    }

    /// The first outcome stays.
    fn settle(&self, outcome: Outcome) {
        let acked = matches!(outcome, Outcome::Acked);
        if self.outcome.set(outcome).is_ok() {
            self.on_outcome.wake();
            if !acked {
                self.on_failure.wake();
            }
        }
    }

    fn outcome(&self) -> Option<Result<(), PublishError>> {
        Some(match self.outcome.get()? {
            Outcome::Acked => Ok(()),
            Outcome::Rejected(error) => Err(PublishError {
                kind: PublishErrorKind::Rejected,
                source: Some(Arc::new(error.clone())),
            }),
            Outcome::NotSent => Err(PublishError::not_sent(None)),
            Outcome::Unknown => Err(PublishError::unknown()),
        })
    }
}

/// The connection's end of a publish.
#[derive(Debug)]
pub(crate) struct PublishSlot {
    ticket: Arc<Ticket>,
    queued: Instant,
    vitals: Arc<Vitals>,
    /// Room in the connection's queue, given back with the outcome.
    _room: Option<OwnedSemaphorePermit>,
}

impl PublishSlot {
    pub(crate) fn new(
        room: Option<OwnedSemaphorePermit>,
        vitals: Arc<Vitals>,
    ) -> (Self, Publishing) {
        let ticket = Arc::new(Ticket {
            claim: AtomicU8::new(QUEUED),
            outcome: OnceLock::new(),
            on_outcome: AtomicWaker::new(),
            on_failure: AtomicWaker::new(),
        });
        let slot = Self {
            ticket: ticket.clone(),
            queued: Instant::now(),
            vitals,
            _room: room,
        };
        (slot, Publishing { ticket })
    }

    /// The connection is about to write it. `false`: it was cancelled.
    pub(crate) fn take(&self) -> bool {
        self.ticket.swap(TAKEN)
    }

    pub(crate) fn settle(self, outcome: Outcome, now: Instant) {
        self.vitals
            .published(&outcome, now.saturating_duration_since(self.queued));
        self.ticket.settle(outcome);
    }
}

impl Drop for PublishSlot {
    /// The connection's task can die with its runtime. Whether what was taken had been written is
    /// anyone's guess then.
    fn drop(&mut self) {
        self.ticket
            .settle(match self.ticket.claim.load(Ordering::Acquire) {
                TAKEN => Outcome::Unknown,
                _ => Outcome::NotSent,
            });
    }
}

/// The outcome of a publish that is queued: `Ok` once nsqd has acknowledged it. Dropping this
/// un-sends nothing.
#[derive(Debug)]
#[must_use = "a publish has succeeded only once this says so"]
pub struct Publishing {
    ticket: Arc<Ticket>,
}

impl Publishing {
    /// Takes the publish back, which works only as long as no byte of it was written. `true`: it is
    /// taken back, and its outcome is [`PublishErrorKind::NotSent`].
    pub fn cancel(&mut self) -> bool {
        self.ticket.swap(CANCELLED)
    }

    /// The outcome, if it is there.
    #[must_use]
    pub fn outcome(&self) -> Option<Result<(), PublishError>> {
        self.ticket.outcome()
    }

    /// Waits for the publish to fail. It never ends once nsqd has acknowledged it, and does not even
    /// wake the task then: for whoever waits for something that follows from the publish, such as an
    /// answer. Cancel safe.
    pub async fn failure(&mut self) -> PublishError {
        poll_fn(|cx| {
            self.ticket.on_failure.register(cx.waker());
            match self.ticket.outcome() {
                Some(Err(error)) => Poll::Ready(error),
                Some(Ok(())) | None => Poll::Pending,
            }
        })
        .await
    }
}

impl Future for Publishing {
    type Output = Result<(), PublishError>;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        self.ticket.on_outcome.register(cx.waker());
        match self.ticket.outcome() {
            Some(outcome) => Poll::Ready(outcome),
            None => Poll::Pending,
        }
    }
}
