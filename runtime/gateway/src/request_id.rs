//! The id under which a request is found in everybody's logs.

use http::{HeaderMap, HeaderName, HeaderValue};

use crate::reject::{Kind, Reject};

/// The name of the header that carries it, in and out.
pub(crate) const NAME: &str = "x-request-id";
pub(crate) const HEADER: HeaderName = HeaderName::from_static(NAME);

/// The longest id that is taken from a caller.
const MAX_LENGTH: usize = 128;

/// A caller's own id for its request, or one of ours. It identifies nothing to us.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct RequestId(String);

impl RequestId {
    /// An id nobody can guess.
    pub(crate) fn new() -> Self {
        // The system's source of randomness fails only where it is forbidden; an id that can be
        // guessed is then better than no answer, since nothing is protected by it.
        Self(Self::secret().unwrap_or_else(|_| "0".repeat(32)))
    }

    /// 32 hexadecimal digits with 122 random bits, for an id that protects what it names.
    ///
    /// # Errors
    /// [`Kind::Internal`] where the system gives none.
    pub(crate) fn secret() -> Result<String, Reject> {
        let none = |_| Reject::new(Kind::Internal, "the system has no random numbers");
        let mut id = kubefuncs::new_event_id().map_err(none)?;
        id.retain(|digit| digit != '-');
        Ok(id)
    }

    /// The caller's id, where it named exactly one of 1 to 128 visible ASCII characters.
    pub(crate) fn of(headers: &HeaderMap) -> Self {
        let mut named = headers.get_all(HEADER).iter();
        let (Some(id), None) = (named.next(), named.next()) else {
            return Self::new();
        };
        match id.to_str() {
            Ok(id) if valid(id) => Self(id.to_owned()),
            _ => Self::new(),
        }
    }

    pub(crate) fn as_str(&self) -> &str {
        &self.0
    }

    /// The id as the value of a header.
    pub(crate) fn value(&self) -> HeaderValue {
        // Visible ASCII is a valid value.
        HeaderValue::from_str(&self.0).unwrap_or_else(|_| HeaderValue::from_static("-"))
    }
}

fn valid(id: &str) -> bool {
    (1..=MAX_LENGTH).contains(&id.len()) && id.bytes().all(|b| b.is_ascii_graphic())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(values: &[&[u8]]) -> RequestId {
        let mut headers = HeaderMap::new();
        for value in values {
            headers.append(HEADER, HeaderValue::from_bytes(value).unwrap());
        }
        RequestId::of(&headers)
    }

    #[test]
    fn a_callers_id_is_kept() {
        for id in ["7", "a-b_c/d=", &"x".repeat(128)] {
            assert_eq!(of(&[id.as_bytes()]).as_str(), id);
        }
    }

    #[test]
    fn what_is_no_id_is_replaced() {
        let long = [b'x'; 129];
        let one: [&[u8]; 5] = [b"", b"a b", b"a\tb", b"\xff", &long];
        let mut cases: Vec<Vec<&[u8]>> = one.iter().map(|value| vec![*value]).collect();
        cases.extend([vec![], vec![b"a".as_slice(), b"b"]]);
        for values in cases {
            let id = of(&values);
            assert_eq!(id.as_str().len(), 32, "{values:?}");
            assert!(id.as_str().bytes().all(|b| b.is_ascii_hexdigit()));
        }
    }

    #[test]
    fn our_own_ids_differ() {
        assert_ne!(RequestId::new(), RequestId::new());
    }
}
