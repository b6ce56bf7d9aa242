//! How far ahead of us nsqd may go: the window (RDY) of one connection, from message to message.
//!
//! nsqd gathers what it sends in a buffer, and writes it when the buffer is full, when its timer
//! fires (each 25 ms at the least), after any answer, and **when the window is full**. So a window
//! of just one more than is in flight has each message at once and in one write, where an unbuffered
//! connection costs nsqd three; but then each message waits for our word about the next. A wider one
//! has several messages written together, and the first of them wait for the last.
//!
//! So the window is always what is in flight and a few ahead, and the traffic says how few:
//!
//! - When the last message of a full window had to wait for us, the next window is wider: nsqd had
//!   more than it was allowed to send.
//! - When the messages of a window had to wait for each other, the next one is narrower.
//! - When nothing comes for a moment, what may be in nsqd's buffer is asked for, by a window of one
//!   ahead.
//!
//! What waited, and for how long, is told by nsqd's own timestamps against the quickest message of
//! late, so that its clock need not be ours.
//!
//! Pure: time comes from the caller.

use std::time::Duration;

use tokio::time::Instant;

use super::transit::Transit;

/// A wait that is worth less than what would save it.
const DELAY: Duration = Duration::from_micros(150);
/// How long nothing comes before nsqd's buffer is asked for, and how long our word about the next
/// message may wait to be written with something else. Timers ring up to a millisecond late; ones
/// that do not (timerfd) were tried, and ask too often to be worth it.
const QUIET: Duration = Duration::from_micros(250);
/// The most messages ahead: nsqd's buffer holds no more of the small ones, and to write more of the
/// large ones together gains nothing.
const WIDEST: u32 = 64;
/// So many full windows in a row must have kept messages waiting before the first widening.
const SURE: u8 = 3;
/// So many messages in a row come alone before it is taken that they always do.
const ALONE: u8 = 64;
/// After so long, what was too wide is tried again.
const FORGET: Duration = Duration::from_millis(500);

/// The window of one connection.
#[derive(Debug)]
pub(super) struct Window {
    /// Whether it follows the traffic; else it is always what is granted.
    follows: bool,
    /// The most that may be in flight.
    granted: u32,
    /// What nsqd was told last.
    told: u32,
    /// How far ahead nsqd may go.
    step: u32,
    /// How far is known to be too far, and until when.
    ceiling: u32,
    forget: Instant,
    /// Full windows in a row that kept messages waiting.
    pressed: u8,
    /// Falls with each message that comes while none is in flight.
    together: u8,
    /// The last message came then.
    last: Instant,
    /// Nothing came for so long; but it may be us who were held up, so this is looked at twice, with
    /// time to read in between.
    doubt: Option<Instant>,
    /// Nothing came for so long that the buffer was asked for.
    asked: bool,
    /// To be told without waiting for something else to be written.
    urgent: bool,
    transit: Transit,
}

impl Window {
    pub(super) fn new(follows: bool, now: Instant) -> Self {
        Self {
            follows,
            granted: 0,
            told: 0,
            step: 1,
            ceiling: WIDEST,
            forget: now,
            pressed: 0,
            together: 0,
            last: now,
            doubt: None,
            asked: false,
            urgent: false,
            transit: Transit::new(now),
        }
    }

    /// The most that may be in flight from now on.
    pub(super) fn grant(&mut self, granted: u32) {
        self.granted = granted;
        self.urgent = true;
    }

    /// Messages came in one go: when nsqd took the first and the last of them, and how many are in
    /// flight with them.
    pub(super) fn arrived(&mut self, took: [i64; 2], count: u32, in_flight: u32, now: Instant) {
        self.last = now;
        if !self.follows {
            return;
        }
        let waited = took.map(|took| self.transit.waited(took, now));
        let asked = std::mem::take(&mut self.asked);
        self.doubt = None;
        if asked && waited[0] >= QUIET / 2 {
            // They lay in the buffer, and would have for longer.
            self.ceiling = (self.ceiling / 2).max(1);
            self.forget = now + FORGET;
        } else if now >= self.forget {
            self.ceiling = (self.ceiling * 2).min(WIDEST);
            self.forget = now + FORGET;
        }
        self.together = match in_flight > count {
            true => ALONE,
            false => self.together.saturating_sub(1),
        };
        // Answers that nsqd has not read yet make a full window look less than full.
        let full = self.told.saturating_sub(in_flight) <= self.step / 2;
        if full && waited[1] > DELAY {
            self.together = ALONE;
            self.pressed = self.pressed.saturating_add(1);
            if self.step == self.ceiling && self.pressed >= 2 * SURE {
                // Too far it was, for fewer messages.
                self.ceiling = (self.ceiling * 2).min(WIDEST);
                self.pressed = 0;
            }
            if self.pressed >= SURE {
                self.step = (self.step * 2).min(self.ceiling);
            }
        } else {
            self.pressed = 0;
            if waited[0].saturating_sub(waited[1]) > DELAY {
                self.step = (self.step / 2).max(1);
            }
        }
        self.step = self.step.min(self.ceiling);
    }

    /// What to tell nsqd now, if anything; `writing`: something else is written anyway.
    pub(super) fn turn(&mut self, in_flight: u32, writing: bool, now: Instant) -> Option<u32> {
        let wanted = self.wanted(in_flight);
        let due = self.urgent
            || !self.follows
            || match self.told.saturating_sub(in_flight) {
                0 => writing || self.together > 0 || now >= self.last + QUIET,
                ahead => ahead >= self.step * 2 || writing && ahead * 2 < self.step,
            };
        if !due || wanted == self.told {
            return None;
        }
        self.urgent = false;
        self.told = wanted;
        Some(wanted)
    }

    fn wanted(&self, in_flight: u32) -> u32 {
        if self.follows {
            self.granted.min(in_flight.saturating_add(self.step))
        } else {
            self.granted
        }
    }

    /// When to look at the clock.
    pub(super) fn deadline(&self, in_flight: u32) -> Option<Instant> {
        let open = match self.told.saturating_sub(in_flight) {
            0 => self.wanted(in_flight) > self.told,
            ahead => ahead > 1,
        };
        (self.follows && open).then(|| self.doubt.unwrap_or(self.last) + QUIET)
    }

    /// Looks at the clock.
    pub(super) fn tick(&mut self, in_flight: u32, now: Instant) {
        if self.deadline(in_flight).is_some_and(|quiet| now >= quiet) {
            if self.told <= in_flight + 1 {
                self.urgent = true;
            } else if self.doubt.is_none() {
                self.doubt = Some(now);
            } else {
                self.doubt = None;
                self.asked = true;
                self.step = 1;
                self.pressed = 0;
                self.urgent = true;
            }
        }
    }
}

#[cfg(test)]
mod tests;
