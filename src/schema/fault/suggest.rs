//! "Did you mean": the candidate nearest to a word.

/// The longest word worth comparing, in characters; no key of ours is longer.
const LONGEST: usize = 64;

/// The one of `candidates` that was probably meant by `word`.
///
/// Near enough is an edit distance of 2, of a third of the word for long ones and of 1 for those
/// of at most three characters; letter case is ignored. Of two equally near, the first in the
/// alphabet wins, so the answer does not depend on the order of the candidates.
pub fn suggest<'a>(word: &str, candidates: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let length = word.chars().count();
    if length > LONGEST {
        return None;
    }
    let limit = if length <= 3 { 1 } else { (length / 3).max(2) };
    let word = word.to_lowercase();
    candidates
        .into_iter()
        .map(|candidate| {
            (
                strsim::osa_distance(&word, &candidate.to_lowercase()),
                candidate,
            )
        })
        .filter(|(distance, _)| *distance <= limit)
        .min()
        .map(|(_, candidate)| candidate)
}

#[cfg(test)]
mod tests {
    use super::suggest;

    #[test]
    fn near_names_are_found_and_far_ones_are_not() {
        let names = ["command", "env", "terminationGracePeriodSeconds"];
        assert_eq!(suggest("comand", names), Some("command"));
        assert_eq!(suggest("COMMAND", names), Some("command"));
        assert_eq!(suggest("enf", names), Some("env"));
        assert_eq!(suggest("terminationPeriodSeconds", names), Some(names[2]));
        assert_eq!(suggest("cmd", names), None);
        assert_eq!(suggest("", names), None);
        assert_eq!(suggest(&"e".repeat(1000), names), None);
    }

    #[test]
    fn the_order_of_candidates_does_not_matter() {
        assert_eq!(suggest("bat", ["cat", "hat"]), Some("cat"));
        assert_eq!(suggest("bat", ["hat", "cat"]), Some("cat"));
    }
}
