//! Messages and heartbeats to one connection.

use std::future::pending;
use std::io;
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::{Mutex, oneshot};
use tokio::time::{Instant, Interval, MissedTickBehavior, interval_at};

use super::identify::Terms;
use super::output::Output;
use crate::hub::{Hub, Signals};
use crate::model::{ClientId, Delivery, Take};

const HEARTBEAT: &[u8] = b"_heartbeat_";

/// Delivers to one connection until it ends, or a write fails. In the latter case the connection
/// lives on without it, as in nsqd, for as long as nothing else has to be written.
#[derive(Debug)]
pub(super) struct Pump {
    pub(super) hub: Arc<Hub>,
    pub(super) id: ClientId,
    pub(super) signals: Arc<Signals>,
    pub(super) output: Arc<Mutex<Output>>,
    pub(super) terms: Terms,
}

/// What there is to do when no timer says otherwise.
enum Next {
    Deliver(Delivery),
    /// The window is full: what is in the buffer must not wait.
    Flush,
}

impl Pump {
    pub(super) async fn run(mut self, identified: oneshot::Receiver<Terms>) {
        if let Err(error) = self.deliver(identified).await {
            tracing::debug!(client = self.id.0, %error, "nothing more can be delivered");
        }
    }

    async fn deliver(&mut self, mut identified: oneshot::Receiver<Terms>) -> io::Result<()> {
        let signals = Arc::clone(&self.signals);
        let mut heartbeat = ticker(self.terms.heartbeat);
        // Runs freely, so that a tick that has passed while nothing was to be flushed comes at
        // once later: sparse messages seem fast for that reason.
        let mut flusher = ticker(self.terms.flush_every);
        let mut listens = true;
        let mut flushed = true;
        loop {
            let next = tokio::select! {
                biased;
                () = signals.closed.cancelled() => return Ok(()),
                terms = &mut identified, if listens => {
                    listens = false;
                    if let Ok(terms) = terms {
                        self.terms = terms;
                        heartbeat = ticker(terms.heartbeat);
                        flusher = ticker(terms.flush_every);
                    }
                    continue;
                }
                () = tick(&mut heartbeat) => {
                    self.output.lock().await.response(HEARTBEAT).await?;
                    continue;
                }
                () = tick(&mut flusher), if !flushed => Next::Flush,
                next = self.next(flushed) => next,
            };
            match next {
                Next::Flush => {
                    self.output.lock().await.flush().await?;
                    flushed = true;
                }
                Next::Deliver(message) => {
                    self.output.lock().await.message(&message).await?;
                    flushed = false;
                }
            }
        }
    }

    /// Waits for something to do. Nothing is lost when it is dropped: a message is taken only to
    /// be returned at once.
    async fn next(&self, flushed: bool) -> Next {
        loop {
            self.hub.gate.pass().await;
            let Terms {
                msg_timeout,
                sample_rate,
                ..
            } = self.terms;
            let found = self
                .hub
                .with(|nsqd, now| nsqd.take(self.id, msg_timeout, sample_rate, now));
            match found {
                Take::Message(message) => return Next::Deliver(message),
                Take::NotReady if !flushed => return Next::Flush,
                Take::NotReady | Take::Empty => self.signals.wake.notified().await,
            }
        }
    }
}

fn ticker(every: Option<Duration>) -> Option<Interval> {
    let every = every.filter(|every| !every.is_zero())?;
    let mut interval = interval_at(Instant::now() + every, every);
    interval.set_missed_tick_behavior(MissedTickBehavior::Skip);
    Some(interval)
}

async fn tick(ticker: &mut Option<Interval>) {
    match ticker {
        Some(ticker) => {
            ticker.tick().await;
        }
        None => pending().await,
    }
}
