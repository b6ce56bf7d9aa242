//! Which headers travel: those of the request and the answer, not those of the connection.

use http::header::{CONTENT_LENGTH, EXPECT, HOST, HeaderMap, HeaderName};
use kubefuncs::hop_by_hop::{self, HopByHop};

use crate::request_id;

/// Names that begin so are between us and the functions: nobody else may write or read them.
const OURS: &str = "x-kubefuncs-";

/// What the gateway writes in place of the caller.
pub(crate) const TRACEPARENT: &str = "traceparent";
pub(crate) const TRACESTATE: &str = "tracestate";

/// A header as it travels: its name in lower case, and its value.
pub(crate) type Line<'a> = (&'a str, &'a [u8]);

/// The headers of a request that the function gets as the caller wrote them; lines of one name stand
/// together.
pub(crate) fn kept(headers: &HeaderMap) -> Vec<Line<'_>> {
    let connection = HopByHop::of(headers);
    let kept = |name: &HeaderName| {
        // These are the gateway's to answer, or to write.
        let gateways = *name == HOST
            || *name == EXPECT
            || matches!(
                name.as_str(),
                "http2-settings" | request_id::NAME | TRACEPARENT | TRACESTATE
            );
        !gateways && !connection.has(name) && !is_ours(name)
    };
    let lines = headers.iter().filter(|(name, _)| kept(name));
    lines
        .map(|(name, value)| (name.as_str(), value.as_bytes()))
        .collect()
}

fn is_ours(name: &HeaderName) -> bool {
    name.as_str().starts_with(OURS)
}

/// Takes out of an answer what the function has no say in. Its framing is decided by the body
/// that is really there.
pub(crate) fn strip_response(headers: &mut HeaderMap) {
    hop_by_hop::strip(headers);
    headers.remove(CONTENT_LENGTH);
    let ours: Vec<HeaderName> = headers
        .keys()
        .filter(|name| is_ours(name))
        .cloned()
        .collect();
    for name in &ours {
        headers.remove(name);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use http::HeaderValue;
    use http::header::CONNECTION;
    use proptest::prelude::*;

    fn map(lines: &[(&'static str, &'static str)]) -> HeaderMap {
        lines
            .iter()
            .map(|(name, value)| {
                (
                    HeaderName::from_static(name),
                    HeaderValue::from_static(value),
                )
            })
            .collect()
    }

    #[test]
    fn connection_headers_and_ours_stay_behind() {
        let headers = map(&[
            ("accept", "a"),
            ("connection", "keep-alive, X-Secret"),
            ("keep-alive", "timeout=5"),
            ("proxy-authorization", "x"),
            ("proxy-connection", "close"),
            ("te", "trailers"),
            ("trailer", "x"),
            ("transfer-encoding", "chunked"),
            ("upgrade", "h2c"),
            ("http2-settings", "x"),
            ("expect", "100-continue"),
            ("x-secret", "named by connection"),
            ("x-kubefuncs-method", "DELETE"),
            ("x-kubefuncs-anything", "x"),
            ("content-length", "3"),
        ]);
        let expected: [Line<'_>; 2] = [("accept", b"a"), ("content-length", b"3")];
        assert_eq!(kept(&headers), expected);
    }

    #[test]
    fn what_the_gateway_writes_itself_is_not_the_callers() {
        let headers = map(&[
            ("host", "h"),
            ("x-request-id", "7"),
            ("traceparent", "t"),
            ("tracestate", "s"),
            ("accept", "a"),
        ]);
        let expected: [Line<'_>; 1] = [("accept", b"a")];
        assert_eq!(kept(&headers), expected);
    }

    #[test]
    fn a_function_does_not_frame_its_answer() {
        let mut headers = map(&[
            ("content-type", "a"),
            ("content-length", "3"),
            ("transfer-encoding", "chunked"),
            ("connection", "close"),
            ("x-kubefuncs-x", "x"),
        ]);
        headers.append("set-cookie", HeaderValue::from_static("a=1"));
        headers.append("set-cookie", HeaderValue::from_static("b=2"));
        strip_response(&mut headers);
        assert_eq!(headers.len(), 3);
        assert_eq!(headers.get_all("set-cookie").iter().count(), 2);
    }

    proptest! {
        #[test]
        fn whatever_connection_names_is_gone(value in any::<Vec<u8>>()) {
            let mut headers = map(&[("x-a", "1")]);
            if let Ok(value) = HeaderValue::from_bytes(&value) {
                headers.insert(CONNECTION, value);
            }
            headers.append(CONNECTION, HeaderValue::from_static("close,\tX-A ,"));
            prop_assert!(kept(&headers).is_empty());
        }
    }
}
