//! Which web pages of other origins may call a route, as the gateway reads it.

use serde_json::{Map, Value, json};

use super::duration;
use crate::diag::codes::shape::{BAD_FORMAT, BAD_SHAPE, MISSING_KEY};
use crate::diag::{Diagnostic, Report};
use crate::schema::spec;
use crate::schema::{Located, Text};

/// The longest that any browser remembers, in milliseconds.
const LONGEST: u64 = 24 * duration::HOUR;

pub(super) fn resolve(located: &Located<spec::Cors>, report: &mut Report) -> Option<Value> {
    let spec = &located.value;
    if spec.origins.is_empty() {
        report.push(
            Diagnostic::at(&MISSING_KEY, located.span, "`origins` is missing")
                .help("name the pages that may call: `origins: [https://shop.example]`"),
        );
        return None;
    }
    let all = spec.origins.iter().find(|origin| origin.0 == "*");
    if let Some(all) = all
        && spec.credentials == Some(true)
    {
        report.push(
            Diagnostic::at(
                &BAD_SHAPE,
                all.span,
                "cookies cannot be sent from everywhere",
            )
            .label("browsers refuse `*` together with `credentials`")
            .help("name the origins"),
        );
    }
    let origins = spec.origins.iter().filter(|origin| origin.0 != "*");
    origins.for_each(|origin| check_origin(origin, report));
    for header in spec.headers.iter().chain(&spec.expose) {
        check_header(header, report);
    }
    let texts = |list: &[Located<Text>]| -> Value { list.iter().map(|t| t.0.clone()).collect() };
    let mut cors = Map::new();
    cors.insert("origins".to_owned(), texts(&spec.origins));
    for (key, list) in [("headers", &spec.headers), ("expose", &spec.expose)] {
        if !list.is_empty() {
            cors.insert(key.to_owned(), texts(list));
        }
    }
    if spec.credentials == Some(true) {
        cors.insert("credentials".to_owned(), json!(true));
    }
    if let Some(text) = &spec.max_age
        && let Some(millis) = duration::read(text, 0..=LONGEST, report)
    {
        cors.insert("maxAge".to_owned(), json!(duration::text(millis)));
    }
    Some(Value::Object(cors))
}

/// `scheme://host[:port]`, as browsers send it.
fn check_origin(origin: &Located<Text>, report: &mut Report) {
    let rest = origin.0.split_once("://").map(|(_, rest)| rest);
    let web = origin.0.starts_with("https://") || origin.0.starts_with("http://");
    let plain = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b".-:[]".contains(&b);
    if !web || !rest.is_some_and(|rest| !rest.is_empty() && rest.bytes().all(plain)) {
        let diagnostic = Diagnostic::at(&BAD_FORMAT, origin.span, "this is not an origin")
            .label("expected scheme, host and port in lower case, such as https://shop.example");
        report.push(match origin.0.strip_suffix('/') {
            Some(near) if web => diagnostic.help(format!("did you mean `{near}`?")),
            _ => diagnostic,
        });
    }
}

fn check_header(name: &Located<Text>, report: &mut Report) {
    let token = |b: u8| b.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&b);
    if name.0.is_empty() || !name.0.bytes().all(token) {
        report.push(
            Diagnostic::at(&BAD_FORMAT, name.span, "this is not the name of a header")
                .label("expected letters, digits and `-`"),
        );
    }
}
