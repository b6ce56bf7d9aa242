//! Lines of many programs on one terminal.
//!
//! What a function writes to its standard output goes to ours, what it writes to its standard
//! error to ours, each line under its name; what this program says itself goes to standard error.

use std::collections::BTreeMap;
use std::io::{IsTerminal, Write};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use tokio::io::{AsyncRead, AsyncReadExt};

/// A longer line is cut in pieces.
const LONGEST: usize = 16 * 1024;

/// One colour a function, in turn: those that can be read on black and on white.
const COLOURS: [&str; 6] = ["36", "35", "32", "33", "34", "31"];

/// Which of our streams.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Stream {
    /// Standard output.
    Out,
    /// Standard error.
    Err,
}

/// Where all lines go. Clones share it.
#[derive(Debug, Clone)]
pub(crate) struct Log {
    inner: Arc<Inner>,
}

#[derive(Debug)]
struct Inner {
    colour: [bool; 2],
    /// The longest name so far: prefixes are of one width.
    width: AtomicUsize,
    /// One line at a time, whichever stream it goes to.
    turn: Mutex<()>,
}

/// A function's place in the log.
#[derive(Debug, Clone)]
pub(crate) struct Tag {
    name: String,
    colour: &'static str,
}

/// Tags by the names of functions: one that is started again keeps its colour.
#[derive(Debug, Default)]
pub(crate) struct Tags(BTreeMap<String, Tag>);

impl Tags {
    /// The tag of a function.
    pub(crate) fn of(&mut self, name: &str, log: &Log) -> Tag {
        let colour = COLOURS[self.0.len() % COLOURS.len()];
        let new = || Tag {
            name: name.to_owned(),
            colour,
        };
        let width = name.chars().count();
        log.inner.width.fetch_max(width, Ordering::Relaxed);
        self.0.entry(name.to_owned()).or_insert_with(new).clone()
    }
}

impl Log {
    pub(crate) fn new() -> Self {
        let wanted = std::env::var_os("NO_COLOR").is_none_or(|value| value.is_empty());
        let colour = [
            wanted && std::io::stdout().is_terminal(),
            wanted && std::io::stderr().is_terminal(),
        ];
        Self {
            inner: Arc::new(Inner {
                colour,
                width: AtomicUsize::new(0),
                turn: Mutex::new(()),
            }),
        }
    }

    /// Whether findings on standard error may be coloured.
    pub(crate) fn is_colourful(&self) -> bool {
        self.inner.colour[1]
    }

    /// Says something of our own.
    pub(crate) fn say(&self, text: &str) {
        for line in text.lines() {
            self.write(Stream::Err, &format!("kubefuncs-dev: {line}\n"));
        }
    }

    /// Says something about a function.
    pub(crate) fn about(&self, tag: &Tag, text: &str) {
        let name = self.painted(&tag.name, tag.colour, Stream::Err);
        for line in text.lines() {
            self.write(Stream::Err, &format!("kubefuncs-dev: {name}: {line}\n"));
        }
    }

    /// Writes text as it is to standard error.
    pub(crate) fn raw(&self, text: &str) {
        self.write(Stream::Err, text);
    }

    /// Writes a line of a function.
    fn line(&self, tag: &Tag, stream: Stream, line: &[u8]) {
        let width = self.inner.width.load(Ordering::Relaxed);
        let prefix = self.painted(&format!("{:width$} |", tag.name), tag.colour, stream);
        let text = String::from_utf8_lossy(line);
        let text = text.trim_end_matches(['\n', '\r']);
        self.write(stream, &format!("{prefix} {text}\n"));
    }

    fn painted(&self, text: &str, colour: &str, stream: Stream) -> String {
        match self.inner.colour[stream as usize] {
            true => format!("\u{1b}[{colour}m{text}\u{1b}[0m"),
            false => text.to_owned(),
        }
    }

    fn write(&self, stream: Stream, text: &str) {
        let _turn = self
            .inner
            .turn
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        // Whoever closed the stream does not want to know.
        let _ = match stream {
            Stream::Out => std::io::stdout().write_all(text.as_bytes()),
            Stream::Err => std::io::stderr().write_all(text.as_bytes()),
        };
    }

    /// Passes on what a function writes, until it has closed its end.
    pub(crate) async fn pass(self, tag: Tag, stream: Stream, mut from: impl AsyncRead + Unpin) {
        let mut held = Vec::new();
        let mut chunk = vec![0; LONGEST];
        loop {
            let read = from.read(&mut chunk).await.unwrap_or(0);
            held.extend_from_slice(&chunk[..read]);
            while let Some(end) = end_of_line(&held, read == 0) {
                let rest = held.split_off(end);
                self.line(&tag, stream, &held);
                held = rest;
            }
            if read == 0 {
                return;
            }
        }
    }
}

/// Where the first line ends; at the end of all, what is left is a line, too.
fn end_of_line(held: &[u8], at_end: bool) -> Option<usize> {
    let newline = held.iter().take(LONGEST).position(|&b| b == b'\n');
    match newline {
        Some(at) => Some(at + 1),
        None if held.len() >= LONGEST => Some(LONGEST),
        None => (at_end && !held.is_empty()).then_some(held.len()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_end_at_newlines_at_their_limit_and_at_the_end() {
        assert_eq!(end_of_line(b"a\nb", false), Some(2));
        assert_eq!(end_of_line(b"a", false), None);
        assert_eq!(end_of_line(b"a", true), Some(1));
        assert_eq!(end_of_line(b"", true), None);
        assert_eq!(end_of_line(&vec![b'x'; LONGEST + 5], false), Some(LONGEST));
    }
}
