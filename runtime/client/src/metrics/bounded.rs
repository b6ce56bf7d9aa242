//! A label whose values others choose, kept from growing without end.

use std::collections::BTreeSet;
use std::sync::{Arc, PoisonError, RwLock};

/// The first so many values of a label are themselves, any other is `other`: each value costs
/// memory here and in Prometheus for ever.
#[derive(Debug, Clone)]
pub struct Bounded {
    known: Arc<RwLock<BTreeSet<String>>>,
    limit: usize,
}

impl Bounded {
    /// At most `limit` values.
    #[must_use]
    pub fn new(limit: usize) -> Self {
        Self {
            known: Arc::default(),
            limit,
        }
    }

    /// What to label `value` with.
    #[must_use]
    pub fn label<'v>(&self, value: &'v str) -> &'v str {
        let known = self.known.read().unwrap_or_else(PoisonError::into_inner);
        if known.contains(value) {
            return value;
        }
        drop(known);
        let mut known = self.known.write().unwrap_or_else(PoisonError::into_inner);
        if known.len() < self.limit {
            known.insert(value.to_owned());
        }
        match known.contains(value) {
            true => value,
            false => "other",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_values_stay_and_the_rest_is_other() {
        let bounded = Bounded::new(2);
        let labels = ["a", "b", "c", "a", "d"].map(|value| bounded.label(value));
        assert_eq!(labels, ["a", "b", "other", "a", "other"]);
    }
}
