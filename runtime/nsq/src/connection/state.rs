//! What a connection knows, apart from its socket: commands go in and bytes come out, frames go in
//! and deliveries and outcomes come out.

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use kubefuncs_nsq_proto::{Command, ErrorCode, Frame, Message, MessageId, Response, ServerError};
use tokio::sync::mpsc;
use tokio::time::Instant;
use tracing::{debug, warn};

use super::output::Output;
use super::pending::Pending;
use super::window::Window;
use super::{Connection, Op, Shared};
use crate::config::{ConnectionConfig, OutputBuffer, bounded};
use crate::error::{Error, ErrorKind};
use crate::fate::{Fate, LostReason};
use crate::inbox::{Inbox, Unstarted};
use crate::inflight::InFlight;
use crate::receipt::{ReceiptSlot, Settled};

/// So many are many.
const MANY: u32 = 4;

pub(crate) struct State {
    shared: Arc<Shared>,
    /// For deliveries to answer by; it alone does not keep the connection open.
    ops: mpsc::WeakUnboundedSender<Op>,
    in_flight: InFlight,
    inbox: Option<Arc<Inbox>>,
    /// The most messages that can be in flight unless nsqd ignores RDY.
    most: u32,
    window: Window,
    /// Of the messages that came in one go: when nsqd took the first and the last, and how many.
    came: Option<([i64; 2], u32)>,
    /// Messages that a sink took, and whose FIN is not written yet.
    sunk: u32,
    pub(super) output: Output,
}

impl State {
    pub(crate) fn new(
        shared: Arc<Shared>,
        ops: mpsc::WeakUnboundedSender<Op>,
        config: &ConnectionConfig,
    ) -> Self {
        let granted = |ms: Option<u64>| ms.map(|ms| bounded(Duration::from_millis(ms)));
        let identity = &shared.identity;
        let msg_timeout = granted(identity.msg_timeout)
            .or(config.msg_timeout.map(bounded))
            .unwrap_or(Duration::from_secs(60))
            .max(Duration::from_millis(100));
        let longest = granted(identity.max_msg_timeout).unwrap_or(Duration::from_secs(900));
        let output = Output::new(shared.limits.max_body as usize, shared.vitals.clone());
        Self {
            in_flight: InFlight::new(msg_timeout, longest.max(msg_timeout)),
            shared,
            ops,
            inbox: None,
            most: 0,
            window: Window::new(
                config.output_buffer == OutputBuffer::Adaptive,
                Instant::now(),
            ),
            came: None,
            sunk: 0,
            output,
        }
    }

    /// Whether much is under way at once.
    pub(super) fn is_busy(&self) -> bool {
        self.known() >= MANY || self.output.is_crowded()
    }

    /// How long nsqd may take to answer before it counts as stalled.
    pub(super) fn stall_bound(&self) -> Duration {
        self.shared.vitals.stall_bound()
    }

    pub(super) fn stalled(&self, stalled: bool) {
        self.shared.stalled.send_replace(stalled);
    }

    /// How often to tick, if at all.
    pub(super) fn tick_every(&self) -> Option<Duration> {
        (self.in_flight.len() > 0).then(|| self.in_flight.tick_every())
    }

    pub(super) fn tick(&mut self, now: Instant) {
        let before = self.in_flight.len();
        let mut touched = Vec::new();
        self.in_flight.tick(now, |id| touched.push(id));
        touched
            .into_iter()
            .for_each(|id| self.output.tell(&Command::touch(id)));
        if self.in_flight.len() < before {
            self.sweep();
        }
    }

    /// All that came in one go is taken.
    pub(super) fn arrived(&mut self, now: Instant) {
        if let Some((took, count)) = self.came.take() {
            self.window.arrived(took, count, self.known(), now);
        }
    }

    /// Tells nsqd the window, if it is time to.
    pub(super) fn turn(&mut self, now: Instant) {
        let in_flight = self.count();
        let writing = !self.output.is_empty();
        if let Some(window) = self.window.turn(in_flight, writing, now) {
            self.output.tell(&Command::ready(window));
        }
    }

    pub(super) fn look_at_the_window(&mut self, now: Instant) {
        self.window.tick(self.count(), now);
    }

    /// When the window is to be looked at again.
    pub(super) fn window_due(&self) -> Option<Instant> {
        self.window.deadline(self.count())
    }

    /// So many more bytes were written.
    pub(super) fn wrote(&mut self, bytes: usize) {
        self.output.wrote(bytes);
        if self.output.is_empty() {
            self.sunk = 0;
        }
    }

    pub(super) fn apply(&mut self, op: Op, now: Instant) {
        match op {
            Op::Publish {
                command,
                slot,
                joins,
            } => _ = self.output.publish(command, slot, joins, now),
            Op::Answer {
                id,
                serial,
                command,
                slot,
                joins,
            } => {
                let goes = self.output.publish(command, slot, joins, now);
                match self.in_flight.answer(id, serial) {
                    true if goes => self.output.finish(id),
                    true => self.give_back(id),
                    false => {}
                }
            }
            Op::Finish {
                id,
                serial,
                receipt,
            } => {
                self.settle_delivery(id, serial, &Command::finish(id), receipt, now);
            }
            Op::Requeue {
                id,
                serial,
                delay,
                receipt,
            } => {
                let command = Command::requeue(id, delay, &self.shared.limits);
                self.settle_delivery(id, serial, &command, receipt, now);
            }
            Op::Ready(count) => {
                // Timeouts let nsqd push more than RDY for a while, and RDY can shrink under what
                // is in flight.
                self.most = self.most.max(count.saturating_mul(2).saturating_add(64));
                self.window.grant(count);
            }
            Op::Subscribe {
                command,
                inbox,
                done,
            } => {
                self.inbox = Some(inbox);
                self.output.ask(&command, Pending::Subscribe(done), now);
            }
            Op::Drain { done } => {
                self.output
                    .ask(&Command::close(), Pending::Drain(done), now);
            }
            Op::Stop => {
                for id in self.in_flight.lose_all(LostReason::Closed) {
                    self.give_back(id);
                }
                self.sweep();
            }
        }
        self.show();
    }

