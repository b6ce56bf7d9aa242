//! Traces: which request a message belongs to, over all hops (W3C Trace Context).
//!
//! A trace travels as `traceparent` and `tracestate`: in the headers of HTTP requests, in the
//! metadata of messages. What a handler calls or emits belongs to the trace of the message it
//! handles, without its doing, as long as it does so on its own task; elsewhere
//! [`CallOptions::with_trace`](crate::CallOptions::with_trace) says so.
//!
//! With the feature `otlp` each hop may be told to a collector, as a [`Span`]: see
//! `export_from_env`. A hop that is told has an id of its own, which the next one names as its
//! parent. One that is not told hands on what it was given, so that no link is broken.

#[cfg(feature = "otlp")]
mod otlp;
mod span;
mod state;

use std::collections::BTreeMap;
use std::fmt;
use std::future::Future;

use http::{HeaderMap, HeaderName};

#[cfg(feature = "otlp")]
pub use otlp::{ExportError, Exporting, export, export_from_env};
pub use span::{Span, SpanKind};

const PARENT: &str = "traceparent";
const STATE: &str = "tracestate";
/// Both as a map of headers finds them without reading them first.
static PARENT_HEADER: HeaderName = HeaderName::from_static(PARENT);
static STATE_HEADER: HeaderName = HeaderName::from_static(STATE);

tokio::task_local! {
    /// Of the handler that runs.
    static CURRENT: Option<Trace>;
}

/// A place in a trace: the trace, and the hop that comes before.
#[derive(Clone, PartialEq, Eq)]
pub struct Trace {
    /// Never 0.
    trace: u128,
    /// Never 0.
    span: u64,
    sampled: bool,
    /// What others along the way keep there, as it is sent on.
    state: String,
}

impl Trace {
    /// Reads `traceparent` and, if there is one, `tracestate`. None where the first is not valid;
    /// where the second is not, or is too long, as much of it as may be kept.
    #[must_use]
    pub fn parse(parent: &str, state: Option<&str>) -> Option<Self> {
        let (version, rest) = (parent.get(..2)?, parent.get(2..)?);
        let (known, more) = (rest.get(..53)?, rest.get(53..)?);
        let version = hex(version)?;
        // A later version may add something behind another dash.
        let ends = more.is_empty() || (version > 0 && more.starts_with('-'));
        if version == 0xff || !ends || parent.len() > LONGEST {
            return None;
        }
        let mut parts = known.split('-');
        let ("", trace, span, flags, None) = (
            parts.next()?,
            parts.next()?,
            parts.next()?,
            parts.next()?,
            parts.next(),
        ) else {
            return None;
        };
        if (trace.len(), span.len(), flags.len()) != (32, 16, 2) {
            return None;
        }
        let (trace, span) = (hex(trace)?, u64::try_from(hex(span)?).ok()?);
        let flags = hex(flags)?;
        (trace != 0 && span != 0).then(|| Self {
            trace,
            span,
            sampled: flags & 1 == 1,
            state: state.map(state::bounded).unwrap_or_default(),
        })
    }

    /// The trace of an HTTP request. A header that is there twice is not valid.
    #[must_use]
    pub fn from_headers(headers: &HeaderMap) -> Option<Self> {
        let mut parents = headers.get_all(&PARENT_HEADER).iter();
        let (parent, None) = (parents.next()?, parents.next()) else {
            return None;
        };
        let states = headers.get_all(&STATE_HEADER).iter();
        let states: Vec<_> = states.filter_map(|line| line.to_str().ok()).collect();
        Self::parse(parent.to_str().ok()?, Some(&states.join(",")))
    }

    /// The trace of a message.
    #[must_use]
    pub fn from_metadata(metadata: &BTreeMap<String, String>) -> Option<Self> {
        let state = metadata.get(STATE).map(String::as_str);
        Self::parse(metadata.get(PARENT)?, state)
    }

    /// The trace of the message that the handler on this task handles.
    #[must_use]
    pub fn current() -> Option<Self> {
        CURRENT.try_with(Clone::clone).ok().flatten()
    }

    /// As the header and the metadata have it.
    #[must_use]
    pub fn traceparent(&self) -> String {
        let flags = u8::from(self.sampled);
        format!("00-{:032x}-{:016x}-{flags:02x}", self.trace, self.span)
    }

