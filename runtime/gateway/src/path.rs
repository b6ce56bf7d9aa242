//! Which paths are accepted, and how they are compared with a route.
//!
//! A gateway and a function must never disagree about what a path means: a caller who finds two
//! readings of one path walks around the route that was meant to guard it. So every path with
//! a second reading is refused, and what is left is compared in its decoded form, in which
//! `/%61dmin` and `/admin` are the same. The path itself is forwarded exactly as it was received.

use std::borrow::Cow;

/// Why a path is refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum PathFault {
    /// It does not begin with `/` (as in `OPTIONS *` or `CONNECT host:port`).
    #[error("the path must begin with `/`")]
    NotAbsolute,
    /// A byte that is not visible ASCII, or a backslash.
    #[error("the path has a character that must be percent-encoded or is not allowed")]
    BadCharacter,
    /// `%` without two hexadecimal digits after it.
    #[error("the path has a `%` that is not followed by two hexadecimal digits")]
    BadEscape,
    /// An escape that stands for `/`, `\`, `.` or a control character, singly or doubly encoded.
    #[error("the path has an encoded slash, backslash, dot or control character")]
    HiddenCharacter,
    /// Two slashes in a row.
    #[error("the path has an empty segment (`//`)")]
    EmptySegment,
    /// A segment `.` or `..`, with or without parameters (`..;x`).
    #[error("the path has a `.` or `..` segment")]
    DotSegment,
}

/// Checks `path` (no query) and returns its percent-decoded bytes.
///
/// The result begins with `/` and has the same segments as `path`; it is borrowed where nothing
/// was encoded.
///
/// # Errors
/// The first [`PathFault`] found.
pub fn decode(path: &str) -> Result<Cow<'_, [u8]>, PathFault> {
    let bytes = path.as_bytes();
    if bytes.first() != Some(&b'/') {
        return Err(PathFault::NotAbsolute);
    }
    if !bytes.iter().all(|&b| b.is_ascii_graphic() && b != b'\\') {
        return Err(PathFault::BadCharacter);
    }
    // Nothing that separates or names a segment can come out of an escape, so the segments of
    // the undecoded path are those of the decoded one.
    let mut segments = bytes[1..].split(|&b| b == b'/').peekable();
    while let Some(segment) = segments.next() {
        let name = segment.split(|&b| b == b';').next().unwrap_or_default();
        if name == b"." || name == b".." {
            return Err(PathFault::DotSegment);
        }
        // Only the last segment may be empty: a trailing slash.
        if segment.is_empty() && segments.peek().is_some() {
            return Err(PathFault::EmptySegment);
        }
    }
    if bytes.contains(&b'%') {
        unescape(bytes).map(Cow::Owned)
    } else {
        Ok(Cow::Borrowed(bytes))
    }
}

fn unescape(bytes: &[u8]) -> Result<Vec<u8>, PathFault> {
    let mut decoded = Vec::with_capacity(bytes.len());
    let mut rest = bytes;
    while let [first, tail @ ..] = rest {
        if *first != b'%' {
            decoded.push(*first);
            rest = tail;
            continue;
        }
        let (byte, tail) = escape(tail).ok_or(PathFault::BadEscape)?;
        // `%252e`: a function that decodes twice would see a dot.
        let twice = if byte == b'%' {
            escape(tail).map(|(byte, _)| byte)
        } else {
            None
        };
        if is_hidden(byte) || twice.is_some_and(is_hidden) {
            return Err(PathFault::HiddenCharacter);
        }
        decoded.push(byte);
        rest = tail;
    }
    Ok(decoded)
}

/// Reads the two digits after a `%`: the byte they stand for, and what follows them.
fn escape(bytes: &[u8]) -> Option<(u8, &[u8])> {
    let [high, low, tail @ ..] = bytes else {
        return None;
    };
    let digit = |b: u8| {
        char::from(b)
            .to_digit(16)
            .and_then(|d| u8::try_from(d).ok())
    };
    Some((digit(*high)? << 4 | digit(*low)?, tail))
}

fn is_hidden(byte: u8) -> bool {
    matches!(byte, b'/' | b'\\' | b'.') || byte.is_ascii_control()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn ordinary_paths_are_decoded() {
        for (path, decoded) in [
            ("/", "/"),
            ("/test/", "/test/"),
            ("/a.b/..c/...", "/a.b/..c/..."),
            ("/%61dmin/x%20y", "/admin/x y"),
            ("/caf%C3%A9", "/café"),
            ("/100%25", "/100%"),
            ("/a;v=1/~user/@x:y", "/a;v=1/~user/@x:y"),
        ] {
            assert_eq!(decode(path).as_deref(), Ok(decoded.as_bytes()), "{path}");
        }
    }

    #[test]
    fn every_path_with_a_second_reading_is_refused() {
        use PathFault::*;
        for (path, fault) in [
            ("", NotAbsolute),
            ("*", NotAbsolute),
            ("test", NotAbsolute),
            ("/a//b", EmptySegment),
            ("//", EmptySegment),
            ("//host/a", EmptySegment),
            ("/a/../b", DotSegment),
            ("/a/..", DotSegment),
            ("/./a", DotSegment),
            ("/a/.", DotSegment),
            ("/a/..;/b", DotSegment),
            ("/a/.;x=1/b", DotSegment),
            ("/a/%2e%2e/b", HiddenCharacter),
            ("/a/%2E./b", HiddenCharacter),
            ("/a%2fb", HiddenCharacter),
            ("/a%2Fb", HiddenCharacter),
            ("/a%5cb", HiddenCharacter),
            ("/a%5Cb", HiddenCharacter),
            ("/a%00", HiddenCharacter),
            ("/a%0d%0ab", HiddenCharacter),
            ("/a%7f", HiddenCharacter),
            ("/a/%252e%252e/b", HiddenCharacter),
            ("/a%252Fb", HiddenCharacter),
            ("/a\\b", BadCharacter),
            ("/a b", BadCharacter),
            ("/a\0b", BadCharacter),
            ("/a\tb", BadCharacter),
            ("/a\u{7f}b", BadCharacter),
            ("/caf\u{e9}", BadCharacter),
            ("/a%", BadEscape),
            ("/a%4", BadEscape),
            ("/a%zz", BadEscape),
            ("/a%+1", BadEscape),
        ] {
            assert_eq!(decode(path), Err(fault), "{path:?}");
        }
    }

    proptest! {
        #[test]
        fn never_panics(path in any::<String>()) {
            let _ = decode(&path);
        }

        #[test]
        fn what_is_accepted_has_one_reading(path in "/(%[0-9a-fA-F]{2}|[a-c./;%\\\\]){0,12}") {
            let Ok(decoded) = decode(&path) else { return Ok(()) };
            let slashes = |bytes: &[u8]| bytes.iter().filter(|&&b| b == b'/').count();
            prop_assert_eq!(slashes(&decoded), slashes(path.as_bytes()));
            let text = String::from_utf8_lossy(&decoded);
            prop_assert!(!text.contains("//"));
            prop_assert!(text.split('/').all(|segment| segment != "." && segment != ".."));
            prop_assert!(!decoded.iter().any(|b| b.is_ascii_control() || *b == b'\\'));
        }
    }
}
