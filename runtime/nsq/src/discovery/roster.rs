//! The nodes that lookupds have named, and how long one that is not named any more stays.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use tokio::time::Instant;

use crate::address::Address;

/// Pure: time comes from the caller.
#[derive(Debug)]
pub(crate) struct Roster {
    /// Since when each node has been left out of complete answers.
    nodes: BTreeMap<Address, Option<Instant>>,
    keep: Duration,
}

impl Roster {
    pub(crate) fn new(keep: Duration) -> Self {
        Self {
            nodes: BTreeMap::new(),
            keep,
        }
    }

    /// Some lookupd named these.
    pub(crate) fn seen(&mut self, named: &BTreeSet<Address>) {
        self.nodes
            .extend(named.iter().map(|address| (address.clone(), None)));
    }

    /// Every lookupd answered, and all they named is this. Only such a round can say that a node is
    /// absent.
    pub(crate) fn complete(&mut self, named: &BTreeSet<Address>, now: Instant) {
        for (address, absent) in &mut self.nodes {
            if !named.contains(address) {
                absent.get_or_insert(now);
            }
        }
        self.nodes
            .retain(|_, absent| absent.is_none_or(|since| now < since + self.keep));
    }

    pub(crate) fn nodes(&self) -> BTreeSet<Address> {
        self.nodes.keys().cloned().collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECOND: Duration = Duration::from_secs(1);

    fn nodes(names: &[&str]) -> BTreeSet<Address> {
        names.iter().map(|name| Address::new(name, 4150)).collect()
    }

    fn round(roster: &mut Roster, names: &[&str], now: Instant) {
        roster.seen(&nodes(names));
        roster.complete(&nodes(names), now);
    }

    #[test]
    fn a_round_with_a_silent_lookupd_removes_nothing() {
        let (mut roster, start) = (Roster::new(10 * SECOND), Instant::now());
        round(&mut roster, &["a", "b"], start);
        roster.seen(&nodes(&["a"]));
        roster.seen(&nodes(&["c"]));
        assert_eq!(roster.nodes(), nodes(&["a", "b", "c"]));
    }

    #[test]
    fn a_node_that_all_leave_out_goes_after_a_while() {
        let (mut roster, start) = (Roster::new(10 * SECOND), Instant::now());
        round(&mut roster, &["a", "b"], start);
        round(&mut roster, &["a"], start + SECOND);
        round(&mut roster, &["a"], start + 10 * SECOND);
        assert_eq!(roster.nodes(), nodes(&["a", "b"]));
        round(&mut roster, &["a"], start + 11 * SECOND);
        assert_eq!(roster.nodes(), nodes(&["a"]));
    }

    #[test]
    fn a_node_that_comes_back_in_time_stays() {
        let (mut roster, start) = (Roster::new(10 * SECOND), Instant::now());
        round(&mut roster, &["a"], start);
        round(&mut roster, &[], start + SECOND);
        round(&mut roster, &["a"], start + 2 * SECOND);
        round(&mut roster, &[], start + 11 * SECOND);
        assert_eq!(roster.nodes(), nodes(&["a"]));
    }
}
