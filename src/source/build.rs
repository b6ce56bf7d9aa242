//! From the events of one document to its tree.

use super::alias::{AliasFault, Anchored, Anchors};
use super::fault::{SyntaxFault, SyntaxFaultKind};
use super::frame::{Collection, Frame, NextKey};
use super::limits::Limits;
use super::merge::settle;
use super::node::{Entry, Node, NodeValue};
use super::scalar::{Resolved, Scalar, ScalarStyle};
use super::span::Span;
use super::tag::Tag;

/// The document cannot be read further; the reason is among the builder's faults.
#[derive(Debug)]
pub(super) struct Stop;

/// What comes before a node's value.
#[derive(Clone, Debug, Default)]
pub(super) struct Properties {
    /// The parser's number for the anchor, from 1; 0 without one.
    pub(super) anchor: usize,
    pub(super) tag: Option<Tag>,
}

/// Builds the tree of one document.
///
/// Children wait on two stacks until their parent ends, and move into a vector of just the right
/// size: that keeps both the time and the memory of small collections low.
pub(super) struct Builder<'a> {
    limits: &'a Limits,
    /// Whether an alias can still follow the given offset; without one no anchor need be kept.
    last_alias: Option<u32>,
    frames: Vec<Frame>,
    items: Vec<Node>,
    entries: Vec<Entry>,
    root: Option<Node>,
    anchors: Anchors,
    /// Nodes written out so far, keys included.
    written: usize,
    /// Where the last scalar, alias or closing bracket ended.
    last_end: u32,
    faults: Vec<SyntaxFault>,
}

impl<'a> Builder<'a> {
    pub(super) fn new(limits: &'a Limits, last_alias: Option<u32>) -> Self {
        Self {
            limits,
            last_alias,
            frames: Vec::new(),
            items: Vec::new(),
            entries: Vec::new(),
            root: None,
            anchors: Anchors::default(),
            written: 0,
            last_end: 0,
            faults: Vec::new(),
        }
    }

    pub(super) fn report(&mut self, span: Span, kind: SyntaxFaultKind) {
        push(&mut self.faults, self.limits, SyntaxFault { span, kind });
    }

    /// Reports where the text ceases to be YAML. After `*/5` on the line, which is read as an alias,
    /// that only repeats it.
    pub(super) fn report_end(&mut self, text: &str, span: Span, kind: SyntaxFaultKind) {
        let follows = self.faults.last().is_some_and(|last| {
            let between = text.get(last.span.range().end..span.range().start);
            matches!(last.kind, SyntaxFaultKind::UnknownAnchor { .. })
                && between.is_some_and(|between| !between.contains('\n'))
        });
        if !follows {
            self.report(span, kind);
        }
    }

    /// Says whether nothing was built yet.
    pub(super) fn is_new(&self) -> bool {
        self.written == 0
    }

    /// Where the last scalar, alias or closing bracket ended.
    pub(super) fn last_end(&self) -> u32 {
        self.last_end
    }

    /// Where the innermost bracket that is still open stands.
    pub(super) fn open_bracket(&self) -> Option<u32> {
        let flow = self.frames.iter().rev().find(|frame| frame.flow);
        flow.map(|frame| frame.span.start)
    }

    pub(super) fn scalar(
        &mut self,
        mut scalar: Scalar,
        span: Span,
        properties: Properties,
    ) -> Result<(), Stop> {
        self.count(span)?;
        self.last_end = self.last_end.max(span.end);
        if let Some(tag) = properties.tag
            && !tag.apply(&mut scalar)
        {
            self.report(tag.span, SyntaxFaultKind::CustomTag { tag: tag.written });
        }
        let node = Node {
            span,
            value: NodeValue::Scalar(scalar),
        };
        self.complete(node, 1, 0, properties.anchor, span)
    }

    pub(super) fn open(
        &mut self,
        map: bool,
        flow: bool,
        span: Span,
        properties: Properties,
    ) -> Result<(), Stop> {
        self.count(span)?;
        if self.frames.len() >= self.limits.depth {
            return self.stop(span, self.too_deep());
        }
        if let Some(tag) = properties.tag
            && !tag.fits_collection(map)
        {
            self.report(tag.span, SyntaxFaultKind::CustomTag { tag: tag.written });
        }
        let collection = if map {
            Collection::Map(self.entries.len(), NextKey::None)
        } else {
            Collection::List(self.items.len())
        };
        self.last_end = self.last_end.max(span.end);
        self.frames.push(Frame {
            span,
            anchor: properties.anchor,
            flow,
            collection,
            nodes: 1,
            height: 1,
        });
        Ok(())
    }

