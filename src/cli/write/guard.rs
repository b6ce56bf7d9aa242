//! Against dropping most of an output by accident: an empty list, a wrong file, a wrong flag.

use super::Refusal;

/// Names shown of what would go.
const SHOWN: usize = 10;

/// Whether so much may go.
///
/// # Errors
/// More than a fifth of what there was would go, and that is not allowed.
pub(super) fn removals(before: usize, gone: &[String], allowed: bool) -> Result<(), Refusal> {
    if allowed || gone.len() * 5 <= before {
        return Ok(());
    }
    let mut said = vec![format!(
        "this would drop {} of {before} objects, more than a fifth:",
        gone.len()
    )];
    said.extend(gone.iter().take(SHOWN).map(|name| format!("  {name}")));
    if gone.len() > SHOWN {
        said.push(format!("  and {} more", gone.len() - SHOWN));
    }
    said.push("nothing was written; if that is meant, give --allow-removals".to_owned());
    Err(Refusal(said))
}

#[cfg(test)]
mod tests {
    use super::removals;

    #[test]
    fn a_fifth_may_go_and_no_more() {
        let gone = |n: usize| vec!["x".to_owned(); n];
        for (before, n, fine) in [
            (0, 0, true),
            (5, 1, true),
            (4, 1, false),
            (10, 2, true),
            (10, 3, false),
        ] {
            assert_eq!(
                removals(before, &gone(n), false).is_ok(),
                fine,
                "{n} of {before}"
            );
            assert!(removals(before, &gone(n), true).is_ok());
        }
        assert_eq!(removals(40, &gone(30), false).unwrap_err().0.len(), 13);
    }
}
