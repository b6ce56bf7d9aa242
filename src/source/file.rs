//! The texts of one run, by number.

use std::ops::Range;
use std::sync::OnceLock;

use super::decode::decode;
use super::fault::{SyntaxFault, SyntaxFaultKind};
use super::limits::Limits;
use super::span::{FileId, Span};

/// All texts of one run. Ids of one set must not be used with another.
#[derive(Debug, Default)]
pub struct Sources {
    files: Vec<SourceFile>,
}

impl Sources {
    /// An empty set.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a text under the name that messages show.
    pub fn add(&mut self, name: impl Into<String>, text: String) -> FileId {
        let id = FileId::from_index(u32::try_from(self.files.len()).unwrap_or(u32::MAX));
        self.files.push(SourceFile {
            name: name.into(),
            text,
            lines: OnceLock::new(),
        });
        id
    }

    /// Decodes the bytes of a file (see [`decode`]) and adds them.
    ///
    /// # Errors
    ///
    /// What keeps the bytes from being a text. The file is in the set all the same, with
    /// replacement characters where it is not UTF-8, so that the faults can be shown in place.
    pub fn add_bytes(
        &mut self,
        name: impl Into<String>,
        bytes: Vec<u8>,
        limits: &Limits,
    ) -> Result<FileId, Vec<SyntaxFault>> {
        if bytes.len() > limits.bytes {
            let kind = SyntaxFaultKind::TooLarge {
                limit: limits.bytes,
            };
            let span = Span::new(self.add(name, String::new()), 0, 0);
            return Err(vec![SyntaxFault { span, kind }]);
        }
        match decode(bytes) {
            Ok(text) => Ok(self.add(name, text)),
            Err(bad) => {
                let file = self.add(name, bad.text);
                let fault = |(range, kind): (Range<u32>, _)| SyntaxFault {
                    span: Span::new(file, range.start, range.end),
                    kind,
                };
                Err(bad.faults.into_iter().map(fault).collect())
            }
        }
    }

    /// The file with this id.
    ///
    /// # Panics
    ///
    /// When the id belongs to another set.
    pub fn get(&self, id: FileId) -> &SourceFile {
        &self.files[id.index() as usize]
    }

    /// The text that a span covers, or nothing when the span is not one of this set.
    pub fn text(&self, span: Span) -> &str {
        let file = self.files.get(span.file.index() as usize);
        file.and_then(|file| file.text.get(span.range()))
            .unwrap_or_default()
    }

    /// The files with their ids, in the order they were added.
    pub fn iter(&self) -> impl Iterator<Item = (FileId, &SourceFile)> {
        (0..).map(FileId::from_index).zip(&self.files)
    }
}

/// One text and its name.
#[derive(Debug)]
pub struct SourceFile {
    name: String,
    text: String,
    /// Offsets of the first byte of each line, found when first asked for.
    lines: OnceLock<Vec<u32>>,
}

impl SourceFile {
    /// The name that messages show.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The whole text, without a byte order mark.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// Line and column of a byte offset, both from 1; the column counts characters.
    ///
    /// An offset past the end counts as the end, and one within a character as its start.
    pub fn line_col(&self, offset: u32) -> (u32, u32) {
        let mut end = (offset as usize).min(self.text.len());
        while !self.text.is_char_boundary(end) {
            end -= 1;
        }
        let line = self
            .lines()
            .partition_point(|&start| start as usize <= end)
            .max(1);
        let start = self.lines()[line - 1] as usize;
        let column = self.text[start..end].chars().count() + 1;
        (line as u32, column as u32)
    }

    /// The bytes of a line (from 1) without its line break; empty where there is no such line.
    pub fn line_range(&self, line: u32) -> Range<usize> {
        let lines = self.lines();
        let Some(&start) = (line as usize).checked_sub(1).and_then(|at| lines.get(at)) else {
            return self.text.len()..self.text.len();
        };
        let next = lines.get(line as usize);
        let end = next.map_or(self.text.len(), |&next| next as usize);
        let line = self.text[start as usize..end].trim_end_matches(['\r', '\n']);
        start as usize..start as usize + line.len()
    }

    /// Number of lines; a line break at the very end starts no further line.
    pub fn line_count(&self) -> u32 {
        let open = self.lines().len() - usize::from(self.text.ends_with('\n'));
        open as u32
    }

    fn lines(&self) -> &[u32] {
        self.lines.get_or_init(|| {
            let breaks = self.text.match_indices('\n');
            let starts = breaks.map(|(at, _)| at as u32 + 1);
            std::iter::once(0).chain(starts).collect()
        })
    }
}
