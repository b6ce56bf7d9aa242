//! The bounds that a configuration file may set.

use std::fmt;

use serde::Deserialize;
use serde::de::{self, Deserializer, Visitor};

use crate::limits::Limits;

/// What stands under `limits`; what is left out is as in [`Limits`]. Sizes are bytes, or a number
/// with `kB`, `MB`, `KiB` or `MiB`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(
    deny_unknown_fields,
    default,
    rename_all = "camelCase",
    expecting = "a mapping of limits, such as `body: 500KiB`"
)]
#[non_exhaustive]
pub struct Bounds {
    /// See [`Limits::body`].
    #[serde(deserialize_with = "size")]
    pub body: Option<usize>,
    /// See [`Limits::calls`].
    #[serde(deserialize_with = "count")]
    pub calls: Option<usize>,
    /// See [`Limits::bytes`].
    #[serde(deserialize_with = "size")]
    pub bytes: Option<usize>,
    /// See [`Limits::topic_calls`].
    #[serde(deserialize_with = "count")]
    pub topic_calls: Option<usize>,
    /// See [`Limits::topic_bytes`].
    #[serde(deserialize_with = "size")]
    pub topic_bytes: Option<usize>,
    /// See [`Limits::depth`].
    #[serde(deserialize_with = "count")]
    pub depth: Option<usize>,
}

impl Bounds {
    /// `usual` with what is set here in its place.
    #[must_use]
    pub fn over(&self, usual: &Limits) -> Limits {
        let mut limits = usual.clone();
        let places = [
            (&mut limits.body, self.body),
            (&mut limits.calls, self.calls),
            (&mut limits.bytes, self.bytes),
            (&mut limits.topic_calls, self.topic_calls),
            (&mut limits.topic_bytes, self.topic_bytes),
            (&mut limits.depth, self.depth),
        ];
        for (place, set) in places {
            *place = set.unwrap_or(*place);
        }
        limits
    }
}

fn size<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<usize>, D::Error> {
    deserializer.deserialize_any(Size).map(Some)
}

fn count<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<usize>, D::Error> {
    deserializer.deserialize_any(Count).map(Some)
}

/// Beyond this a limit is none; no arithmetic on limits overflows below it.
const MOST: u64 = 1 << 40;

fn positive<E: de::Error>(number: u64) -> Result<usize, E> {
    match usize::try_from(number) {
        Ok(number) if (1..=MOST).contains(&(number as u64)) => Ok(number),
        _ => Err(E::custom(format!("{number} is out of range: 1 to {MOST}"))),
    }
}

struct Count;

impl Visitor<'_> for Count {
    type Value = usize;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a number of at least 1")
    }

    fn visit_u64<E: de::Error>(self, number: u64) -> Result<usize, E> {
        positive(number)
    }
}

struct Size;

impl Visitor<'_> for Size {
    type Value = usize;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a size, such as `500KiB` or a number of bytes")
    }

    fn visit_u64<E: de::Error>(self, number: u64) -> Result<usize, E> {
        positive(number)
    }

    fn visit_str<E: de::Error>(self, text: &str) -> Result<usize, E> {
        let unknown = || {
            E::custom(format!(
                "`{}` is no size: write for example `500KiB`",
                text.escape_debug()
            ))
        };
        let digits = text.bytes().take_while(u8::is_ascii_digit).count();
        let (number, unit) = text.split_at(digits);
        let factor = match unit {
            "" | "B" => 1,
            "kB" => 1_000,
            "MB" => 1_000_000,
            "KiB" | "Ki" => 1 << 10,
            "MiB" | "Mi" => 1 << 20,
            _ => return Err(unknown()),
        };
        let number: u64 = number.parse().map_err(|_| unknown())?;
        positive(number.saturating_mul(factor))
    }
}