    fn settle_delivery(
        &mut self,
        id: MessageId,
        serial: u64,
        command: &Command,
        receipt: ReceiptSlot,
        now: Instant,
    ) {
        if !self.in_flight.answer(id, serial) {
            let _ = receipt.send(Settled::Lost(LostReason::TimedOut));
            return;
        }
        if receipt.is_closed() {
            self.output.tell(command);
        } else {
            self.output
                .mark(command, Pending::Receipt(id, receipt), now);
        }
    }

    /// Takes one frame of nsqd. An error ends the connection.
    pub(super) fn frame(&mut self, frame: Frame, now: Instant) -> Result<(), Error> {
        match frame {
            Frame::Response(Response::Heartbeat) => self.output.tell(&Command::nop()),
            Frame::Response(Response::Ok | Response::CloseWait) => {
                if !self.output.answered(now) {
                    return Err(Error::new(
                        ErrorKind::Protocol,
                        "reading an answer to nothing",
                    ));
                }
                self.shared.on_trial.store(false, Ordering::Relaxed);
            }
            Frame::Response(Response::Other(_)) => {
                debug!(nsqd = %self.shared.address, "unknown response");
            }
            Frame::Error(error) if error.is_fatal() => {
                self.output.refused(&error, now);
                return Err(Error::refused("running a command", error));
            }
            Frame::Error(error) => self.late(&error),
            Frame::Message(message) => self.message(message, now)?,
        }
        self.show();
        Ok(())
    }

    /// A FIN, REQ or TOUCH came too late.
    fn late(&mut self, error: &ServerError) {
        debug!(nsqd = %self.shared.address, %error, "too late");
        let Some(id) = error.message_id() else { return };
        if error.code == ErrorCode::TouchFailed {
            self.in_flight.lose(id);
            self.sweep();
        } else if let Some(Pending::Receipt(_, receipt)) = self.output.take_receipt(id) {
            let _ = receipt.send(Settled::Lost(LostReason::TimedOut));
        }
    }

    fn message(&mut self, message: Message, now: Instant) -> Result<(), Error> {
        let Some(inbox) = self.inbox.clone() else {
            return Err(Error::new(
                ErrorKind::Protocol,
                "reading a message without a subscription",
            ));
        };
        self.shared.delivered.fetch_add(1, Ordering::Relaxed);
        self.shared.vitals.delivered();
        let id = message.id;
        let took = message.timestamp_ns;
        let (first, count) = self
            .came
            .map_or((took, 0), |(took, count)| (took[0], count));
        self.came = Some(([first, took], count + 1));
        if self.known() >= self.most {
            return Err(Error::new(
                ErrorKind::Protocol,
                "reading more messages than RDY allows",
            ));
        }
        if let Some(sink) = inbox.sink() {
            sink.take(message);
            self.sunk += 1;
            self.output.tell(&Command::finish(id));
            return Ok(());
        }
        let fate = Arc::new(Fate::new(now + self.shared.touch_for));
        let serial = self.in_flight.insert(id, now, fate.clone());
        let taken = self.ops.upgrade().is_some_and(|ops| {
            let connection = Connection {
                ops,
                shared: self.shared.clone(),
            };
            inbox
                .push(Unstarted {
                    message,
                    serial,
                    fate,
                    connection,
                })
                .is_ok()
        });
        if !taken {
            // Nobody will handle it here: somebody else should, at once.
            self.in_flight.answer(id, serial);
            self.give_back(id);
        }
        Ok(())
    }

    /// The connection is over. Everything that waits for an outcome has one after this.
    pub(super) fn end(&mut self, reason: &Error) {
        if self.shared.end.borrow().is_some() {
            return;
        }
        let lost = match reason.kind() {
            ErrorKind::Closed => LostReason::Closed,
            _ => LostReason::Disconnected,
        };
        let given_up = self.in_flight.lose_all(lost).len();
        if given_up > 0 {
            warn!(nsqd = %self.shared.address, given_up, "in flight on a connection that ended");
        }
        self.output.lost();
        self.sweep();
        self.show();
        self.shared.room.close();
        self.shared.end.send_replace(Some(reason.clone()));
    }

    /// To be delivered again at once, here or elsewhere.
    fn give_back(&mut self, id: MessageId) {
        let command = Command::requeue(id, Duration::ZERO, &self.shared.limits);
        self.output.tell(&command);
    }

    fn sweep(&self) {
        if let Some(inbox) = &self.inbox {
            inbox.sweep();
        }
    }

    /// What is in flight once all that is queued is written.
    fn count(&self) -> u32 {
        u32::try_from(self.in_flight.len()).unwrap_or(u32::MAX)
    }

    /// What is in flight as far as nsqd can know.
    fn known(&self) -> u32 {
        self.count().saturating_add(self.sunk)
    }

    /// Shows others what is in flight.
    fn show(&self) {
        self.shared.in_flight.store(self.count(), Ordering::Relaxed);
    }
}

impl Drop for State {
    /// However it ends, with its runtime for instance: nobody waits for what never comes.
    fn drop(&mut self) {
        self.end(&Error::new(ErrorKind::Closed, "running"));
    }
}
