//! The one place that knows the YAML parser: its events become calls of the builder, its errors
//! our faults.

use granit_parser::{
    ErrorKind, Event, Parser, ScalarStyle as Style, ScanError, Span as Range, StrInput,
    StructureStyle,
};

use super::build::{Builder, Properties, Stop};
use super::decode::refused;
use super::fault::{SyntaxFault, SyntaxFaultKind};
use super::file::Sources;
use super::limits::Limits;
use super::node::Node;
use super::repair::explain;
use super::scalar::{Scalar, ScalarStyle};
use super::span::{FileId, Span};
use super::tag::Tag;
use super::trouble::{Clues, Trouble};

/// The tree of a document, nothing where it holds none, or all that is wrong with it.
pub(super) type Root = Result<Option<Node>, Vec<SyntaxFault>>;

/// Documents of one text, one after the other.
pub(super) struct Reader<'a> {
    parser: Parser<'a, StrInput<'a>>,
    text: &'a str,
    file: FileId,
    limits: &'a Limits,
    last_alias: Option<u32>,
    done: bool,
}

impl<'a> Reader<'a> {
    pub(super) fn new(
        sources: &'a Sources,
        file: FileId,
        limits: &'a Limits,
    ) -> Result<Self, Vec<SyntaxFault>> {
        let text = sources.get(file).text();
        let fault = |start, end, kind| {
            let span = Span::new(file, start, end);
            Err(vec![SyntaxFault { span, kind }])
        };
        // Places are kept as 32-bit numbers.
        let limit = limits.bytes.min(u32::MAX as usize - 1);
        if text.len() > limit {
            return fault(0, 0, SyntaxFaultKind::TooLarge { limit });
        }
        if let Some((at, code)) = refused(text) {
            return fault(at, at + 1, SyntaxFaultKind::ControlCharacter { code });
        }
        let options = granit_parser::options! {
            emit_comments: false,
            emit_unresolved_aliases: true,
            // As libyaml has it, and with it kubectl and Helm.
            block_scalar_eof_without_line_feed: true,
            flow_nesting_limit: limits.depth,
            block_nesting_limit: limits.depth,
        };
        Ok(Self {
            parser: Parser::new_from_str_with_options(text, options),
            text,
            file,
            limits,
            last_alias: text.rfind('*').map(|at| at as u32),
            done: false,
        })
    }

    /// The next document and where it stands; see [`super::Document`].
    pub(super) fn next_document(&mut self) -> Option<(Span, Root)> {
        if self.done {
            return None;
        }
        let mut builder = Builder::new(self.limits, self.last_alias);
        let mut start = None;
        let end = loop {
            let (event, range) = match self.parser.next_event() {
                Some(Ok(event)) => event,
                Some(Err(error)) => {
                    let (span, kind) = self.broken(&error, &builder);
                    builder.report_end(self.text, span, kind);
                    self.recover();
                    start.get_or_insert(span.start);
                    break self.text.len() as u32;
                }
                None => {
                    self.done = true;
                    return None;
                }
            };
            let span = self.span(&range);
            match event {
                Event::StreamStart => {}
                Event::StreamEnd => {
                    self.done = true;
                    return None;
                }
                Event::DocumentStart(..) => start = Some(span.start),
                Event::DocumentEnd => break span.end,
                event => {
                    if self.feed(&mut builder, event, &range, span).is_err() {
                        self.recover();
                        break self.text.len() as u32;
                    }
                }
            }
        };
        let start = start.unwrap_or_default();
        let span = Span::new(self.file, start, end.max(start));
        Some((span, builder.finish()))
    }

    /// Length of the `---` at an offset, if there is one.
    pub(super) fn mark(&self, at: u32) -> u32 {
        let marked = self.text[at as usize..].starts_with("---");
        if marked { 3 } else { 0 }
    }

    /// Goes on to the next document after a fault that ended this one.
    fn recover(&mut self) {
        self.done = !matches!(self.parser.proceed_next_document(), Ok(true));
    }

    fn feed(
        &self,
        builder: &mut Builder<'_>,
        event: Event<'a>,
        range: &Range,
        span: Span,
    ) -> Result<(), Stop> {
        let tag = event.tag().map(|tag| Tag {
            core: tag
                .suffix_in_namespace("tag:yaml.org,2002:")
                .map(|name| name.into_owned()),
            written: tag.original(),
            span: range.tag_span().map_or(span, |tag| self.span(&tag)),
        });
        let properties = |anchor| Properties { anchor, tag };
        match event {
            Event::Scalar(text, style, anchor, _) => {
                let (text, style) = match style {
                    // The parser writes out a value that is not there.
                    Style::Plain if span.is_empty() => (String::new(), ScalarStyle::Plain),
                    Style::Plain => (text.into_owned(), ScalarStyle::Plain),
                    Style::SingleQuoted | Style::DoubleQuoted => {
                        (text.into_owned(), ScalarStyle::Quoted)
                    }
                    Style::Literal | Style::Folded => (text.into_owned(), ScalarStyle::Block),
                };
                let properties = properties(anchor);
                let absent = span.is_empty() && style == ScalarStyle::Plain;
                if absent && builder.is_new() && properties.tag.is_none() && anchor == 0 {
                    return Ok(());
                }
                let span = self.tidy(span, style);
                builder.scalar(Scalar { text, style }, span, properties)
            }
            Event::SequenceStart(style, anchor, _) => builder.open(
                false,
                style == StructureStyle::Flow,
                span,
                properties(anchor),
            ),
            Event::MappingStart(style, anchor, _) => builder.open(
                true,
                style == StructureStyle::Flow,
                span,
                properties(anchor),
            ),
            Event::SequenceEnd | Event::MappingEnd => builder.close(span.end),
            Event::Alias(id) => builder.alias(id, span),
            Event::UnresolvedAlias(name) => builder.unknown_alias(name.into_owned(), span),
            _ => Ok(()),
        }
    }

