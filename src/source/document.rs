//! Documents of a file: exactly one, or any number.

use super::fault::{SyntaxFault, SyntaxFaultKind};
use super::file::Sources;
use super::limits::Limits;
use super::node::Node;
use super::span::{FileId, Span};
use super::yaml::Reader;

/// One document of a stream.
#[derive(Debug)]
pub struct Document {
    /// Its number in the stream, from 0, empty documents counted.
    pub index: usize,
    /// From its `---`, or else its first byte, to where the next one begins.
    pub span: Span,
    /// The tree; nothing where there are only comments; or all that is wrong with it.
    pub root: Result<Option<Node>, Vec<SyntaxFault>>,
}

/// Reads a file that holds one YAML or JSON document; documents that hold nothing do not count.
///
/// Returns nothing for a file without any value.
///
/// # Errors
///
/// All faults of the document in the order of the text, at least one. After broken syntax nothing
/// more is read, so a second run may find more.
pub fn parse(
    sources: &Sources,
    file: FileId,
    limits: &Limits,
) -> Result<Option<Node>, Vec<SyntaxFault>> {
    let mut reader = Reader::new(sources, file, limits)?;
    let mut found = None;
    while let Some((span, root)) = reader.next_document() {
        match root {
            Ok(None) => {}
            // Without a mark between them there are no two documents, but one that is broken.
            Err(faults) if reader.mark(span.start) == 0 => return Err(faults),
            _ if found.is_some() => {
                let start = span.start;
                let span = Span::new(file, start, start + reader.mark(start));
                let kind = SyntaxFaultKind::SeveralDocuments;
                return Err(vec![SyntaxFault { span, kind }]);
            }
            Ok(root) => found = root,
            Err(faults) => return Err(faults),
        }
    }
    Ok(found)
}

/// Reads a file of any number of documents. One that is broken does not keep the others from being
/// read.
///
/// # Errors
///
/// What keeps the text from being read at all: its size, or a control character.
pub fn parse_stream(
    sources: &Sources,
    file: FileId,
    limits: &Limits,
) -> Result<Vec<Document>, Vec<SyntaxFault>> {
    let mut reader = Reader::new(sources, file, limits)?;
    let documents = std::iter::from_fn(|| reader.next_document()).enumerate();
    let document = |(index, (span, root))| Document { index, span, root };
    Ok(documents.map(document).collect())
}
