//! What a scalar means: YAML 1.2, core schema (<https://yaml.org/spec/1.2.2/#103-core-schema>).

/// A scalar as it is written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Scalar {
    /// The text, with quotes, escapes and folding undone.
    pub text: String,
    /// How it is written.
    pub style: ScalarStyle,
}

/// How a scalar is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ScalarStyle {
    /// Without quotes: the only style whose text can mean anything but a string.
    Plain,
    /// In single or double quotes, or tagged `!!str`.
    Quoted,
    /// As a block, `|` or `>`.
    Block,
}

/// The meaning of a scalar.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Resolved<'a> {
    /// `null`, `~` or nothing at all.
    Null,
    /// `true` or `false`.
    Bool(bool),
    /// An integer that fits 64 bits with a sign.
    Int(i64),
    /// A larger one, that fits 64 bits without a sign.
    UInt(u64),
    /// Any other number.
    Float(f64),
    /// Anything else.
    Str(&'a str),
}

impl Resolved<'_> {
    /// The kind of value, as messages call it.
    pub fn kind(&self) -> &'static str {
        match self {
            Self::Null => "nothing",
            Self::Bool(_) => "true/false",
            Self::Int(_) | Self::UInt(_) | Self::Float(_) => "number",
            Self::Str(_) => "string",
        }
    }
}

impl Scalar {
    /// What the scalar means to a YAML 1.2 reader.
    ///
    /// `017` is seventeen here and `0o17` fifteen; `yes`, `1_000` and `12:30` are strings. An
    /// integer beyond 64 bits is a float, as in JSON.
    pub fn resolve(&self) -> Resolved<'_> {
        let text = self.text.as_str();
        if self.style != ScalarStyle::Plain {
            return Resolved::Str(text);
        }
        match text {
            "" | "~" | "null" | "Null" | "NULL" => Resolved::Null,
            "true" | "True" | "TRUE" => Resolved::Bool(true),
            "false" | "False" | "FALSE" => Resolved::Bool(false),
            _ => number(text).unwrap_or(Resolved::Str(text)),
        }
    }
}

/// Reads a number of the core schema.
fn number(text: &str) -> Option<Resolved<'static>> {
    if !text.starts_with([
        '0', '1', '2', '3', '4', '5', '6', '7', '8', '9', '+', '-', '.',
    ]) {
        return None;
    }
    if let Some(digits) = text.strip_prefix("0o") {
        return radix(digits, 8);
    }
    if let Some(digits) = text.strip_prefix("0x") {
        return radix(digits, 16);
    }
    let unsigned = text.strip_prefix(['+', '-']).unwrap_or(text);
    if digits(unsigned) {
        return Some(integer(text));
    }
    match unsigned {
        ".inf" | ".Inf" | ".INF" if text.starts_with('-') => {
            return Some(Resolved::Float(f64::NEG_INFINITY));
        }
        ".inf" | ".Inf" | ".INF" => return Some(Resolved::Float(f64::INFINITY)),
        ".nan" | ".NaN" | ".NAN" if unsigned.len() == text.len() => {
            return Some(Resolved::Float(f64::NAN));
        }
        _ => {}
    }
    is_float(unsigned).then(|| Resolved::Float(text.parse().unwrap_or(f64::NAN)))
}

fn integer(text: &str) -> Resolved<'static> {
    if let Ok(value) = text.parse() {
        return Resolved::Int(value);
    }
    match text.parse() {
        Ok(value) => Resolved::UInt(value),
        Err(_) => Resolved::Float(text.parse().unwrap_or(f64::NAN)),
    }
}

fn radix(digits: &str, radix: u32) -> Option<Resolved<'static>> {
    if digits.is_empty() || !digits.chars().all(|digit| digit.is_digit(radix)) {
        return None;
    }
    if let Ok(value) = i64::from_str_radix(digits, radix) {
        return Some(Resolved::Int(value));
    }
    if let Ok(value) = u64::from_str_radix(digits, radix) {
        return Some(Resolved::UInt(value));
    }
    let value = digits.chars().filter_map(|digit| digit.to_digit(radix));
    let value = value.fold(0.0, |sum, digit| sum * f64::from(radix) + f64::from(digit));
    Some(Resolved::Float(value))
}

/// `(\. digits | digits (\. digits?)?) ([eE] [+-]? digits)?`
fn is_float(unsigned: &str) -> bool {
    let (mantissa, exponent) = match unsigned.find(['e', 'E']) {
        Some(at) => (&unsigned[..at], Some(&unsigned[at + 1..])),
        None => (unsigned, None),
    };
    let whole_and_part = match mantissa.split_once('.') {
        Some(("", part)) => digits(part),
        Some((whole, part)) => digits(whole) && (part.is_empty() || digits(part)),
        None => digits(mantissa),
    };
    let signed = |text: &str| digits(text.strip_prefix(['+', '-']).unwrap_or(text));
    whole_and_part && exponent.is_none_or(signed)
}

/// Says whether the text is one ASCII digit or more, and nothing else.
pub(super) fn digits(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit())
}
