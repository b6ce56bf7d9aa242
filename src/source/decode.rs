//! From the bytes of a file to its text.

use std::ops::Range;

use super::fault::SyntaxFaultKind;

/// Faults of bytes that are no text we read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Undecodable {
    /// The text as far as there is one, with replacement characters where it is not UTF-8.
    pub text: String,
    /// At least one place in `text`, in bytes, and what is wrong there; at most 50.
    pub faults: Vec<(Range<u32>, SyntaxFaultKind)>,
}

const FAULTS: usize = 50;

/// Makes text of bytes: UTF-8, without the byte order mark it may begin with.
///
/// Control characters are refused, but for tab, LF and CR: YAML does not allow most of them, and
/// readers disagree about the rest (U+0085 is a line break to some and a space to others). Written
/// as escapes in double quotes they are fine. Line breaks stay as they are.
///
/// # Errors
///
/// The places that are no UTF-8 or hold such a character.
pub fn decode(mut bytes: Vec<u8>) -> Result<String, Undecodable> {
    if bytes.starts_with(b"\xEF\xBB\xBF") {
        bytes.drain(..3);
    }
    let text = match String::from_utf8(bytes) {
        Ok(text) => text,
        Err(error) => {
            let offset = error.utf8_error().valid_up_to();
            let text = String::from_utf8_lossy(error.as_bytes()).into_owned();
            let width = text[offset..].chars().next().map_or(0, char::len_utf8);
            let place = offset as u32..(offset + width) as u32;
            let faults = vec![(place, SyntaxFaultKind::NotUtf8 { offset })];
            return Err(Undecodable { text, faults });
        }
    };
    let faults: Vec<_> = controls(&text).take(FAULTS).collect();
    if faults.is_empty() {
        Ok(text)
    } else {
        Err(Undecodable { text, faults })
    }
}

/// Says whether a character may stand in a YAML text as it is: all but control characters (tab and
/// line breaks aside) and the two code points that are no characters.
pub(super) fn is_printable(c: char) -> bool {
    match c {
        '\t' | '\n' | '\r' => true,
        '\u{FFFE}' | '\u{FFFF}' => false,
        c => !c.is_control(),
    }
}

fn controls(text: &str) -> impl Iterator<Item = (Range<u32>, SyntaxFaultKind)> {
    // Looking at first bytes and only then at characters is much the fastest.
    let suspect = |byte: u8| match byte {
        b'\t' | b'\n' | b'\r' => false,
        byte => byte < 0x20 || matches!(byte, 0x7F | 0xC2 | 0xEF),
    };
    places(text, suspect).filter_map(move |at| {
        let c = text[at..].chars().next().filter(|&c| !is_printable(c))?;
        let code = u32::from(c);
        let place = at as u32..(at + c.len_utf8()) as u32;
        Some((place, SyntaxFaultKind::ControlCharacter { code }))
    })
}

/// The first control character that no YAML reader takes, and its place.
///
/// For texts that nobody decoded, such as rendered templates. The parser itself sees the others,
/// but a NUL ends the text for it in some places.
pub(super) fn refused(text: &str) -> Option<(u32, u32)> {
    let refused = |byte: u8| byte < 0x20 && !matches!(byte, b'\t' | b'\n' | b'\r');
    let at = places(text, refused).next()?;
    Some((at as u32, u32::from(text.as_bytes()[at])))
}

/// Where such bytes are.
fn places(text: &str, wanted: impl Fn(u8) -> bool + Copy) -> impl Iterator<Item = usize> {
    const BLOCK: usize = 64;
    let blocks = text.as_bytes().chunks(BLOCK).enumerate();
    // Whole blocks first: the compiler turns that into vector instructions.
    let any = move |block: &[u8]| block.iter().fold(false, |any, &byte| any | wanted(byte));
    let blocks = blocks.filter(move |(_, block)| any(block));
    blocks.flat_map(move |(number, block)| {
        let bytes = block.iter().enumerate();
        let bytes = bytes.filter(move |(_, byte)| wanted(**byte));
        bytes.map(move |(at, _)| number * BLOCK + at)
    })
}
