//! A reader for the one shape of YAML that our templates give: block mappings and lists, with JSON
//! or plain words as values, each on the line of its key.
//!
//! It takes a twentieth of the time of a YAML parser, and knows its limits: whatever is not surely
//! of that shape it leaves to the parser. What it does read, it reads as the parser does.

mod cursor;
#[cfg(test)]
mod tests;

use cursor::Cursor;
use serde_json::{Map, Value};

/// Parsers refuse what is nested somewhat deeper.
const DEEPEST: usize = 100;

/// The mapping that `text` is, nulls left out; nothing where a parser has to look.
#[must_use]
pub fn read(text: &str) -> Option<Value> {
    if !is_usual(text) {
        return None;
    }
    let mut reader = Reader {
        cursor: Cursor::new(text),
        column: None,
        depth: 0,
    };
    reader.next_line();
    let value = match reader.column {
        Some(0) => reader.mapping(0)?,
        _ => return None,
    };
    // Anything left is of a shape that is not known here.
    reader.column.is_none().then_some(value)
}

/// Whether a text has none of the characters that are line breaks to some parser, or refused, or
/// dropped.
fn is_usual(text: &str) -> bool {
    let control = |byte: u8| (byte < b' ') & (byte != b'\n') | (byte == 0x7F);
    let unusual = |c| {
        matches!(
            c,
            '\u{80}'..='\u{9F}' | '\u{2028}'..='\u{2029}' | '\u{FEFF}' | '\u{FFFE}'..='\u{FFFF}'
        )
    };
    // Without a way out early the processor looks at many bytes at once.
    let controls = text.bytes().fold(false, |any, byte| any | control(byte));
    !controls && (text.is_ascii() || !text.contains(unusual))
}

struct Reader<'a> {
    cursor: Cursor<'a>,
    /// Where the content of the line begins whose first character is next; none at the end.
    column: Option<usize>,
    depth: usize,
}

impl Reader<'_> {
    /// Goes to the content of the next line that has any; what is left of this one is blank.
    fn next_line(&mut self) {
        self.column = loop {
            let start = self.cursor.at;
            self.cursor.skip_blanks();
            match self.cursor.peek() {
                Some(b'\n') => self.cursor.at += 1,
                Some(_) => break Some(self.cursor.at - start),
                None => break None,
            }
        };
    }

    /// The mapping whose first key is next, at `column` of its line.
    fn mapping(&mut self, column: usize) -> Option<Value> {
        self.deeper()?;
        let mut entries = Entries::default();
        loop {
            let key = self.cursor.key(true)?;
            self.cursor.skip_blanks();
            let value = if self.cursor.at_line_end() {
                self.next_line();
                self.below(column)?
            } else {
                self.rest_of_line()?
            };
            entries.add(key, value)?;
            if self.column != Some(column) {
                break;
            }
        }
        self.depth -= 1;
        // A line that is indented further would be a part of the value before.
        (self.column.unwrap_or_default() <= column).then(|| entries.done())
    }

    /// What stands in the lines below a key at `column`.
    fn below(&mut self, column: usize) -> Option<Value> {
        match self.column {
            Some(found) if found >= column && self.cursor.at_item() => self.list(found),
            Some(found) if found > column => self.mapping(found),
            _ => Some(Value::Null),
        }
    }

    /// The list whose first `- ` is next, at `column` of its line.
    fn list(&mut self, column: usize) -> Option<Value> {
        self.deeper()?;
        let mut items = Vec::new();
        while self.column == Some(column) && self.cursor.at_item() {
            let start = self.cursor.at;
            self.cursor.at += 1;
            self.cursor.skip_blanks();
            let content = self.cursor.at;
            let is_mapping = self.cursor.key(true).is_some();
            self.cursor.at = content;
            let item = if is_mapping {
                self.mapping(column + content - start)?
            } else {
                self.rest_of_line()?
            };
            items.push(present(item)?);
        }
        self.depth -= 1;
        Some(Value::Array(items))
    }

    /// A value and nothing else up to the end of the line.
    fn rest_of_line(&mut self) -> Option<Value> {
        let value = self.inline()?;
        self.cursor.skip_blanks();
        if !self.cursor.at_line_end() {
            return None;
        }
        self.next_line();
        Some(value)
    }

    fn inline(&mut self) -> Option<Value> {
        match self.cursor.peek()? {
            b'"' => self.cursor.quoted().map(Value::String),
            b'{' => self.flow_mapping(),
            b'[' => self.flow_list(),
            _ => self.cursor.plain(),
        }
    }

    fn flow_mapping(&mut self) -> Option<Value> {
        self.deeper()?;
        let mut entries = Entries::default();
        let mut open = self.opens(b'}');
        while open {
            let key = self.cursor.key(false)?;
            self.cursor.skip_blanks();
            entries.add(key, self.inline()?)?;
            open = self.goes_on(b'}')?;
        }
        self.depth -= 1;
        Some(entries.done())
    }

    fn flow_list(&mut self) -> Option<Value> {
        self.deeper()?;
        let mut items = Vec::new();
        let mut open = self.opens(b']');
        while open {
            items.push(present(self.inline()?)?);
            open = self.goes_on(b']')?;
        }
        self.depth -= 1;
        Some(Value::Array(items))
    }

    /// Whether anything stands between a bracket and the one that closes it.
    fn opens(&mut self, close: u8) -> bool {
        self.cursor.at += 1;
        self.cursor.skip_blanks();
        let empty = self.cursor.peek() == Some(close);
        self.cursor.at += usize::from(empty);
        !empty
    }

    /// Whether a comma follows, rather than the bracket that closes.
    fn goes_on(&mut self, close: u8) -> Option<bool> {
        self.cursor.skip_blanks();
        let next = self.cursor.peek()?;
        self.cursor.at += 1;
        match next {
            b',' => {
                self.cursor.skip_blanks();
                Some(true)
            }
            _ => (next == close).then_some(false),
        }
    }

    fn deeper(&mut self) -> Option<()> {
        self.depth += 1;
        (self.depth < DEEPEST).then_some(())
    }
}

/// A mapping under construction.
#[derive(Default)]
struct Entries {
    entries: Map<String, Value>,
    nulls: bool,
}

impl Entries {
    /// Adds an entry; nothing if its key is there already.
    fn add(&mut self, key: String, value: Value) -> Option<()> {
        self.nulls |= value.is_null();
        self.entries.insert(key, value).is_none().then_some(())
    }

    fn done(mut self) -> Value {
        if self.nulls {
            self.entries.retain(|_, value| !value.is_null());
        }
        Value::Object(self.entries)
    }
}

/// A list has no nulls.
fn present(item: Value) -> Option<Value> {
    (!item.is_null()).then_some(item)
}
