//! How much of a caller's budget is left when its message is taken up.

use std::time::Duration;

/// What is not known of a message's age: the time its stamp took to be read when the broker's clock
/// was measured, and what clocks drift meanwhile. Work whose budget is over by less than this is
/// begun.
pub(super) const TOLERANCE: Duration = Duration::from_millis(100);

/// What is left of a caller's patience.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Left {
    /// The time the handler has: what the caller's budget leaves, by the most favourable clock, and
    /// never more than the function's own timeout.
    pub(super) handler: Duration,
    /// The time until the caller has surely gone by the broker's clock; `None` when it named no
    /// limit, as callers of the original do.
    pub(super) caller: Option<Duration>,
}

/// What is left of a budget at this age of its message. `None` when nothing is, and the work is not
/// to be begun. A `budget_ms` of 0 names no limit.
pub(super) fn left(budget_ms: u32, age: Duration, timeout: Duration) -> Option<Left> {
    if budget_ms == 0 {
        return Some(Left {
            handler: timeout,
            caller: None,
        });
    }
    let budget = Duration::from_millis(budget_ms.into());
    let handler = (budget + TOLERANCE)
        .checked_sub(age)
        .filter(|left| !left.is_zero())?;
    Some(Left {
        handler: handler.min(timeout),
        caller: Some(budget.saturating_sub(age)),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn nobody_gets_more_than_the_timeout_or_the_budget(
            budget in any::<u32>(), age in 0u64..1 << 40, timeout in 100u64..840_000,
        ) {
            let (age, timeout) = (Duration::from_millis(age), Duration::from_millis(timeout));
            let budgeted = Duration::from_millis(budget.into());
            match left(budget, age, timeout) {
                None => prop_assert!(budget > 0 && age >= budgeted + TOLERANCE),
                Some(Left { handler, caller: None }) => {
                    prop_assert_eq!((budget, handler), (0, timeout));
                }
                Some(Left { handler, caller: Some(caller) }) => {
                    prop_assert!(age < budgeted + TOLERANCE && !handler.is_zero());
                    prop_assert!(handler <= timeout && handler <= caller + TOLERANCE);
                    prop_assert_eq!(caller, budgeted.saturating_sub(age));
                }
            }
        }
    }
}
