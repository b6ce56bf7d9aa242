//! Who may call a route that wants a bearer token (RFC 6750).
//!
//! The tokens of a route stand in a file, one a line, so that while one takes the place of another
//! both count. They are kept as digests only, all of one length: comparing them takes the same time
//! whatever a caller shows. The file is read again when it changes; while there is none, nobody is
//! let in.

use std::fmt;
use std::io::Read;
use std::path::Path;

use http::HeaderMap;
use http::header::AUTHORIZATION;
use sha2::{Digest, Sha256};
use subtle::{Choice, ConstantTimeEq};

use crate::reject::{Kind, Reject};

/// The largest file that is read, in bytes.
const MAX_SIZE: u64 = 64 * 1024;
/// The most tokens of one file: each costs every request a comparison.
const MAX_TOKENS: usize = 64;

/// The tokens of one file, as digests.
#[derive(Clone, Default, PartialEq, Eq)]
pub(crate) struct Tokens(Vec<[u8; 32]>);

/// How many there are, and not what.
impl fmt::Debug for Tokens {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Tokens({})", self.0.len())
    }
}

impl Tokens {
    /// Reads a file; what cannot be used is said in the log, without its content, and leaves no
    /// tokens.
    pub(crate) fn load(path: &Path) -> Self {
        let tokens = read(path).and_then(|text| Self::parse(&text));
        tokens.unwrap_or_else(|reason| {
            tracing::warn!(path = %path.display(), reason, "no tokens: nobody is let in");
            Self::default()
        })
    }

    fn parse(text: &[u8]) -> Result<Self, String> {
        let lines = text.split(|&b| b == b'\n').map(<[u8]>::trim_ascii);
        let tokens: Vec<&[u8]> = lines.filter(|line| !line.is_empty()).collect();
        if tokens.is_empty() {
            return Err("the file is empty".to_owned());
        }
        if tokens.len() > MAX_TOKENS {
            return Err(format!("there are more than {MAX_TOKENS} lines"));
        }
        let visible = |token: &[u8]| token.iter().all(u8::is_ascii_graphic);
        if let Some(line) = tokens.iter().position(|token| !visible(token)) {
            return Err(format!(
                "token {} has a character that no header can carry: use visible ASCII, no spaces",
                line + 1
            ));
        }
        Ok(Self(tokens.into_iter().map(digest).collect()))
    }

    /// Lets a request in or not.
    ///
    /// # Errors
    /// [`Kind::Unauthorized`] for a caller without a token of the file, [`Kind::NoTokens`] where
    /// there is none that it could have.
    pub(crate) fn check(&self, headers: &HeaderMap) -> Result<(), Reject> {
        if self.0.is_empty() {
            let reason = "the tokens of this route cannot be read: nobody is let in";
            return Err(Reject::new(Kind::NoTokens, reason));
        }
        let Some(shown) = bearer(headers) else {
            let reason = "this route wants `Authorization: Bearer <token>`";
            return Err(Reject::new(Kind::Unauthorized, reason));
        };
        let shown = digest(shown);
        // All of them, found or not.
        let known = |found: Choice, own: &[u8; 32]| found | own.ct_eq(&shown);
        if self.0.iter().fold(Choice::from(0), known).into() {
            Ok(())
        } else {
            Err(Reject::new(
                Kind::Unauthorized,
                "the bearer token is not valid",
            ))
        }
    }
}

fn digest(token: &[u8]) -> [u8; 32] {
    Sha256::digest(token).into()
}

fn read(path: &Path) -> Result<Vec<u8>, String> {
    let unreadable = |error: std::io::Error| format!("it cannot be read: {error}");
    let file = std::fs::File::open(path).map_err(unreadable)?;
    let mut text = Vec::new();
    file.take(MAX_SIZE + 1)
        .read_to_end(&mut text)
        .map_err(unreadable)?;
    if text.len() as u64 > MAX_SIZE {
        return Err("it is larger than 64 KiB".to_owned());
    }
    Ok(text)
}

