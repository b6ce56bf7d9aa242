//! When a connection has to look at the clock, and what it finds.

use std::pin::Pin;
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncWrite};
use tokio::time::{Instant, Sleep};

use super::Driver;
use crate::error::Error;

impl<S: AsyncRead + AsyncWrite> Driver<S> {
    pub(super) fn feel_the_pulse(&mut self, now: Instant) {
        if self.pulse.look(self.state.output.oldest_due(), now) {
            self.state.stalled(self.pulse.is_stalled());
        }
    }

    pub(super) fn is_writing(&self) -> bool {
        !self.state.output.is_empty() || self.unflushed
    }

    /// When to look at the clock again if nothing else happens.
    pub(super) fn deadline(&self) -> Instant {
        let tick = self.state.tick_every().map(|every| self.ticked + every);
        let oldest = self.state.output.oldest_due();
        let reply = oldest.map(|since| since + self.reply_timeout);
        let stall = self.pulse.deadline(oldest);
        let write = self.is_writing().then(|| self.last_write + self.silence);
        // Nothing more is told to one we leave.
        let window = self.state.window_due().filter(|_| self.leaving.is_none());
        let leave = self.leaving.as_ref().map(|(_, until)| *until);
        let soonest = [tick, window, reply, stall, write, leave]
            .into_iter()
            .flatten()
            .min();
        let read = self.last_read + self.silence;
        soonest.map_or(read, |soonest| soonest.min(read))
    }

    /// A timer that rings early costs a look at the clock; setting it for each frame would cost
    /// more.
    pub(super) fn wind(&self, sleep: Pin<&mut Sleep>) {
        let deadline = self.deadline();
        if deadline < sleep.deadline() || sleep.is_elapsed() {
            sleep.reset(deadline);
        }
    }

    pub(super) fn look_at_the_clock(&mut self, now: Instant) -> Result<(), Error> {
        let passed = |since: Instant, limit: Duration| now >= since + limit;
        if self
            .leaving
            .as_ref()
            .is_some_and(|(_, until)| now >= *until)
        {
            return Err(Error::timeout("closing"));
        }
        if passed(self.last_read, self.silence) {
            return Err(Error::timeout("waiting for a heartbeat"));
        }
        if self
            .state
            .output
            .oldest_due()
            .is_some_and(|since| passed(since, self.reply_timeout))
        {
            return Err(Error::timeout("waiting for an answer"));
        }
        if self.is_writing() && passed(self.last_write, self.silence) {
            return Err(Error::timeout("writing"));
        }
        self.feel_the_pulse(now);
        self.state.look_at_the_window(now);
        if self
            .state
            .tick_every()
            .is_some_and(|every| passed(self.ticked, every))
        {
            self.ticked = now;
            self.about_to_write(now);
            self.state.tick(now);
            if self.mute {
                self.state.output.bytes.clear();
            }
        }
        Ok(())
    }
}