    /// As the header and the metadata have it; may be empty.
    #[must_use]
    pub fn tracestate(&self) -> &str {
        &self.state
    }

    /// The id of the trace, 32 hexadecimal digits.
    #[must_use]
    pub fn trace_id(&self) -> String {
        format!("{:032x}", self.trace)
    }

    /// Puts it in the metadata of a message, in place of what is there.
    pub(crate) fn write(&self, metadata: &mut BTreeMap<String, String>) {
        metadata.insert(PARENT.to_owned(), self.traceparent());
        match self.state.as_str() {
            "" => metadata.remove(STATE),
            state => metadata.insert(STATE.to_owned(), state.to_owned()),
        };
    }
}

/// The longest `traceparent` of a later version that is read.
const LONGEST: usize = 128;

/// `traceparent` itself.
impl fmt::Debug for Trace {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.traceparent())
    }
}

/// Lower-case digits only, as the standard has it.
fn hex(text: &str) -> Option<u128> {
    let digit = |b: u8| matches!(b, b'0'..=b'9' | b'a'..=b'f');
    let number = || u128::from_str_radix(text, 16).ok();
    text.bytes().all(digit).then(number).flatten()
}

/// Runs a handler, whose calls belong to this trace.
pub(crate) async fn within<F: Future>(trace: Option<Trace>, handler: F) -> F::Output {
    CURRENT.scope(trace, handler).await
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const VALID: &str = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";

    #[test]
    fn what_is_valid_comes_out_as_it_went_in() {
        let trace = Trace::parse(VALID, Some("a=1,b=2")).unwrap();
        assert_eq!(trace.traceparent(), VALID);
        assert_eq!(trace.tracestate(), "a=1,b=2");
        assert_eq!(trace.trace_id(), "0af7651916cd43dd8448eb211c80319c");
        let mut metadata = BTreeMap::from([(STATE.to_owned(), "old=1".to_owned())]);
        trace.write(&mut metadata);
        assert_eq!(Trace::from_metadata(&metadata), Some(trace));
    }

    #[test]
    fn a_later_version_may_add_something_and_flags_are_ours() {
        let later = format!("cc{}-what-ever", &VALID[2..]);
        assert_eq!(Trace::parse(&later, None).unwrap().traceparent(), VALID);
        let flags = VALID.replace("-01", "-ff");
        assert_eq!(Trace::parse(&flags, None).unwrap().traceparent(), VALID);
        let quiet = VALID.replace("-01", "-00");
        assert_eq!(Trace::parse(&quiet, None).unwrap().traceparent(), quiet);
    }

    #[test]
    fn what_is_not_valid_is_none() {
        let odd = [
            String::new(),
            VALID[..54].to_owned(),
            format!("{VALID}-more"),
            format!("{VALID} "),
            format!("cc{}more", &VALID[2..]),
            format!("ff{}", &VALID[2..]),
            VALID.to_uppercase(),
            VALID.replace("b7ad6b7169203331", "0000000000000000"),
            VALID.replace("0af7651916cd43dd8448eb211c80319c", &"0".repeat(32)),
            VALID.replace("-b7", "b7-"),
            VALID.replace('7', "g"),
            VALID.replace('7', "é"),
            format!("cc{}-{}", &VALID[2..], "x".repeat(100)),
        ];
        for odd in odd {
            assert_eq!(Trace::parse(&odd, None), None, "{odd}");
        }
    }

    #[test]
    fn a_header_that_is_there_twice_is_none() {
        let mut headers = HeaderMap::new();
        headers.append(PARENT, VALID.parse().unwrap());
        headers.append(STATE, "a=1".parse().unwrap());
        headers.append(STATE, "b=2".parse().unwrap());
        assert_eq!(
            Trace::from_headers(&headers).unwrap().tracestate(),
            "a=1,b=2"
        );
        headers.append(PARENT, VALID.parse().unwrap());
        assert_eq!(Trace::from_headers(&headers), None);
    }

    proptest! {
        #[test]
        fn whatever_is_read_is_written_in_a_form_that_is_read(parent in ".{0,70}|[0-9a-f-]{55}", state in any::<String>()) {
            if let Some(trace) = Trace::parse(&parent, Some(&state)) {
                let again = Trace::parse(&trace.traceparent(), Some(trace.tracestate()));
                prop_assert_eq!(again, Some(trace));
            }
        }
    }
}