/// The token of the one `Authorization` header. Two of them have two readings, so they are none.
fn bearer(headers: &HeaderMap) -> Option<&[u8]> {
    let mut named = headers.get_all(AUTHORIZATION).iter();
    let (Some(value), None) = (named.next(), named.next()) else {
        return None;
    };
    let value = value.as_bytes();
    let (scheme, token) = value.split_at_checked("bearer ".len())?;
    let token = token.trim_ascii();
    (scheme.eq_ignore_ascii_case(b"bearer ") && !token.is_empty()).then_some(token)
}

#[cfg(test)]
mod tests {
    use super::*;
    use http::HeaderValue;
    use proptest::prelude::*;

    fn headers(values: &[&str]) -> HeaderMap {
        let value = |text: &&str| (AUTHORIZATION, HeaderValue::from_str(text).unwrap());
        values.iter().map(value).collect()
    }

    fn status(tokens: &Tokens, values: &[&str]) -> u16 {
        let outcome = tokens.check(&headers(values));
        outcome.map_or_else(|reject| reject.kind().row().status.as_u16(), |()| 200)
    }

    #[test]
    fn whoever_shows_a_token_of_the_file_is_let_in() {
        let tokens = Tokens::parse(b"\n old-token\r\nnew.token~+/=\n\n").unwrap();
        for (values, expected) in [
            (vec!["Bearer old-token"], 200),
            (vec!["bearer new.token~+/="], 200),
            (vec!["BEARER   old-token"], 200),
            (vec![], 401),
            (vec![""], 401),
            (vec!["Bearer"], 401),
            (vec!["Bearer "], 401),
            (vec!["old-token"], 401),
            (vec!["Basic old-token"], 401),
            (vec!["Bearerold-token"], 401),
            (vec!["Bearer old-toke"], 401),
            (vec!["Bearer old-token2"], 401),
            (vec!["Bearer old-token new.token~+/="], 401),
            (vec!["Bearer OLD-TOKEN"], 401),
            (vec!["Bearer old-token", "Bearer old-token"], 401),
            (vec!["Bearer x", "Bearer old-token"], 401),
        ] {
            assert_eq!(status(&tokens, &values), expected, "{values:?}");
        }
    }

    #[test]
    fn without_tokens_nobody_is_let_in() {
        for text in [
            b"".as_slice(),
            b"\n \n",
            b"a b\n",
            b"caf\xc3\xa9",
            &[b'\n', 0],
        ] {
            assert!(Tokens::parse(text).is_err(), "{text:?}");
        }
        assert!(Tokens::parse(&b"x\n".repeat(65)).is_err());
        let none = Tokens::load(Path::new("/nonexistent/token"));
        assert_eq!(status(&none, &["Bearer x"]), 503);
        assert_eq!(status(&none, &["Bearer "]), 503);
    }

    proptest! {
        #[test]
        fn only_the_very_token_fits(own in "[!-~]{1,40}", shown in "[!-~]{1,40}") {
            let tokens = Tokens::parse(own.as_bytes()).unwrap();
            prop_assert_eq!(status(&tokens, &[&format!("Bearer {own}")]), 200);
            let expected = if own == shown { 200 } else { 401 };
            prop_assert_eq!(status(&tokens, &[&format!("Bearer {shown}")]), expected);
            let shown = format!("{tokens:?}");
            prop_assert_eq!(shown, "Tokens(1)");
        }

        #[test]
        fn no_file_and_no_header_makes_it_panic(text: Vec<u8>, header: Vec<u8>) {
            let tokens = Tokens::parse(&text).unwrap_or_default();
            let mut headers = HeaderMap::new();
            if let Ok(value) = HeaderValue::from_bytes(&header) {
                headers.insert(AUTHORIZATION, value);
            }
            let _ = tokens.check(&headers);
        }
    }
}
