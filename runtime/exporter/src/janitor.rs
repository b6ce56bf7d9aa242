//! Which leaked names may be deleted: those that were leaked in every look for a while.

use std::collections::BTreeMap;
use std::time::Duration;

use tokio::time::Instant;

/// Deletions that one look asks for at most; the rest waits for the next.
const MOST: usize = 256;

/// Remembers what was seen leaked.
#[derive(Debug)]
pub(crate) struct Janitor<Key> {
    /// How long a name has to be seen leaked.
    rest: Duration,
    seen: BTreeMap<Key, Seen>,
}

#[derive(Debug, Clone, Copy)]
struct Seen {
    since: Instant,
    /// What its counter said: a smaller number later is another topic of that name.
    count: u64,
}

impl<Key: Ord + Clone> Janitor<Key> {
    pub(crate) fn new(rest: Duration) -> Self {
        Self {
            rest,
            seen: BTreeMap::new(),
        }
    }

    /// One look: all that is leaked now, each with a counter of its own. Gives what may go: seen
    /// leaked in this look and in every one since `rest` ago.
    pub(crate) fn look(
        &mut self,
        leaked: impl IntoIterator<Item = (Key, u64)>,
        now: Instant,
    ) -> Vec<Key> {
        let mut seen = BTreeMap::new();
        for (key, count) in leaked {
            let before = self.seen.get(&key).filter(|before| before.count <= count);
            let since = before.map_or(now, |before| before.since);
            seen.insert(key, Seen { since, count });
        }
        self.seen = seen;
        let rest = self.rest;
        let ripe = self
            .seen
            .iter()
            .filter(|(_, seen)| now.duration_since(seen.since) >= rest);
        ripe.map(|(key, _)| key.clone()).take(MOST).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_goes_when_it_was_leaked_in_every_look() {
        let start = Instant::now();
        let mut janitor = Janitor::new(Duration::from_secs(60));
        let mut look = |seconds, leaked: &[(&'static str, u64)]| {
            janitor.look(leaked.iter().copied(), start + Duration::from_secs(seconds))
        };
        assert!(look(0, &[("a", 1), ("b", 1), ("c", 9)]).is_empty());
        assert!(
            look(30, &[("a", 2), ("c", 9)]).is_empty(),
            "somebody reads b"
        );
        assert!(
            look(59, &[("a", 2), ("b", 1), ("c", 1)]).is_empty(),
            "c is another one"
        );
        assert_eq!(look(60, &[("a", 2), ("b", 1), ("c", 1)]), ["a"]);
        assert_eq!(look(119, &[("b", 1), ("c", 1)]), ["b", "c"]);
    }
}
