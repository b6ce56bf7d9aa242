//! Whether calls to a topic make sense: while nobody serves it, the first caller waits for its
//! deadline, and those after it do not.
//!
//! Pure: what is known of the topic, and the time, are handed in.

use std::time::Duration;

use tokio::time::Instant;

use crate::reject::{Kind, Reject};

/// Where the brokers tell nothing, so many deadlines in a row without one answer tell enough.
const SILENCE: u32 = 5;
/// Where the brokers tell nothing, a call is let through this often to see.
const PROBE: Duration = Duration::from_secs(5);

/// What the brokers say of a topic.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Sight {
    /// Whether a function consumes it; `None` where that cannot be known.
    pub served: Option<bool>,
    /// Whether an operator has paused it.
    pub paused: bool,
    /// Messages that wait, where known.
    pub depth: Option<u64>,
}

/// Why calls are refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Trouble {
    NotServed,
    Paused,
    Silent,
}

/// What is remembered of the calls to one topic.
#[derive(Debug, Default)]
pub(crate) struct Circuit {
    /// Deadlines that have passed since the last answer.
    timeouts: u32,
    open: Option<Open>,
}

#[derive(Debug)]
struct Open {
    trouble: Trouble,
    next_probe: Instant,
}

impl Circuit {
    pub(crate) fn is_open(&self) -> bool {
        self.open.is_some()
    }

    /// Whether a call is on trial: nothing of it is certain before an answer comes.
    pub(crate) fn is_doubtful(&self) -> bool {
        self.timeouts > 0 || self.is_open()
    }

    /// Something came back, be it a failure: somebody is there.
    pub(crate) fn answered(&mut self) {
        *self = Self::default();
    }

    /// A deadline passed.
    pub(crate) fn timed_out(&mut self) {
        self.timeouts = self.timeouts.saturating_add(1);
    }

    /// Takes note of what the brokers say now.
    pub(crate) fn look(&mut self, now: Instant, sight: Sight) {
        let trouble = match sight {
            Sight { paused: true, .. } => Trouble::Paused,
            Sight {
                served: Some(false),
                ..
            } => Trouble::NotServed,
            Sight {
                served: Some(true), ..
            } => {
                self.open = None;
                // Its silence was not that of an empty room.
                self.timeouts = self.timeouts.min(1);
                return;
            }
            Sight { served: None, .. } if self.timeouts >= SILENCE => Trouble::Silent,
            Sight { served: None, .. } => return,
        };
        match &mut self.open {
            Some(open) => open.trouble = trouble,
            None if self.timeouts > 0 => {
                let next_probe = now + PROBE;
                self.open = Some(Open {
                    trouble,
                    next_probe,
                });
            }
            None => (),
        }
    }

    /// Lets a call through or not, by what was last seen.
    ///
    /// # Errors
    /// [`Kind::NotServed`] or [`Kind::Paused`].
    pub(crate) fn admit(&mut self, now: Instant, sight: Sight) -> Result<(), Reject> {
        self.look(now, sight);
        let Some(open) = &mut self.open else {
            return Ok(());
        };
        let unknown = sight.served.is_none() && !sight.paused;
        if unknown && now >= open.next_probe {
            open.next_probe = now + PROBE;
            return Ok(());
        }
        let again = open.next_probe.saturating_duration_since(now);
        Err(match open.trouble {
            Trouble::NotServed => Reject::new(
                Kind::NotServed,
                "no function serves this topic at the moment",
            ),
            Trouble::Paused => Reject::new(
                Kind::Paused,
                "an operator has paused this topic: its messages wait",
            ),
            Trouble::Silent => Reject::new(
                Kind::NotServed,
                "the last calls of this topic had no answer before their deadline",
            )
            .retry_after(again),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const UNKNOWN: Sight = Sight {
        served: None,
        paused: false,
        depth: None,
    };
    const SERVED: Sight = Sight {
        served: Some(true),
        ..UNKNOWN
    };
    const DESERTED: Sight = Sight {
        served: Some(false),
        ..UNKNOWN
    };
    const PAUSED: Sight = Sight {
        paused: true,
        ..SERVED
    };

    fn kind(circuit: &mut Circuit, now: Instant, sight: Sight) -> Option<Kind> {
        circuit.admit(now, sight).err().map(|reject| reject.kind())
    }

    #[tokio::test]
    async fn the_first_waits_those_after_it_are_told_until_somebody_serves() {
        let (mut circuit, now) = (Circuit::default(), Instant::now());
        assert_eq!(
            kind(&mut circuit, now, DESERTED),
            None,
            "nobody has waited yet"
        );
        circuit.timed_out();
        assert_eq!(kind(&mut circuit, now, DESERTED), Some(Kind::NotServed));
        let later = now + PROBE * 100;
        assert_eq!(kind(&mut circuit, later, DESERTED), Some(Kind::NotServed));
        assert_eq!(kind(&mut circuit, later, PAUSED), Some(Kind::Paused));
        assert_eq!(kind(&mut circuit, later, SERVED), None);
        assert_eq!(
            kind(&mut circuit, later, DESERTED),
            Some(Kind::NotServed),
            "one wait was enough"
        );
    }

    #[tokio::test]
    async fn a_slow_function_is_no_deserted_topic() {
        let (mut circuit, now) = (Circuit::default(), Instant::now());
        for _ in 0..100 {
            assert_eq!(kind(&mut circuit, now, SERVED), None);
            circuit.timed_out();
        }
    }

    #[tokio::test]
    async fn where_nothing_is_known_silence_counts_and_a_call_tries_now_and_then() {
        let (mut circuit, now) = (Circuit::default(), Instant::now());
        for _ in 0..SILENCE {
            assert_eq!(kind(&mut circuit, now, UNKNOWN), None);
            circuit.timed_out();
        }
        assert_eq!(kind(&mut circuit, now, UNKNOWN), Some(Kind::NotServed));
        let later = now + PROBE;
        assert_eq!(kind(&mut circuit, later, UNKNOWN), None, "the probe");
        assert_eq!(kind(&mut circuit, later, UNKNOWN), Some(Kind::NotServed));
        circuit.answered();
        assert_eq!(kind(&mut circuit, later, UNKNOWN), None);
        assert!(!circuit.is_doubtful());
    }

    proptest! {
        /// Whatever happens: a topic that is served is never refused, one whose calls are all
        /// answered neither, and where nothing is known one call in a while gets through.
        #[test]
        fn nobody_is_locked_out(steps in prop::collection::vec((0u8..5, 0u64..9), 0..80)) {
            let (mut circuit, mut now) = (Circuit::default(), Instant::now());
            for (step, seconds) in steps {
                now += Duration::from_secs(seconds);
                match step {
                    0 => circuit.timed_out(),
                    1 => {
                        circuit.answered();
                        prop_assert!(circuit.admit(now, UNKNOWN).is_ok());
                    }
                    2 => prop_assert!(circuit.admit(now, SERVED).is_ok()),
                    3 => drop(circuit.admit(now, DESERTED)),
                    _ => drop(circuit.admit(now, PAUSED)),
                }
            }
            // The first may be the one that opens it.
            let _ = circuit.admit(now, UNKNOWN);
            prop_assert!(circuit.admit(now + PROBE, UNKNOWN).is_ok());
        }
    }
}
