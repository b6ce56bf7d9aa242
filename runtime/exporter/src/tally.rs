//! Counters that only rise, over names that come and go.

use std::collections::BTreeMap;

use crate::label;

/// Adds up, by label, what counters of single names have risen by. `N` counters go together.
///
/// A name of which a counter has fallen began anew: its broker was restarted, or the topic was
/// deleted and created again. What it counts by now has come on top.
#[derive(Debug, Clone)]
pub(crate) struct Tally<Name, Label, const N: usize> {
    /// By name, as of the last round: nothing is kept of a name that is gone.
    last: BTreeMap<Name, [u64; N]>,
    total: BTreeMap<Label, [u64; N]>,
}

impl<Name, Label, const N: usize> Default for Tally<Name, Label, N> {
    fn default() -> Self {
        Self {
            last: BTreeMap::new(),
            total: BTreeMap::new(),
        }
    }
}

impl<Name: Ord, Label: Ord + Clone + IsOfMany, const N: usize> Tally<Name, Label, N> {
    /// One round's figures: each name once. `anew` says that the broker was restarted.
    pub(crate) fn round(
        &mut self,
        anew: bool,
        figures: impl IntoIterator<Item = (Name, Label, [u64; N])>,
    ) {
        let mut now = BTreeMap::new();
        let mut here = std::collections::BTreeSet::new();
        for (name, label, counts) in figures {
            let last = self.last.get(&name).filter(|last| {
                !anew && counts.iter().zip(*last).all(|(count, last)| count >= last)
            });
            let total = self.total.entry(label.clone()).or_insert([0; N]);
            for (index, total) in total.iter_mut().enumerate() {
                let risen = counts[index] - last.map_or(0, |last| last[index]);
                *total = total.saturating_add(risen);
            }
            now.insert(name, counts);
            here.insert(label);
        }
        self.last = now;
        // A deleted topic has no series; names that come and go have one for good.
        self.total
            .retain(|label, _| label.is_of_many() || here.contains(label));
    }

    /// The sums, by label.
    pub(crate) fn total(&self) -> &BTreeMap<Label, [u64; N]> {
        &self.total
    }
}

/// A label, or several, that may stand for many names.
pub(crate) trait IsOfMany {
    fn is_of_many(&self) -> bool;
}

impl IsOfMany for String {
    fn is_of_many(&self) -> bool {
        label::is_of_many(self)
    }
}

impl IsOfMany for (String, String) {
    fn is_of_many(&self) -> bool {
        self.0.is_of_many() || self.1.is_of_many()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn named(counts: &[(u8, u64)]) -> Vec<(u8, String, [u64; 1])> {
        let rows = counts
            .iter()
            .map(|&(name, count)| (name, "*".to_owned(), [count]));
        rows.collect()
    }

    fn sum(tally: &Tally<u8, String, 1>) -> u64 {
        tally.total().get("*").map_or(0, |total| total[0])
    }

    #[test]
    fn what_begins_anew_comes_on_top() {
        let mut tally = Tally::default();
        let mut after = |anew, counts: &[(u8, u64)]| {
            tally.round(anew, named(counts));
            sum(&tally)
        };
        assert_eq!(after(false, &[(1, 10), (2, 5)]), 15);
        assert_eq!(after(false, &[(1, 12)]), 17, "a name is gone");
        assert_eq!(after(false, &[(1, 12), (2, 1)]), 18, "and comes again");
        assert_eq!(after(false, &[(1, 3), (2, 1)]), 21, "one began anew");
        assert_eq!(after(true, &[(1, 4), (2, 1)]), 26, "the broker did");
    }

    #[test]
    fn a_single_name_leaves_with_its_series() {
        let mut tally = Tally::<u8, String, 1>::default();
        tally.round(false, [(1, "orders".to_owned(), [4])]);
        assert_eq!(tally.total()["orders"], [4]);
        tally.round(false, []);
        assert!(tally.total().is_empty());
    }

    proptest! {
        #[test]
        fn sums_of_many_names_never_fall(rounds in prop::collection::vec(
            (any::<bool>(), prop::collection::btree_map(0u8..4, 0u64..50, 0..4)), 0..20)) {
            let (mut tally, mut last) = (Tally::default(), 0);
            for (anew, counts) in rounds {
                let counts: Vec<_> = counts.into_iter().collect();
                tally.round(anew, named(&counts));
                prop_assert!(sum(&tally) >= last);
                last = sum(&tally);
            }
        }
    }
}
