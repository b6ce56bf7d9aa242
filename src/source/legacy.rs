//! What a YAML 1.1 reader makes of a scalar.
//!
//! The types of YAML 1.1 are those of <https://yaml.org/type/>. kubectl and Helm read most of them,
//! and a few spellings of YAML 1.2 beside; where the two differ, what kubectl does is in the notes.

use std::fmt;

use super::scalar::{Resolved, Scalar, ScalarStyle, digits};

/// A value as a YAML 1.1 reader sees it. Displays as messages name it, such as "the number 493".
#[derive(Clone, Debug, PartialEq)]
pub enum Yaml11 {
    /// Nothing.
    Null,
    /// `y`, `no`, `on`, and the like.
    Bool(bool),
    /// `0755`, `0b11`, `1_000`, and `12:30`, which counts in sixties.
    Int(i128),
    /// `1_0.5`, `1:30.5`.
    Float(f64),
    /// A date or a point in time.
    Timestamp,
    /// `=`, the default value of a mapping, and `<<`, the merge key.
    Special,
    /// A string.
    Str,
}

impl fmt::Display for Yaml11 {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Null => f.write_str("nothing"),
            Self::Bool(value) => write!(f, "the boolean {value}"),
            Self::Int(value) => write!(f, "the number {value}"),
            Self::Float(value) => write!(f, "the number {value}"),
            Self::Timestamp => f.write_str("a point in time"),
            Self::Special => f.write_str("a special key"),
            Self::Str => f.write_str("a string"),
        }
    }
}

impl Scalar {
    /// What a YAML 1.1 reader sees, where that is not what [`Scalar::resolve`] says.
    pub fn yaml11_differs(&self) -> Option<Yaml11> {
        let theirs = self.yaml11();
        let same = match (&theirs, self.resolve()) {
            (Yaml11::Null, Resolved::Null) | (Yaml11::Str, Resolved::Str(_)) => true,
            (Yaml11::Bool(a), Resolved::Bool(b)) => *a == b,
            (Yaml11::Int(a), Resolved::Int(b)) => *a == i128::from(b),
            (Yaml11::Int(a), Resolved::UInt(b)) => *a == i128::from(b),
            (Yaml11::Int(a), Resolved::Float(b)) => *a as f64 == b,
            (Yaml11::Float(a), Resolved::Float(b)) => a.to_bits() == b.to_bits(),
            (Yaml11::Float(a), Resolved::Int(b)) => *a == b as f64,
            _ => false,
        };
        (!same).then_some(theirs)
    }

    /// The text that other readers would pass on where a string is wanted, if it is not the text
    /// that is written: `1.1` for `1.10`, `493` for `0755`, `false` for `no`.
    pub fn text_elsewhere(&self) -> Option<String> {
        let text = match self.yaml11() {
            Yaml11::Str | Yaml11::Special => return None,
            Yaml11::Null => "null".to_owned(),
            Yaml11::Bool(value) => value.to_string(),
            // Beyond 64 bits they count in floating point, and lose what is beyond its precision.
            Yaml11::Int(value)
                if i64::try_from(value).is_err() && u64::try_from(value).is_err() =>
            {
                format!("{:e}", value as f64)
            }
            Yaml11::Int(value) => value.to_string(),
            Yaml11::Float(value) => value.to_string(),
            // Which point in time depends on the reader's zone and taste; the text never survives.
            Yaml11::Timestamp => return Some("a point in time".to_owned()),
        };
        (text != self.text).then_some(text)
    }

    /// What a YAML 1.1 reader sees.
    pub fn yaml11(&self) -> Yaml11 {
        if self.style != ScalarStyle::Plain {
            return Yaml11::Str;
        }
        match self.text.as_str() {
            "" | "~" | "null" | "Null" | "NULL" => Yaml11::Null,
            "y" | "Y" | "yes" | "Yes" | "YES" | "on" | "On" | "ON" | "true" | "True" | "TRUE" => {
                Yaml11::Bool(true)
            }
            "n" | "N" | "no" | "No" | "NO" | "off" | "Off" | "OFF" | "false" | "False"
            | "FALSE" => Yaml11::Bool(false),
            "=" | "<<" => Yaml11::Special,
            text => {
                let number = integer(text).map(Yaml11::Int);
                let number = number.or_else(|| float(text).map(Yaml11::Float));
                number.unwrap_or(if is_timestamp(text) {
                    Yaml11::Timestamp
                } else {
                    Yaml11::Str
                })
            }
        }
    }
}

fn sign(text: &str) -> (i128, &str) {
    match text.as_bytes().first() {
        Some(b'-') => (-1, &text[1..]),
        Some(b'+') => (1, &text[1..]),
        _ => (1, text),
    }
}

