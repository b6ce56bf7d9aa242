//! What can be wrong with a text, as data.

use std::fmt;

use super::span::Span;

/// One fault and its place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SyntaxFault {
    /// The bytes at fault; empty where something is missing.
    pub span: Span,
    /// What is wrong. Displays as a short sentence without a full stop.
    pub kind: SyntaxFaultKind,
}

/// The kinds of faults.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum SyntaxFaultKind {
    /// The text is no YAML; nothing after the place was read.
    Broken {
        /// What is wrong there.
        message: String,
        /// What to do about it, where that can be told.
        help: Option<String>,
    },
    /// A tab stands where YAML wants spaces; nothing after the place was read.
    TabIndent,
    /// A mapping has a key twice.
    DuplicateKey {
        /// The key.
        key: String,
        /// Where it comes first.
        first: Span,
    },
    /// A key is null, a list or a mapping.
    NonStringKey,
    /// A value has a tag that is not one of YAML's core tags, or one that does not fit it.
    CustomTag {
        /// The tag as written.
        tag: String,
    },
    /// An alias names an anchor that does not come before it.
    UnknownAnchor {
        /// The name, without `*`.
        name: String,
    },
    /// An alias stands within the value of its own anchor.
    RecursiveAlias,
    /// Aliases would make more nodes than the limit allows.
    AliasBomb {
        /// Nodes that aliases may add to this document.
        limit: usize,
    },
    /// The value of `<<` is neither a mapping nor a list of mappings.
    BadMergeKey,
    /// Lists and mappings are nested too deeply.
    TooDeep {
        /// The deepest nesting allowed.
        limit: usize,
    },
    /// The text is too large; it was not read at all.
    TooLarge {
        /// The largest size allowed, in bytes.
        limit: usize,
    },
    /// The document has too many keys and values.
    TooManyNodes {
        /// The largest number allowed.
        limit: usize,
    },
    /// A control character, or a code point that is no character.
    ControlCharacter {
        /// Its code point.
        code: u32,
    },
    /// The bytes are not UTF-8.
    NotUtf8 {
        /// Offset of the first such byte, a byte order mark not counted.
        offset: usize,
    },
    /// Another document follows where only one is allowed.
    SeveralDocuments,
}

impl SyntaxFaultKind {
    /// What to do about the fault, where that can be told; a sentence without a full stop.
    pub fn help(&self) -> Option<String> {
        let help = match self {
            Self::Broken { help, .. } => return help.clone(),
            Self::TabIndent => "indent with spaces",
            Self::DuplicateKey { key, .. } if key == "<<" => {
                "merge several mappings with one list: `<<: [*first, *second]`"
            }
            Self::DuplicateKey { .. } => "remove one of them",
            Self::NonStringKey => {
                "quote the key if it is meant as text; a value with `{{ }}` needs quotes too"
            }
            Self::CustomTag { .. } => "remove the tag; quote the value if it is meant as text",
            Self::UnknownAnchor { .. } => {
                "quote a value that begins with `*`, or define the anchor with `&`, earlier in the \
                 same document"
            }
            Self::RecursiveAlias => "write the value out",
            Self::AliasBomb { .. } => {
                "let no anchor's value be made of aliases that are made of aliases"
            }
            Self::BadMergeKey => "use an alias of a mapping, or a list of such aliases",
            Self::TooLarge { .. } | Self::TooManyNodes { .. } | Self::SeveralDocuments => {
                "use several files"
            }
            Self::ControlCharacter { .. } => {
                "remove it, or write it as an escape in double quotes, such as \"\\u0085\""
            }
            Self::NotUtf8 { .. } => "save the file as UTF-8",
            Self::TooDeep { .. } => return None,
        };
        Some(help.to_owned())
    }
}

impl fmt::Display for SyntaxFaultKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Broken { message, .. } => f.write_str(message),
            Self::TabIndent => f.write_str("a tab is used for indentation"),
            Self::DuplicateKey { key, .. } => write!(f, "the key `{key}` comes twice"),
            Self::NonStringKey => f.write_str("a key must be a string"),
            Self::CustomTag { tag } => write!(f, "the tag `{tag}` is not allowed here"),
            Self::UnknownAnchor { name } => write!(f, "there is no anchor `{name}`"),
            Self::RecursiveAlias => f.write_str("an alias stands within its own value"),
            Self::AliasBomb { limit } => {
                write!(f, "the aliases expand to more than {limit} values")
            }
            Self::BadMergeKey => f.write_str("only mappings can be merged with `<<`"),
            Self::TooDeep { limit } => write!(f, "nested more than {limit} levels deep"),
            Self::TooLarge { limit } => match limit >> 20 {
                0 => write!(f, "larger than {limit} bytes"),
                mebibytes => write!(f, "larger than {mebibytes} MiB"),
            },
            Self::TooManyNodes { limit } => write!(f, "more than {limit} keys and values"),
            Self::ControlCharacter { code } => {
                write!(f, "the character U+{code:04X} is not allowed")
            }
            Self::NotUtf8 { .. } => f.write_str("the text is not UTF-8"),
            Self::SeveralDocuments => f.write_str("only one document is allowed in a file"),
        }
    }
}
