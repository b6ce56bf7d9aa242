//! HTTP headers in their two forms: the repeated field, and the map that old peers read.

use std::collections::BTreeMap;

use bytes::Bytes;

use crate::{Header, HttpRequest, HttpResponse};

/// The headers to read from a message: the repeated form where it is filled, else the map.
///
/// Names come out in lower case, in the order of the sender (of the name, for the map).
pub fn combined(repeated: Vec<Header>, map: BTreeMap<String, String>) -> Vec<Header> {
    let mut headers = if repeated.is_empty() {
        map.into_iter()
            .map(|(name, value)| Header {
                name,
                value: Bytes::from(value),
            })
            .collect()
    } else {
        repeated
    };
    for header in &mut headers {
        header.name.make_ascii_lowercase();
    }
    headers
}

/// The map form of `headers`, for peers that know no other.
///
/// Repeats are joined in order: with `; ` for `cookie`, with `, ` for the rest. Of `set-cookie`,
/// whose values cannot be joined without changing their meaning, the first stays. A value that is
/// not UTF-8 is written with replacement characters.
pub fn join(headers: &[Header]) -> BTreeMap<String, String> {
    let mut map = BTreeMap::<String, String>::new();
    for header in headers {
        let name = header.name.to_ascii_lowercase();
        let value = String::from_utf8_lossy(&header.value);
        let Some(joined) = map.get_mut(&name) else {
            map.insert(name, value.into_owned());
            continue;
        };
        if let Some(between) = between(&name) {
            joined.push_str(between);
            joined.push_str(&value);
        }
    }
    map
}

/// What stands between two values of a name that are made one; `None` where the first alone counts.
pub(crate) fn between(name: &str) -> Option<&'static str> {
    match name {
        "set-cookie" => None,
        "cookie" => Some("; "),
        _ => Some(", "),
    }
}

impl HttpResponse {
    /// Writes `headers` in both forms.
    pub fn set_headers(&mut self, headers: Vec<Header>) {
        self.headers = join(&headers);
        self.header = headers;
    }

    /// Takes the headers out, whichever form the sender used.
    pub fn take_headers(&mut self) -> Vec<Header> {
        combined(
            std::mem::take(&mut self.header),
            std::mem::take(&mut self.headers),
        )
    }
}

impl HttpRequest {
    /// Writes `headers` in both forms and keeps the method entry of the map.
    pub fn set_headers(&mut self, headers: Vec<Header>) {
        self.headers = join(&headers);
        self.header = headers;
        self.write_method_entry();
    }
}
