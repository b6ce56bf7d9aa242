//! Headers about one connection, which whoever passes a message on leaves out.

use http::header::{CONNECTION, HeaderMap, HeaderName};

/// RFC 9110 §7.6.1 and its predecessors. What a `Connection` header names is added to them.
static HOP_BY_HOP: [HeaderName; 9] = [
    http::header::CONNECTION,
    HeaderName::from_static("keep-alive"),
    HeaderName::from_static("proxy-connection"),
    http::header::PROXY_AUTHENTICATE,
    http::header::PROXY_AUTHORIZATION,
    http::header::TE,
    http::header::TRAILER,
    http::header::TRANSFER_ENCODING,
    http::header::UPGRADE,
];

/// Which headers of one message are about its connection.
#[derive(Debug)]
pub struct HopByHop {
    named: Vec<HeaderName>,
}

impl HopByHop {
    /// Those of the message with these headers: the ones that always are, and those that its
    /// `Connection` names.
    #[must_use]
    pub fn of(headers: &HeaderMap) -> Self {
        let named = headers.get_all(CONNECTION).iter();
        Self {
            named: named
                .flat_map(|value| value.as_bytes().split(|&b| b == b','))
                .filter_map(|name| HeaderName::from_bytes(name.trim_ascii()).ok())
                .collect(),
        }
    }

    /// Whether this is one of them.
    #[must_use]
    pub fn has(&self, name: &HeaderName) -> bool {
        HOP_BY_HOP.contains(name) || self.named.contains(name)
    }
}

/// Takes out the headers that are about one connection.
pub fn strip(headers: &mut HeaderMap) {
    // Few messages have any, and to look is cheaper than to take out.
    if !headers.keys().any(|name| HOP_BY_HOP.contains(name)) {
        return;
    }
    let HopByHop { named } = HopByHop::of(headers);
    for name in HOP_BY_HOP.iter().chain(&named) {
        headers.remove(name);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use http::HeaderValue;

    #[test]
    fn headers_of_the_connection_go_and_others_stay() {
        let mut headers = HeaderMap::new();
        for (name, value) in [
            ("accept", "a"),
            ("connection", "keep-alive, X-Secret"),
            ("connection", "close,\tX-Other ,"),
            ("keep-alive", "timeout=5"),
            ("te", "trailers"),
            ("transfer-encoding", "chunked"),
            ("upgrade", "h2c"),
            ("x-secret", "named by connection"),
            ("x-other", "named by connection"),
        ] {
            headers.append(
                HeaderName::from_static(name),
                HeaderValue::from_static(value),
            );
        }
        strip(&mut headers);
        assert_eq!(
            headers.keys().map(HeaderName::as_str).collect::<Vec<_>>(),
            ["accept"]
        );
    }
}