    pub(super) fn close(&mut self, end: u32) -> Result<(), Stop> {
        let Some(frame) = self.frames.pop() else {
            return Ok(());
        };
        // The parser ends a block only where the next token begins.
        if frame.flow {
            self.last_end = self.last_end.max(end);
        }
        let span = Span {
            end: self.last_end.max(frame.span.end),
            ..frame.span
        };
        let value = match frame.collection {
            Collection::List(base) => NodeValue::List(self.items.drain(base..).collect()),
            Collection::Map(base, _) => {
                let entries = self.entries.drain(base..).collect();
                let (faults, limits) = (&mut self.faults, self.limits);
                NodeValue::Map(settle(entries, &mut |fault| push(faults, limits, fault)))
            }
        };
        self.complete(
            Node { span, value },
            frame.nodes,
            frame.height,
            frame.anchor,
            span,
        )
    }

    pub(super) fn alias(&mut self, id: usize, span: Span) -> Result<(), Stop> {
        self.last_end = self.last_end.max(span.end);
        let limit = self.limits.aliased(self.written);
        let value = match self.anchors.expand(id, limit) {
            Ok(value) => value,
            Err(AliasFault::Bomb) => return self.stop(span, SyntaxFaultKind::AliasBomb { limit }),
            Err(AliasFault::Recursive) => {
                self.report(span, SyntaxFaultKind::RecursiveAlias);
                return self.complete(nothing(span), 1, 0, 0, span);
            }
        };
        if self.frames.len() + value.height > self.limits.depth {
            return self.stop(span, self.too_deep());
        }
        self.complete(value.node, value.nodes, value.height, 0, span)
    }

    pub(super) fn unknown_alias(&mut self, name: String, span: Span) -> Result<(), Stop> {
        self.last_end = self.last_end.max(span.end);
        self.report(span, SyntaxFaultKind::UnknownAnchor { name });
        self.complete(nothing(span), 1, 0, 0, span)
    }

    /// The tree, or all that is wrong with it in the order of the text.
    pub(super) fn finish(mut self) -> Result<Option<Node>, Vec<SyntaxFault>> {
        if self.faults.is_empty() {
            return Ok(self.root);
        }
        self.faults.sort_by_key(|fault| fault.span);
        Err(self.faults)
    }

    /// Puts a finished node where it belongs. `place` is where it stands, an alias for instance.
    fn complete(
        &mut self,
        node: Node,
        nodes: usize,
        height: usize,
        anchor: usize,
        place: Span,
    ) -> Result<(), Stop> {
        if anchor != 0 && self.last_alias.is_some_and(|last| place.end <= last) {
            let value = Anchored {
                node: node.clone(),
                nodes,
                height,
            };
            let limit = self.limits.aliased(self.written);
            if self.anchors.define(anchor, value, limit).is_err() {
                return self.stop(place, SyntaxFaultKind::AliasBomb { limit });
            }
        }
        let Some(frame) = self.frames.last_mut() else {
            self.root = Some(node);
            return Ok(());
        };
        frame.nodes += nodes;
        frame.height = frame.height.max(height + 1);
        match &mut frame.collection {
            Collection::List(_) => self.items.push(node),
            Collection::Map(_, next) => match std::mem::replace(next, NextKey::None) {
                NextKey::Faulty => {}
                NextKey::Read(key, key_span, key_style) => self.entries.push(Entry {
                    key,
                    key_span,
                    key_style,
                    value: node,
                }),
                NextKey::None => match node.value {
                    NodeValue::Scalar(key) if key.resolve() != Resolved::Null => {
                        *next = NextKey::Read(key.text, place, key.style);
                    }
                    _ => {
                        *next = NextKey::Faulty;
                        self.report(place, SyntaxFaultKind::NonStringKey);
                    }
                },
            },
        }
        Ok(())
    }

    fn count(&mut self, span: Span) -> Result<(), Stop> {
        self.written += 1;
        if self.written > self.limits.nodes {
            let limit = self.limits.nodes;
            return self.stop(span, SyntaxFaultKind::TooManyNodes { limit });
        }
        Ok(())
    }

    fn too_deep(&self) -> SyntaxFaultKind {
        SyntaxFaultKind::TooDeep {
            limit: self.limits.depth,
        }
    }

    fn stop(&mut self, span: Span, kind: SyntaxFaultKind) -> Result<(), Stop> {
        self.report(span, kind);
        Err(Stop)
    }
}

fn push(faults: &mut Vec<SyntaxFault>, limits: &Limits, fault: SyntaxFault) {
    // An unknown alias as a merge or as a key is one fault, not two.
    let follows =
        [SyntaxFaultKind::BadMergeKey, SyntaxFaultKind::NonStringKey].contains(&fault.kind);
    let known = follows && faults.iter().any(|other| other.span == fault.span);
    if !known && faults.len() < limits.faults {
        faults.push(fault);
    }
}

fn nothing(span: Span) -> Node {
    let scalar = Scalar {
        text: String::new(),
        style: ScalarStyle::Plain,
    };
    Node {
        span,
        value: NodeValue::Scalar(scalar),
    }
}
