//! Lists and mappings that have begun and not ended.

use super::scalar::ScalarStyle;
use super::span::Span;

/// A list or mapping that has not ended yet.
pub(super) struct Frame {
    pub(super) span: Span,
    pub(super) anchor: usize,
    pub(super) flow: bool,
    pub(super) collection: Collection,
    pub(super) nodes: usize,
    pub(super) height: usize,
}

pub(super) enum Collection {
    /// Its items begin at this index of `items`.
    List(usize),
    /// Its entries begin at this index of `entries`; and the key whose value is next.
    Map(usize, NextKey),
}

pub(super) enum NextKey {
    None,
    Read(String, Span, ScalarStyle),
    /// No string: reported already, its value is dropped.
    Faulty,
}