    /// The bytes of a scalar: a block without the line breaks after it, and a value that is not
    /// there just after the colon it is missing from.
    fn tidy(&self, span: Span, style: ScalarStyle) -> Span {
        let text = &self.text[span.range()];
        match style {
            ScalarStyle::Block => {
                let kept = text.trim_end_matches(['\n', '\r', ' ', '\t']).len();
                Span::new(self.file, span.start, span.start + kept as u32)
            }
            ScalarStyle::Plain if text.is_empty() => {
                let after = &self.text[span.range().start..];
                let blanks = after.len() - after.trim_start_matches([' ', '\t']).len();
                let colon = after[blanks..].starts_with(':');
                let at = span.start + if colon { blanks as u32 + 1 } else { 0 };
                Span::new(self.file, at, at)
            }
            _ => span,
        }
    }

    fn span(&self, range: &Range) -> Span {
        let end = self.text.len();
        let bytes = range.byte_range().unwrap_or(end..end);
        let start = bytes.start.min(end);
        Span::new(self.file, start as u32, bytes.end.clamp(start, end) as u32)
    }

    fn broken(&self, error: &ScanError, builder: &Builder<'_>) -> (Span, SyntaxFaultKind) {
        let end = self.text.len();
        let clues = Clues {
            text: self.text,
            at: error.marker().byte_offset().unwrap_or(end).min(end),
            before: builder.last_end() as usize,
            open_bracket: builder.open_bracket().map(|at| at as usize),
            depth: self.limits.depth,
        };
        let (bytes, kind) = explain(&clues, trouble(error.kind()));
        let span = Span::new(self.file, bytes.start as u32, bytes.end as u32);
        (span, kind)
    }
}

/// The parser's errors, by what has to be looked for to explain them.
fn trouble(kind: &ErrorKind) -> Trouble {
    use ErrorKind as E;
    match kind {
        E::TabNotAllowed
        | E::TabInBlockIndentation
        | E::TabAtBlockScalarStart
        | E::TabInIndentation
        | E::TabInPlainScalar => Trouble::Tab,
        E::SimpleKeyExpected | E::InvalidSimpleKey => Trouble::NoColon,
        E::MappingValueNotAllowed | E::MappingKeyNotAllowed | E::InvalidMappingValueWhitespace => {
            Trouble::StrayColon
        }
        E::ExpectedBlockMappingKey | E::InvalidIndentation => Trouble::NotAKey,
        E::ExpectedDocumentStart => Trouble::AfterDocument,
        E::ExpectedBlockSequenceEntry => Trouble::NotAnItem,
        E::BlockSequenceEntryNotAllowed | E::InvalidBlockEntryWhitespace => Trouble::StrayItem,
        E::InvalidColonPlacement
        | E::ExpectedFlowMappingSeparator
        | E::ExpectedFlowSequenceSeparator
        | E::UnexpectedEofFlowSequence
        | E::UnexpectedEofFlowMapping
        | E::UnexpectedEofImplicitFlowMapping
        | E::BlockEntryInFlowCollection
        | E::InvalidFlowScalarIndent => Trouble::InBrackets,
        E::UnclosedFlowCollection { .. } => Trouble::OpenBracket,
        E::MismatchedFlowCollectionEnd { open, close } => Trouble::WrongBracket(*open, *close),
        E::MisplacedFlowCollectionEnd => Trouble::StrayBracket,
        E::UnclosedQuotedScalar
        | E::DocumentIndicatorInQuotedScalar
        | E::InvalidQuotedScalarIndent => Trouble::OpenQuote,
        E::InvalidTrailingSingleQuotedScalar | E::InvalidTrailingDoubleQuotedScalar => {
            Trouble::AfterQuote
        }
        E::UnknownQuotedScalarEscape
        | E::InvalidQuotedScalarHexEscape
        | E::InvalidLowSurrogateHexEscape
        | E::InvalidLowSurrogate
        | E::MissingLowSurrogate
        | E::UnpairedLowSurrogate
        | E::InvalidUnicodeEscape => Trouble::Escape,
        E::MissingAnchorOrAliasName => Trouble::NoName,
        E::UnexpectedCharacter { character } => Trouble::BadStart(*character),
        E::InvalidBlockScalarHeader => Trouble::BlockHeader,
        E::CommentInterceptedScalar => Trouble::Comment,
        E::UndeclaredTagHandle
        | E::InvalidTagTerminator
        | E::UnclosedVerbatimTag
        | E::InvalidTagEscape
        | E::MissingTagUri
        | E::InvalidGlobalTagCharacter => Trouble::Tag,
        E::RecursionLimitExceeded => Trouble::TooDeep,
        E::CommentNotSeparated => {
            Trouble::Other("a space is missing before the comment".to_owned())
        }
        other => Trouble::Other(other.to_string()),
    }
}