/// `0b11`, `0755`, `0x1F`, `1_000`, `190:20:30`, and as kubectl has it `0o17`, `0X1F` and `+_1`.
fn integer(text: &str) -> Option<i128> {
    let (sign, unsigned) = sign(text);
    let signed = unsigned.len() < text.len();
    let first = unsigned.chars().next()?;
    if !(first.is_ascii_digit() || signed && first == '_') {
        return None;
    }
    let text = unsigned.replace('_', "");
    // The standard library would take a second sign.
    let parse = |digits: &str, radix| {
        let valid = digits.bytes().all(|byte| byte.is_ascii_alphanumeric());
        valid.then(|| i128::from_str_radix(digits, radix).ok())?
    };
    if let Some(radix) = radix(&text) {
        return parse(&text[2..], radix).map(|value| sign * value);
    }
    if text.len() > 1 && text.starts_with('0') && !text.contains(':') {
        return parse(&text, 8).map(|value| sign * value);
    }
    let mut parts = text.split(':');
    let first = parse(parts.next()?, 10)?;
    let value = parts.try_fold(first, |sum, part| {
        sum.checked_mul(60)?.checked_add(sixtieth(part)?)
    })?;
    Some(sign * value)
}

/// The base that the first two characters name.
fn radix(text: &str) -> Option<u32> {
    match text.get(..2)? {
        "0b" | "0B" => Some(2),
        "0o" | "0O" => Some(8),
        "0x" | "0X" => Some(16),
        _ => None,
    }
}

/// One place of a number in sixties: `[0-5]?[0-9]`.
fn sixtieth(text: &str) -> Option<i128> {
    let value = text.parse().ok().filter(|_| digits(text))?;
    (text.len() <= 2 && value < 60).then_some(value)
}

/// `1_0.5`, `.5`, `1e3` as kubectl has it, `190:20:30.15`, `.inf`, `.nan`.
fn float(text: &str) -> Option<f64> {
    let (sign, unsigned) = sign(text);
    let sign = sign as f64;
    match unsigned {
        ".inf" | ".Inf" | ".INF" => return Some(sign * f64::INFINITY),
        ".nan" | ".NaN" | ".NAN" => return Some(f64::NAN),
        _ => {}
    }
    let number = |text: &str| {
        let digits = text.replace('_', "");
        let numeric = |byte: u8| byte.is_ascii_digit() || b".eE+-".contains(&byte);
        let signed = digits.starts_with(['+', '-']);
        let valid =
            !signed && digits.bytes().all(numeric) && digits.contains(|c: char| c.is_ascii_digit());
        digits.parse::<f64>().ok().filter(|_| valid)
    };
    let Some((whole, last)) = unsigned.rsplit_once(':') else {
        let first = unsigned.as_bytes().first()?;
        return (first.is_ascii_digit() || *first == b'.')
            .then(|| number(unsigned).map(|value| sign * value))?;
    };
    let last = last.contains('.').then(|| number(last)).flatten()?;
    let whole = integer(whole).filter(|_| whole.starts_with(|c: char| c.is_ascii_digit()))?;
    (last < 60.0).then_some(sign * (whole as f64 * 60.0 + last))
}

/// `2024-01-31`, or with a time: `2024-1-31T1:02:03.5+1`, `2024-01-31 01:02:03 Z`.
fn is_timestamp(text: &str) -> bool {
    if !text.starts_with(|first: char| first.is_ascii_digit()) {
        return false;
    }
    let Some((date, time)) =
        text.split_at_checked(text.find(['T', 't', ' ', '\t']).unwrap_or(text.len()))
    else {
        return false;
    };
    let parts: Vec<&str> = date.split('-').collect();
    let [year, month, day] = parts[..] else {
        return false;
    };
    let short = |text: &str| digits(text) && text.len() <= 2;
    if !(digits(year) && year.len() == 4 && short(month) && short(day)) {
        return false;
    }
    if time.is_empty() {
        return month.len() == 2 && day.len() == 2;
    }
    let time = time[1..].trim_start();
    let clock_end = time.find(['Z', '+', '-', ' ', '\t']).unwrap_or(time.len());
    let (clock, zone) = time.split_at(clock_end);
    let zone = zone.trim_start();
    let offset = zone.strip_prefix(['+', '-']).unwrap_or("0");
    let parts: Vec<&str> = clock.split(':').collect();
    let [hour, minute, second] = parts[..] else {
        return false;
    };
    let (second, part) = second.split_once('.').unwrap_or((second, "0"));
    let zoned = zone.is_empty() || zone == "Z" || zone.starts_with(['+', '-']);
    let offset = offset.split(':').all(short);
    short(hour)
        && short(minute)
        && short(second)
        && (part.is_empty() || digits(part))
        && zoned
        && offset
}
