//! Places: a file, and a range of its bytes.

use std::ops::Range;

/// The number of a text within its [`Sources`](super::Sources), in the order they were added.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct FileId(u32);

impl FileId {
    /// The number, for whoever has to pass the id through something that knows numbers only.
    pub(crate) fn index(self) -> u32 {
        self.0
    }

    /// The id with that number.
    pub(crate) fn from_index(index: u32) -> Self {
        Self(index)
    }
}

/// A half-open range of bytes in one file, always on character boundaries.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Span {
    /// The file.
    pub file: FileId,
    /// Offset of the first byte.
    pub start: u32,
    /// Offset after the last byte; equal to `start` where nothing is written.
    pub end: u32,
}

impl Span {
    /// The range `start..end` of `file`.
    pub fn new(file: FileId, start: u32, end: u32) -> Self {
        Self { file, start, end }
    }

    /// The range for slicing.
    pub fn range(self) -> Range<usize> {
        self.start as usize..self.end as usize
    }

    /// Says whether the span covers no byte, such as the value of `key:`.
    pub fn is_empty(self) -> bool {
        self.start == self.end
    }
}
