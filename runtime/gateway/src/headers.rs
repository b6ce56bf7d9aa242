//! Which headers travel: those of the request and the answer, not those of the connection.

use http::header::{CONTENT_LENGTH, HeaderMap, HeaderName, HeaderValue};
use kubefuncs::hop_by_hop;
use kubefuncs::trace::Trace;

/// Names that begin so are between us and the functions: nobody else may write or read them.
const OURS: &str = "x-kubefuncs-";

const HTTP2_SETTINGS: HeaderName = HeaderName::from_static("http2-settings");
const TRACEPARENT: HeaderName = HeaderName::from_static("traceparent");
const TRACESTATE: HeaderName = HeaderName::from_static("tracestate");

/// Takes out of a request what the function must not see.
pub(crate) fn strip_request(headers: &mut HeaderMap) {
    strip(headers);
    // Both were answered by the gateway.
    headers.remove(http::header::EXPECT);
    headers.remove(&HTTP2_SETTINGS);
}

/// Takes out of an answer what the function has no say in. Its framing is decided by the body
/// that is really there.
pub(crate) fn strip_response(headers: &mut HeaderMap) {
    strip(headers);
    headers.remove(CONTENT_LENGTH);
}

fn strip(headers: &mut HeaderMap) {
    hop_by_hop::strip(headers);
    let ours: Vec<HeaderName> = headers
        .keys()
        .filter(|name| name.as_str().starts_with(OURS))
        .cloned()
        .collect();
    for name in &ours {
        headers.remove(name);
    }
}

/// The trace as the function is to go on with it, in place of what the caller wrote.
pub(crate) fn replace_trace(headers: &mut HeaderMap, trace: Option<&Trace>) {
    let parent = trace.map(Trace::traceparent);
    let state = trace.map(|trace| trace.tracestate().to_owned());
    for (name, value) in [(TRACEPARENT, parent), (TRACESTATE, state)] {
        headers.remove(&name);
        let value = value.filter(|value| !value.is_empty());
        if let Some(value) = value.and_then(|value| HeaderValue::try_from(value).ok()) {
            headers.insert(name, value);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
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
        let mut headers = map(&[
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
        strip_request(&mut headers);
        assert_eq!(headers, map(&[("accept", "a"), ("content-length", "3")]));
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
            strip_request(&mut headers);
            prop_assert!(headers.is_empty());
        }
    }
}
