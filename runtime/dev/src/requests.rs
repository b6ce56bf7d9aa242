//! The gateway's access log, as lines for people.

use std::io::{self, Write};

use serde_json::Value;

use crate::log::Log;

/// The longest line of an access log that is held: a path of 1 KiB, and what is around it.
const LONGEST: usize = 64 * 1024;

/// Takes the gateway's lines of JSON, and says one line of text for each.
#[derive(Debug)]
pub(crate) struct Requests {
    log: Log,
    held: Vec<u8>,
}

impl Requests {
    pub(crate) fn new(log: Log) -> Self {
        Self {
            log,
            held: Vec::new(),
        }
    }
}

impl Write for Requests {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.held.extend_from_slice(bytes);
        while let Some(end) = self.held.iter().position(|&b| b == b'\n') {
            let rest = self.held.split_off(end + 1);
            if let Some(text) = text(&self.held) {
                self.log.say(&text);
            }
            self.held = rest;
        }
        if self.held.len() > LONGEST {
            self.held.clear();
        }
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// `GET /test/ → topic test: 200 in 1.2 ms`.
fn text(line: &[u8]) -> Option<String> {
    let line: Value = serde_json::from_slice(line).ok()?;
    let word = |name: &str| line[name].as_str().unwrap_or_default();
    let topic = match word("topic") {
        "" => String::new(),
        topic => format!(" → topic {topic}"),
    };
    let code = match word("code") {
        "" => String::new(),
        code => format!(" ({code})"),
    };
    Some(format!(
        "{} {}{topic}: {}{code} in {:.1} ms",
        word("method"),
        word("path").escape_debug(),
        line["status"],
        line["seconds"].as_f64()? * 1e3,
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_is_made_readable() {
        let line = br#"{"time":1.5,"requestId":"7","method":"GET","host":"a","path":"/a\u001b",
            "topic":"test","status":504,"code":"timeout","seconds":0.0015,"bytesOut":9}"#;
        let shown = text(line).unwrap();
        assert_eq!(shown, "GET /a\\u{1b} → topic test: 504 (timeout) in 1.5 ms");
        let line = br#"{"method":"PUT","path":"/","status":404,"seconds":2}"#;
        assert_eq!(text(line).unwrap(), "PUT /: 404 in 2000.0 ms");
        assert_eq!(text(b"no JSON"), None);
    }
}
