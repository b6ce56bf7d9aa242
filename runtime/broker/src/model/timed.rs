//! Messages that wait for a moment: the end of their time in flight, or of their delay.

use std::collections::{BTreeSet, HashMap};

use super::Id;

/// Things by id, each with a moment on the wall clock.
#[derive(Debug)]
pub(crate) struct Timed<T> {
    things: HashMap<Id, (i64, T)>,
    moments: BTreeSet<(i64, Id)>,
}

impl<T> Timed<T> {
    pub(crate) fn new() -> Self {
        Self {
            things: HashMap::new(),
            moments: BTreeSet::new(),
        }
    }

    pub(crate) fn insert(&mut self, id: Id, at_ns: i64, thing: T) {
        self.remove(&id);
        self.moments.insert((at_ns, id));
        self.things.insert(id, (at_ns, thing));
    }

    pub(crate) fn get(&self, id: &Id) -> Option<&T> {
        self.things.get(id).map(|(_, thing)| thing)
    }

    pub(crate) fn remove(&mut self, id: &Id) -> Option<T> {
        let (at, thing) = self.things.remove(id)?;
        self.moments.remove(&(at, *id));
        Some(thing)
    }

    /// Takes out one thing whose moment has come, the earliest first.
    pub(crate) fn take_due(&mut self, now_ns: i64) -> Option<T> {
        let &(at, id) = self.moments.first()?;
        if at > now_ns {
            return None;
        }
        self.remove(&id)
    }

    pub(crate) fn len(&self) -> usize {
        self.things.len()
    }

    /// Takes everything out, the earliest first.
    pub(crate) fn drain(&mut self) -> impl Iterator<Item = T> + use<T> {
        let mut things: Vec<_> = std::mem::take(&mut self.things).into_values().collect();
        self.moments.clear();
        things.sort_by_key(|(at, _)| *at);
        things.into_iter().map(|(_, thing)| thing)
    }

    pub(crate) fn clear(&mut self) {
        self.things.clear();
        self.moments.clear();
    }
}
