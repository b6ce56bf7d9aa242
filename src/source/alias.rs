//! Anchors of one document, and how much their aliases may add to it.

use std::collections::BTreeMap;

use super::node::Node;

/// A finished node with what it would cost to repeat it.
#[derive(Clone, Debug)]
pub(super) struct Anchored {
    pub(super) node: Node,
    /// Nodes within, itself and keys included.
    pub(super) nodes: usize,
    /// Levels of lists and mappings within; 0 for a scalar.
    pub(super) height: usize,
}

/// Why an alias stands for nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum AliasFault {
    /// Its anchor's value is not complete yet.
    Recursive,
    /// The document's aliases would add more nodes than allowed.
    Bomb,
}

/// The anchors defined so far, by the number the parser gives them.
#[derive(Debug, Default)]
pub(super) struct Anchors {
    finished: BTreeMap<usize, Anchored>,
    /// Nodes kept here; nested anchors keep one text many times.
    kept: usize,
    /// Nodes that aliases have added to the document.
    added: usize,
}

impl Anchors {
    /// Keeps the value of an anchor; refuses when anchors alone would pass `limit` nodes.
    pub(super) fn define(
        &mut self,
        id: usize,
        value: Anchored,
        limit: usize,
    ) -> Result<(), AliasFault> {
        self.kept = self.kept.saturating_add(value.nodes);
        if self.kept > limit {
            return Err(AliasFault::Bomb);
        }
        self.finished.insert(id, value);
        Ok(())
    }

    /// What an alias of the anchor stands for, counted against `limit`.
    pub(super) fn expand(&mut self, id: usize, limit: usize) -> Result<Anchored, AliasFault> {
        let value = self.finished.get(&id).ok_or(AliasFault::Recursive)?;
        self.added = self.added.saturating_add(value.nodes);
        if self.added > limit {
            return Err(AliasFault::Bomb);
        }
        Ok(value.clone())
    }
}
