//! When a caller gets 202 instead of the answer.

use std::borrow::Cow;
use std::fmt;

use schemars::{JsonSchema, Schema, SchemaGenerator};
use serde::de::{self, Deserialize, Deserializer, Visitor};

/// The word for those who ask for it.
const PREFER: &str = "prefer";

/// When a caller gets 202 once its message is taken, instead of the answer.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum Async {
    /// Never.
    #[default]
    Never,
    /// When it sends `Prefer: respond-async`.
    Asked,
    /// Always.
    Always,
}

impl<'de> Deserialize<'de> for Async {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct BoolOrWord;

        impl Visitor<'_> for BoolOrWord {
            type Value = Async;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("true, false or prefer")
            }

            fn visit_bool<E: de::Error>(self, always: bool) -> Result<Async, E> {
                Ok(if always { Async::Always } else { Async::Never })
            }

            fn visit_str<E: de::Error>(self, word: &str) -> Result<Async, E> {
                match word {
                    PREFER => Ok(Async::Asked),
                    _ => Err(E::invalid_value(de::Unexpected::Str(word), &self)),
                }
            }
        }

        deserializer.deserialize_any(BoolOrWord)
    }
}

impl JsonSchema for Async {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> Cow<'static, str> {
        "Async".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        schemars::json_schema!({"enum": [true, false, PREFER]})
    }
}
