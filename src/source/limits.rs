//! How much a text may ask of the reader.

/// Upper bounds of one text; crossing one is a fault, never a crash.
///
/// The defaults are generous for people (a file of 100,000 functions passes) and small for
/// machines: memory stays below about 150 bytes a node.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Size of the text in bytes; 64 MiB by default, and never more than 4 GiB.
    pub bytes: usize,
    /// Nodes of one document, keys included; 10 million by default.
    pub nodes: usize,
    /// Depth of lists and mappings within one another, aliases expanded; 100 by default.
    pub depth: usize,
    /// Nodes that aliases may add to a document of any size; 100,000 by default.
    pub alias_nodes: usize,
    /// Nodes that aliases may add beyond that for each node written out; 10 by default.
    pub alias_factor: usize,
    /// Faults reported for one document; 1,000 by default, the rest is left out.
    pub faults: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            bytes: 64 << 20,
            nodes: 10_000_000,
            depth: 100,
            alias_nodes: 100_000,
            alias_factor: 10,
            faults: 1_000,
        }
    }
}

impl Limits {
    /// How many nodes aliases may have added to a document with this many nodes of its own.
    pub(super) fn aliased(&self, written: usize) -> usize {
        self.alias_factor
            .saturating_mul(written)
            .saturating_add(self.alias_nodes)
            .min(self.nodes)
    }
}
