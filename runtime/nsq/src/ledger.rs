//! Which command an answer of nsqd belongs to, and what became of those that get none.
//!
//! nsqd runs the commands of a connection strictly in order and answers in that order, so a queue
//! is enough. Besides commands that are answered it holds *marks*: commands without an answer (FIN,
//! REQ) whose fate shows in the answer to a later command. Pure: bytes are counted, not written.

use std::collections::VecDeque;

use kubefuncs_nsq_proto::{ErrorCode, ServerError};
use tokio::time::Instant;

/// What became of a command.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Outcome {
    /// nsqd ran it.
    Acked,
    /// nsqd refused it with this error, and did not run it.
    Rejected(ServerError),
    /// nsqd never had all its bytes, or never looked at them.
    NotSent,
    /// It was written, and nothing is known of it since.
    Unknown,
}

#[derive(Debug)]
struct Entry<T> {
    /// Where its last byte stands in the stream, counted from the first one written.
    end: u64,
    queued: Instant,
    answered: bool,
    item: T,
}

/// The commands that were queued on one connection and whose outcome is not known.
#[derive(Debug)]
pub(crate) struct Ledger<T> {
    entries: VecDeque<Entry<T>>,
    answers_due: usize,
}

impl<T> Default for Ledger<T> {
    fn default() -> Self {
        Self {
            entries: VecDeque::new(),
            answers_due: 0,
        }
    }
}

impl<T> Ledger<T> {
    /// A command that nsqd answers.
    pub(crate) fn push(&mut self, end: u64, queued: Instant, item: T) {
        self.answers_due += 1;
        self.entries.push_back(Entry {
            end,
            queued,
            answered: true,
            item,
        });
    }

    /// A command that nsqd does not answer when it succeeds.
    pub(crate) fn push_mark(&mut self, end: u64, queued: Instant, item: T) {
        self.entries.push_back(Entry {
            end,
            queued,
            answered: false,
            item,
        });
    }

    /// How many answers are due.
    pub(crate) fn answers_due(&self) -> usize {
        self.answers_due
    }

    /// When the oldest command that is to be answered was queued.
    pub(crate) fn oldest(&self) -> Option<Instant> {
        self.entries
            .iter()
            .find(|entry| entry.answered)
            .map(|entry| entry.queued)
    }

    /// An answer came: the marks before the oldest answered command are done, and so is it.
    /// `false`: none was due.
    pub(crate) fn answer(&mut self, mut settle: impl FnMut(T, Outcome)) -> bool {
        if self.answers_due == 0 {
            return false;
        }
        while let Some(entry) = self.entries.pop_front() {
            settle(entry.item, Outcome::Acked);
            if entry.answered {
                self.answers_due -= 1;
                break;
            }
        }
        true
    }

    /// All bytes up to `written` are out. Marks that no answer will follow have nothing more to
    /// wait for.
    pub(crate) fn written(&mut self, written: u64, mut settle: impl FnMut(T, Outcome)) {
        let tail = self
            .entries
            .iter()
            .rposition(|entry| entry.answered)
            .map_or(0, |last| last + 1);
        while self
            .entries
            .get(tail)
            .is_some_and(|entry| entry.end <= written)
        {
            if let Some(entry) = self.entries.remove(tail) {
                settle(entry.item, Outcome::Unknown);
            }
        }
    }

    /// Takes out one mark: nsqd has told its fate by name.
    pub(crate) fn take_mark(&mut self, is: impl Fn(&T) -> bool) -> Option<T> {
        let at = self
            .entries
            .iter()
            .position(|entry| !entry.answered && is(&entry.item))?;
        self.entries.remove(at).map(|entry| entry.item)
    }

    /// nsqd sent an error that closes the connection. It is about the oldest unanswered command or
    /// about something before that; so this one did not run, and what comes after it was never
    /// looked at.
    pub(crate) fn refuse(&mut self, error: &ServerError, mut settle: impl FnMut(T, Outcome)) {
        let mut before = true;
        for entry in self.entries.drain(..) {
            let outcome = match (before, entry.answered) {
                (true, false) => Outcome::Unknown,
                (true, true) if error.code == ErrorCode::Invalid => Outcome::NotSent,
                // Messages before the failing one of an MPUB can be stored.
                (true, true) if error.code == ErrorCode::MpubFailed => Outcome::Unknown,
                (true, true) => Outcome::Rejected(error.clone()),
                (false, _) => Outcome::NotSent,
            };
            before &= !entry.answered;
            settle(entry.item, outcome);
        }
        self.answers_due = 0;
    }

    /// The connection is gone without a word. What was not written whole was not run.
    pub(crate) fn lose(&mut self, written: u64, mut settle: impl FnMut(T, Outcome)) {
        for entry in self.entries.drain(..) {
            let outcome = if entry.end <= written {
                Outcome::Unknown
            } else {
                Outcome::NotSent
            };
            settle(entry.item, outcome);
        }
        self.answers_due = 0;
    }
}

#[cfg(test)]
mod tests;
