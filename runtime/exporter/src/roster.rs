//! Which brokers there are.
//!
//! The directory drops a broker the moment its connection ends, so its word alone would make a
//! dead broker look as if it had never been. One that was there is remembered for a while.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use kubefuncs::Address;
use tokio::time::Instant;

/// How long a broker is remembered that neither answers nor is named.
pub(crate) const REMEMBERED: Duration = Duration::from_secs(600);
/// Brokers that are asked at most; the directory could name any number.
pub(crate) const MOST: usize = 256;

/// The brokers, by their HTTP addresses.
#[derive(Debug, Default)]
pub(crate) struct Roster {
    /// Named by a flag: there for ever.
    fixed: BTreeSet<Address>,
    /// Others, and when each was last named or answered.
    found: BTreeMap<Address, Instant>,
    /// When a directory last answered.
    directed: Option<Instant>,
    /// Whether the directory names more than are asked.
    overflows: bool,
}

impl Roster {
    pub(crate) fn new(fixed: impl IntoIterator<Item = Address>) -> Self {
        Self {
            fixed: fixed.into_iter().collect(),
            ..Self::default()
        }
    }

    /// Takes in what directories name: all that answered together, `None` where none did.
    pub(crate) fn named(&mut self, nodes: Option<&BTreeSet<Address>>, now: Instant) {
        let Some(nodes) = nodes else { return };
        self.directed = Some(now);
        self.overflows = false;
        for node in nodes.difference(&self.fixed) {
            if self.found.contains_key(node) || self.fixed.len() + self.found.len() < MOST {
                self.found.insert(node.clone(), now);
            } else {
                self.overflows = true;
            }
        }
        // Without a directory's word nobody is forgotten.
        self.found
            .retain(|_, last| now.duration_since(*last) < REMEMBERED);
    }

    /// A broker has answered: it is there, whoever names it.
    pub(crate) fn answered(&mut self, node: &Address, now: Instant) {
        if let Some(last) = self.found.get_mut(node) {
            *last = now;
        }
    }

    /// All of them.
    pub(crate) fn all(&self) -> BTreeSet<Address> {
        let found = self.found.keys();
        found.chain(&self.fixed).cloned().collect()
    }

    /// Whether [`all`](Self::all) can be trusted to be all: some are known, and they were named
    /// by flags, or by a directory that answered not too long ago.
    pub(crate) fn is_whole(&self, now: Instant) -> bool {
        let directed = |at: Instant| now.duration_since(at) < REMEMBERED;
        let told = !self.fixed.is_empty() || self.directed.is_some_and(directed);
        told && !self.overflows && !(self.fixed.is_empty() && self.found.is_empty())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn nodes(names: &[&str]) -> BTreeSet<Address> {
        names.iter().map(|name| name.parse().unwrap()).collect()
    }

    #[test]
    fn a_broker_that_is_gone_is_remembered_for_a_while() {
        let (start, mut roster) = (Instant::now(), Roster::new(nodes(&["f:1"])));
        roster.named(Some(&nodes(&["a:1", "b:1", "f:1"])), start);
        assert_eq!(roster.all(), nodes(&["a:1", "b:1", "f:1"]));
        let mut later = |seconds, named: Option<&[&str]>| {
            let now = start + Duration::from_secs(seconds);
            roster.named(named.map(nodes).as_ref(), now);
            roster.answered(&"b:1".parse().unwrap(), now);
            roster.all()
        };
        assert_eq!(later(599, Some(&[])), nodes(&["a:1", "b:1", "f:1"]));
        // No directory answers: that says nothing of anybody.
        assert_eq!(later(5000, None), nodes(&["a:1", "b:1", "f:1"]));
        // One that answers is there, though nobody names it.
        assert_eq!(later(5001, Some(&[])), nodes(&["b:1", "f:1"]));
    }

    #[test]
    fn it_knows_when_it_cannot_know_all() {
        let start = Instant::now();
        let mut roster = Roster::new([]);
        assert!(!roster.is_whole(start), "nobody was asked");
        roster.named(Some(&nodes(&[])), start);
        assert!(!roster.is_whole(start), "nobody is known");
        roster.named(Some(&nodes(&["a:1"])), start);
        assert!(roster.is_whole(start));
        assert!(
            !roster.is_whole(start + REMEMBERED),
            "the directory is silent"
        );
        assert!(Roster::new(nodes(&["f:1"])).is_whole(start));
        let many = (1..=300).map(|port| Address::new("n", port)).collect();
        roster.named(Some(&many), start);
        assert!(!roster.is_whole(start), "more than are asked");
        assert_eq!(roster.all().len(), MOST);
    }
}
