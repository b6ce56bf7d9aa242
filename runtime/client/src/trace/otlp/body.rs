//! Hops in OTLP's JSON form: ids as hexadecimal digits, 64-bit numbers as text.

use std::time::{SystemTime, UNIX_EPOCH};

use serde_json::{Value, json};

use super::Recorded;
use crate::trace::SpanKind;

/// An `ExportTraceServiceRequest`.
pub(super) fn request(service: &str, hops: &[Recorded]) -> Value {
    let hops: Vec<_> = hops.iter().map(span).collect();
    json!({"resourceSpans": [{
        "resource": {"attributes": [attribute("service.name", service)]},
        "scopeSpans": [{
            "scope": {"name": "kubefuncs", "version": env!("CARGO_PKG_VERSION")},
            "spans": hops,
        }],
    }]})
}

fn span(hop: &Recorded) -> Value {
    let values = hop.values.iter();
    let values: Vec<_> = values.map(|(name, value)| attribute(name, value)).collect();
    let mut span = json!({
        "traceId": hop.trace.trace_id(),
        "spanId": format!("{:016x}", hop.trace.span),
        "traceState": hop.trace.state,
        // Sampled.
        "flags": 1,
        "name": hop.name,
        "kind": match hop.kind {
            SpanKind::Server => 2,
            SpanKind::Client => 3,
            SpanKind::Producer => 4,
            SpanKind::Consumer => 5,
        },
        "startTimeUnixNano": nanos(hop.begun),
        "endTimeUnixNano": nanos(hop.ended.max(hop.begun)),
        "attributes": values,
    });
    if let Some(parent) = hop.parent {
        span["parentSpanId"] = json!(format!("{parent:016x}"));
    }
    if let Some(reason) = &hop.failed {
        span["status"] = json!({"code": 2, "message": reason});
    }
    span
}

fn attribute(name: &str, value: &str) -> Value {
    json!({"key": name, "value": {"stringValue": value}})
}

fn nanos(time: SystemTime) -> String {
    let since = time.duration_since(UNIX_EPOCH).unwrap_or_default();
    since.as_nanos().to_string()
}
