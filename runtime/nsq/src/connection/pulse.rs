//! Whether nsqd answers as fast as it is known to. Pure: time comes from the caller.

use std::time::Duration;

use tokio::time::Instant;

/// A late answer may be in the socket already, unread because it is us who were held up. So a bound
/// that has passed is looked at twice, with time to read in between.
const DOUBT: Duration = Duration::from_millis(10);

/// Watches the oldest command that nsqd has not answered.
#[derive(Debug)]
pub(super) struct Pulse {
    pub(super) bound: Duration,
    stalled: bool,
    /// Since when the oldest command has been waiting when it was found late, and when to look
    /// again.
    doubt: Option<(Instant, Instant)>,
}

impl Pulse {
    pub(super) fn new(bound: Duration) -> Self {
        Self {
            bound,
            stalled: false,
            doubt: None,
        }
    }

    pub(super) fn is_stalled(&self) -> bool {
        self.stalled
    }

    /// When to look again, if at all. A stalled peer shows its recovery by answering.
    pub(super) fn deadline(&self, oldest: Option<Instant>) -> Option<Instant> {
        let oldest = oldest.filter(|_| !self.stalled)?;
        match self.doubt {
            Some((of, until)) if of == oldest => Some(until),
            _ => Some(oldest + self.bound),
        }
    }

    /// Looks at the oldest unanswered command. Whether that has changed the verdict.
    pub(super) fn look(&mut self, oldest: Option<Instant>, now: Instant) -> bool {
        let Some(oldest) = oldest.filter(|since| now >= *since + self.bound) else {
            self.doubt = None;
            return std::mem::take(&mut self.stalled);
        };
        match self.doubt {
            Some((of, until)) if of == oldest => {
                let changes = !self.stalled && now >= until;
                self.stalled |= changes;
                changes
            }
            _ => {
                self.doubt = Some((oldest, now + DOUBT));
                false
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MS: Duration = Duration::from_millis(1);

    #[test]
    fn a_late_answer_is_a_stall_only_at_the_second_look() {
        let start = Instant::now();
        let oldest = Some(start);
        let mut pulse = Pulse::new(100 * MS);
        assert_eq!(pulse.deadline(oldest), Some(start + 100 * MS));
        assert!(!pulse.look(oldest, start + 99 * MS));
        assert!(!pulse.look(oldest, start + 500 * MS), "who was late?");
        assert_eq!(pulse.deadline(oldest), Some(start + 510 * MS));
        assert!(!pulse.look(oldest, start + 505 * MS));
        assert!(pulse.look(oldest, start + 510 * MS));
        assert!(pulse.is_stalled());
        assert_eq!(pulse.deadline(oldest), None);
        assert!(!pulse.look(oldest, start + 600 * MS), "told already");
    }

    #[test]
    fn what_is_answered_between_the_looks_is_no_stall() {
        let start = Instant::now();
        let mut pulse = Pulse::new(100 * MS);
        pulse.look(Some(start), start + 200 * MS);
        let next = Some(start + 150 * MS);
        assert!(!pulse.look(next, start + 211 * MS));
        assert!(
            !pulse.look(next, start + 250 * MS),
            "another command, doubted anew"
        );
        assert!(!pulse.look(None, start + 260 * MS));
        assert!(!pulse.is_stalled());
    }

    #[test]
    fn answers_end_a_stall_once_none_is_late() {
        let start = Instant::now();
        let mut pulse = Pulse::new(100 * MS);
        pulse.look(Some(start), start + 100 * MS);
        pulse.look(Some(start), start + 110 * MS);
        assert!(pulse.is_stalled());
        pulse.look(Some(start + MS), start + 200 * MS);
        assert!(pulse.is_stalled(), "the next one is late as well");
        assert!(pulse.look(Some(start + 150 * MS), start + 200 * MS));
        assert!(!pulse.is_stalled());
    }
}
