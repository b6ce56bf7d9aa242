//! What came out, for people and for programs.

use std::io::{ErrorKind, Write};

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use kubefuncs::{HeaderMap, HttpRequest, HttpResponse, Raw};
use serde_json::{Map, Value, json};

use crate::exit::Failure;

/// Writes bytes to standard output. A reader that has gone, as `head` does, is no error.
pub(crate) fn data(bytes: &[u8]) -> Result<(), Failure> {
    let mut stdout = std::io::stdout().lock();
    match stdout.write_all(bytes).and_then(|()| stdout.flush()) {
        Err(error) if error.kind() != ErrorKind::BrokenPipe => Err(Failure::unreachable(format!(
            "cannot write the output: {error}"
        ))),
        _ => Ok(()),
    }
}

/// Writes one line of JSON, or of text. False when nobody reads any more.
pub(crate) fn line(text: &str) -> bool {
    let mut stdout = std::io::stdout().lock();
    writeln!(stdout, "{text}")
        .and_then(|()| stdout.flush())
        .is_ok()
}

/// Says something that is no data.
pub(crate) fn note(text: &str) {
    // Nothing is left to tell when stderr is gone.
    let _ = writeln!(std::io::stderr(), "kubefuncs: {text}");
}

/// Text as it is; what would move a terminal's cursor is shown as an escape.
pub(crate) fn shown(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '\n' | '\t' => out.push(c),
            c if c.is_control() => out.extend(c.escape_default()),
            c => out.push(c),
        }
    }
    out
}

/// Text on one line, whatever it holds: [`shown`], and each further line behind a `\n`. What could
/// begin a line of its own, or turn around what is read, is shown as an escape.
pub(crate) fn one_line(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in shown(text).chars() {
        match c {
            '\n' => out.push_str("\\n"),
            '\u{2028}' | '\u{2029}' | '\u{200e}' | '\u{200f}' | '\u{61c}' => {
                out.extend(c.escape_unicode());
            }
            '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' => out.extend(c.escape_unicode()),
            c => out.push(c),
        }
    }
    out
}

/// Bytes under `body` where they are text, else in base 64 under `bodyBase64`.
pub(crate) fn body(bytes: &[u8]) -> Map<String, Value> {
    let entry = match std::str::from_utf8(bytes) {
        Ok(text) => ("body", text.to_owned()),
        Err(_) => ("bodyBase64", STANDARD.encode(bytes)),
    };
    Map::from_iter([(entry.0.to_owned(), Value::String(entry.1))])
}

/// A response as JSON.
pub(crate) fn response(response: &HttpResponse) -> Map<String, Value> {
    let mut map = Map::new();
    map.insert("status".to_owned(), json!(response.status.as_u16()));
    map.insert("headers".to_owned(), headers(&response.headers));
    map.extend(body(&response.body));
    map
}

/// A request as JSON.
pub(crate) fn request(request: &HttpRequest) -> Map<String, Value> {
    let mut map = Map::new();
    map.insert("method".to_owned(), json!(request.method.as_str()));
    map.insert("url".to_owned(), json!(request.url));
    map.insert("headers".to_owned(), headers(&request.headers));
    map.extend(body(&request.body));
    map
}

/// Any other payload as JSON.
pub(crate) fn raw(raw: &Raw) -> Map<String, Value> {
    let mut map = Map::new();
    if !raw.type_url.is_empty() {
        map.insert("type".to_owned(), json!(raw.type_name()));
    }
    map.extend(body(&raw.bytes));
    map
}

/// `[name, value]` in order, repeats kept.
fn headers(headers: &HeaderMap) -> Value {
    headers
        .iter()
        .map(|(name, value)| json!([name.as_str(), String::from_utf8_lossy(value.as_bytes())]))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_terminal_is_not_moved() {
        assert_eq!(shown("a\tb\n\u{1b}[2Jc\u{9b}"), "a\tb\n\\u{1b}[2Jc\\u{9b}");
    }

    #[test]
    fn a_line_stays_one() {
        for (text, expected) in [
            ("a\n1.0 id GET /x", "a\\n1.0 id GET /x"),
            ("a\r\nb\r", "a\\r\\nb\\r"),
            ("a\u{b}\u{85}\u{2028}b", "a\\u{b}\\u{85}\\u{2028}b"),
            ("\u{202e}abc\u{202c}", "\\u{202e}abc\\u{202c}"),
            ("{\"a\":\t\"ü\"}", "{\"a\":\t\"ü\"}"),
        ] {
            assert_eq!(one_line(text), expected, "{text:?}");
        }
    }

    proptest! {
        #[test]
        fn no_text_begins_a_second_line(text in "[\\x00-\\x1f\\x7f-\\x9f\u{2028}\u{202e}ab ]{0,20}") {
            let line = one_line(&text);
            prop_assert!(!line.contains(|c: char| c.is_control() && c != '\t'), "{:?}", line);
            prop_assert!(!line.contains(['\u{2028}', '\u{202e}']), "{:?}", line);
        }

        #[test]
        fn every_body_can_be_read_back(bytes: Vec<u8>) {
            let map = body(&bytes);
            let read = match (map.get("body"), map.get("bodyBase64")) {
                (Some(Value::String(text)), None) => text.clone().into_bytes(),
                (None, Some(Value::String(text))) => STANDARD.decode(text).unwrap(),
                other => panic!("{other:?}"),
            };
            prop_assert_eq!(read, bytes);
        }
    }
}
