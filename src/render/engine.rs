//! minijinja, set so that a template cannot do harm or surprise.

use std::collections::BTreeMap;
use std::fmt::{self, Write as _};

use minijinja::syntax::SyntaxConfig;
use minijinja::value::Serde;
use minijinja::{Environment, Error, ErrorKind, Output, State, UndefinedBehavior, Value};
use sha2::{Digest, Sha256};

/// The files of `templates/`, sorted by name.
static BUILT_IN: &[(&str, &str)] = include!(concat!(env!("OUT_DIR"), "/templates.rs"));

/// The built-in templates: their names and texts, sorted by name.
#[must_use]
pub fn built_in() -> &'static [(&'static str, &'static str)] {
    BUILT_IN
}

/// Steps that one template may take: far more than any object needs, far less than for ever.
const FUEL: u64 = 1_000_000;

/// The templates, ready to render.
#[derive(Debug)]
pub struct Engine<'t> {
    environment: Environment<'t>,
}

/// A template that cannot be parsed or rendered. Its text names no value, since one might be a
/// secret.
#[derive(Debug)]
pub struct BadTemplate {
    template: String,
    line: Option<usize>,
    reason: String,
}

impl<'t> Engine<'t> {
    /// The built-in templates, and those of the user's: one of the same name takes the place of
    /// ours.
    ///
    /// # Errors
    /// A template that cannot be parsed.
    pub fn new(users: &'t BTreeMap<String, String>) -> Result<Self, BadTemplate> {
        let mut environment = Environment::new();
        environment.set_formatter(as_json);
        environment.set_undefined_behavior(UndefinedBehavior::Strict);
        environment.set_fuel(Some(FUEL));
        // A tag on a line of its own leaves no line behind.
        let syntax = SyntaxConfig::builder()
            .trim_blocks(true)
            .lstrip_blocks(true)
            .keep_trailing_newline(true)
            .build()
            .map_err(|error| bad("templates", &error))?;
        environment.set_syntax(syntax);
        environment.add_filter("checksum", checksum);
        let users = users
            .iter()
            .map(|(name, text)| (name.as_str(), text.as_str()));
        // The later one of two with the same name stays.
        for (name, source) in BUILT_IN.iter().copied().chain(users) {
            environment
                .add_template(name, source)
                .map_err(|error| bad(name, &error))?;
        }
        Ok(Self { environment })
    }

    /// The text that `template` gives for `context`.
    ///
    /// # Errors
    /// No such template, a name in it that is not in the context, or too much work.
    pub fn render(
        &self,
        template: &str,
        context: &serde_json::Value,
    ) -> Result<String, BadTemplate> {
        let render = || {
            let template = self.environment.get_template(template)?;
            template.render(Value::from(Serde(context)))
        };
        render().map_err(|error| bad(template, &error))
    }
}

/// `{{ value|checksum }}`: ten characters that differ when the value does, for names of objects
/// that cannot be changed once they are there.
fn checksum(value: &Value) -> Result<String, Error> {
    let text = serde_json::to_string(value)
        .map_err(|error| Error::new(ErrorKind::BadSerialization, error.to_string()))?;
    let mut checksum = String::new();
    for byte in &Sha256::digest(text.as_bytes())[..5] {
        let _ = write!(checksum, "{byte:02x}");
    }
    Ok(checksum)
}

/// Writes a value as JSON, which is YAML too, whatever a filter has said of its safety.
///
/// JSON leaves characters as they are that a YAML reader folds, drops or refuses: those are
/// escaped as well.
fn as_json(out: &mut Output<'_>, _: &mut State<'_, '_>, value: &Value) -> Result<(), Error> {
    if value.is_undefined() {
        return Err(ErrorKind::UndefinedError.into());
    }
    let text = serde_json::to_string(value)
        .map_err(|error| Error::new(ErrorKind::BadSerialization, error.to_string()))?;
    // Nearly all of it, in one piece.
    if text.bytes().all(|byte| byte < 0x7F) {
        out.write_str(&text)?;
        return Ok(());
    }
    for c in text.chars() {
        match c {
            '\u{7f}'..='\u{9f}'
            | '\u{2028}'
            | '\u{2029}'
            | '\u{feff}'
            | '\u{fffe}'
            | '\u{ffff}' => {
                write!(out, "\\u{:04x}", u32::from(c))?;
            }
            plain => out.write_char(plain)?,
        }
    }
    Ok(())
}

fn bad(template: &str, error: &minijinja::Error) -> BadTemplate {
    BadTemplate {
        template: error.name().unwrap_or(template).to_owned(),
        line: error.line(),
        reason: error
            .detail()
            .map_or_else(|| error.kind().to_string(), ToOwned::to_owned),
    }
}

impl fmt::Display for BadTemplate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the template `{}`", self.template)?;
        if let Some(line) = self.line {
            write!(f, " fails at line {line}")?;
        }
        write!(f, ": {}", self.reason)
    }
}

impl std::error::Error for BadTemplate {}
