use proptest::prelude::*;

use super::*;

/// Entries 0, 1, 2 … of ten bytes each; `m` is a mark, `p` a publish.
fn ledger(kinds: &str) -> Ledger<usize> {
    let mut ledger = Ledger::default();
    for (n, kind) in kinds.chars().enumerate() {
        let end = (n as u64 + 1) * 10;
        match kind {
            'm' => ledger.push_mark(end, Instant::now(), n),
            _ => ledger.push(end, Instant::now(), n),
        }
    }
    ledger
}

fn collect(act: impl FnOnce(&mut dyn FnMut(usize, Outcome))) -> Vec<(usize, Outcome)> {
    let mut seen = Vec::new();
    act(&mut |n, outcome| seen.push((n, outcome)));
    seen
}

#[test]
fn answers_belong_to_the_oldest_and_confirm_the_marks_before_it() {
    let mut ledger = ledger("pmpm");
    assert_eq!(
        collect(|f| assert!(ledger.answer(f))),
        [(0, Outcome::Acked)]
    );
    assert_eq!(
        collect(|f| assert!(ledger.answer(f))),
        [(1, Outcome::Acked), (2, Outcome::Acked)]
    );
    assert_eq!(ledger.answers_due(), 0);
    assert!(collect(|f| assert!(!ledger.answer(f))).is_empty());
}

#[test]
fn marks_that_no_answer_follows_are_settled_once_written() {
    let mut ledger = ledger("mpmm");
    assert!(collect(|f| ledger.written(20, f)).is_empty());
    assert_eq!(collect(|f| ledger.written(35, f)), [(2, Outcome::Unknown)]);
    assert_eq!(collect(|f| ledger.written(40, f)), [(3, Outcome::Unknown)]);
    assert_eq!(ledger.answers_due(), 1);
}

#[test]
fn a_fatal_error_rejects_one_and_leaves_the_rest_unsent() {
    let error = ServerError::parse(b"E_PUB_FAILED no space left");
    let mut ledger = ledger("ppmpp");
    ledger.answer(|_, _| {});
    let seen = collect(|f| ledger.refuse(&error, f));
    assert_eq!(
        seen,
        [
            (1, Outcome::Rejected(error)),
            (2, Outcome::NotSent),
            (3, Outcome::NotSent),
            (4, Outcome::NotSent)
        ]
    );
    assert!(collect(|f| ledger.lose(1000, f)).is_empty());
}

#[test]
fn an_error_about_something_else_does_not_blame_a_publish() {
    let error = ServerError::parse(b"E_INVALID FIN not allowed");
    assert_eq!(
        collect(|f| ledger("mp").refuse(&error, f)),
        [(0, Outcome::Unknown), (1, Outcome::NotSent)]
    );
}

#[test]
fn a_mark_named_by_nsqd_is_taken_out() {
    let mut ledger = ledger("pmm");
    assert_eq!(ledger.take_mark(|n| *n == 0), None);
    assert_eq!(ledger.take_mark(|n| *n == 2), Some(2));
    assert_eq!(collect(|f| ledger.lose(1000, f)).len(), 2);
}

proptest! {
    /// However a connection goes, each command has exactly one outcome, and none that could be
    /// stored is called unsent.
    #[test]
    fn every_command_has_exactly_one_outcome(
        kinds in "[pm]{0,30}",
        steps in prop::collection::vec(0u64..300, 0..10),
        answers in 0usize..20,
        fatal: bool,
    ) {
        let mut ledger = ledger(&kinds);
        let mut outcomes = vec![None; kinds.len()];
        let mut written = 0;
        let mut settle = |n: usize, outcome| assert_eq!(outcomes[n].replace(outcome), None);
        for step in steps {
            written = written.max(step);
            ledger.written(written, &mut settle);
        }
        for _ in 0..answers {
            ledger.answer(&mut settle);
        }
        if fatal {
            ledger.refuse(&ServerError::parse(b"E_BAD_MESSAGE"), &mut settle);
        }
        ledger.lose(written, &mut settle);
        let rejected = outcomes.iter().filter(|o| matches!(o, Some(Outcome::Rejected(_)))).count();
        prop_assert!(rejected <= usize::from(fatal));
        for (n, outcome) in outcomes.iter().enumerate() {
            prop_assert!(outcome.is_some(), "{n} has no outcome");
            let whole = (n as u64 + 1) * 10 <= written;
            if whole && !fatal {
                prop_assert_ne!(outcome.as_ref(), Some(&Outcome::NotSent));
            }
        }
    }
}
