//! The scalars of the configuration file, each with the reason why one is refused.
//!
//! Every check happens while the scalar is being read, because the YAML reader then knows where
//! it stands.

use std::fmt;
use std::marker::PhantomData;
use std::path::PathBuf;
use std::str::FromStr;
use std::time::Duration;

use http::{HeaderName, HeaderValue};
use serde::de::{self, Deserialize, Deserializer, Visitor};

/// What a scalar of this type is called in an error.
pub(super) trait Scalar: FromStr<Err = String> {
    const EXPECTED: &'static str;
}

/// Reads a string and nothing else: `timeout: 3` is refused instead of guessed at.
pub(super) struct Text<T>(PhantomData<T>);

impl<T> Default for Text<T> {
    fn default() -> Self {
        Self(PhantomData)
    }
}

impl<T: Scalar> Visitor<'_> for Text<T> {
    type Value = T;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(T::EXPECTED)
    }

    fn visit_str<E: de::Error>(self, text: &str) -> Result<T, E> {
        text.parse().map_err(E::custom)
    }
}

macro_rules! scalar {
    ($(#[$doc:meta])* $name:ident($inner:ty), $expected:literal) => {
        $(#[$doc])*
        #[derive(Debug, Clone, PartialEq, Eq)]
        pub(super) struct $name(pub(super) $inner);

        impl Scalar for $name {
            const EXPECTED: &'static str = $expected;
        }

        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                deserializer.deserialize_any(Text::<Self>::default())
            }
        }
    };
}

scalar!(
    /// A topic that functions may consume.
    Topic(kubefuncs::Topic), "the name of a topic"
);
scalar!(
    /// How long a caller waits.
    Timeout(Duration), "a time with its unit, such as `3s`"
);
scalar!(
    /// A host name, in lower case.
    Host(String), "a host name, such as `shop.example`"
);
scalar!(
    /// An HTTP method.
    Method(http::Method), "an HTTP method, such as `GET`"
);
scalar!(
    /// An origin as browsers send it, or `*`.
    Origin(HeaderValue), "an origin, such as `https://shop.example`"
);
scalar!(
    /// The name of a header.
    Header(HeaderName), "the name of a header"
);
scalar!(
    /// How long a browser remembers what it was told.
    MaxAge(Duration), "a time with its unit, such as `1h`"
);
scalar!(
    /// A file, by its absolute path: nobody has to know where this process was started.
    File(PathBuf), "the path of a file"
);

impl FromStr for Topic {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let name: kubefuncs::Topic = text.parse().map_err(|_| {
            format!(
                "`{}` is no name of a topic: use 1 to 64 of a-z, A-Z, 0-9, `.`, `_` and `-`",
                text.escape_debug()
            )
        })?;
        if text.starts_with("rpc-") {
            return Err(format!(
                "`{text}` is no topic of a function: `rpc-…` carries replies"
            ));
        }
        Ok(Self(name))
    }
}

fn time(text: &str) -> Result<Duration, String> {
    kubefuncs::duration::parse(text).ok_or_else(|| {
        format!(
            "`{}` is no time: write for example `500ms`, `3s` or `1m30s`",
            text.escape_debug()
        )
    })
}

impl FromStr for Timeout {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let time = time(text)?;
        if kubefuncs::timeout::RANGE.contains(&time) {
            Ok(Self(time))
        } else {
            Err(format!(
                "`{text}` is out of range: a timeout is from 100ms to 14m"
            ))
        }
    }
}

impl FromStr for Host {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let label = |label: &str| {
            !label.is_empty()
                && label
                    .chars()
                    .all(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | '_'))
        };
        if text.len() > 253 || !text.split('.').all(label) {
            return Err(format!(
                "`{}` is no host name: write it without scheme, port and path, as in `shop.example`",
                text.escape_debug()
            ));
        }
        Ok(Self(text.to_ascii_lowercase()))
    }
}

impl FromStr for Method {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        // Methods are case-sensitive: `get` would be a method of its own that nobody sends.
        let upper = text.to_ascii_uppercase();
        match http::Method::from_bytes(text.as_bytes()) {
            Ok(http::Method::CONNECT) => Err("`CONNECT` has no path to route by".to_owned()),
            Ok(method) if text == upper => Ok(Self(method)),
            Ok(_) => Err(format!(
                "`{text}` is no HTTP method: did you mean `{upper}`?"
            )),
            Err(_) => Err(format!("`{}` is no HTTP method", text.escape_debug())),
        }
    }
}

impl FromStr for Origin {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let web = text
            .strip_prefix("https://")
            .or_else(|| text.strip_prefix("http://"));
        let plain = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b".-:[]_".contains(&b);
        let valid =
            text == "*" || web.is_some_and(|rest| !rest.is_empty() && rest.bytes().all(plain));
        match HeaderValue::from_str(text) {
            Ok(value) if valid => Ok(Self(value)),
            _ => Err(format!(
                "`{}` is no origin: write scheme, host and port in lower case, as in \
                 `https://shop.example`, or `*` for all",
                text.escape_debug()
            )),
        }
    }
}

impl FromStr for Header {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        HeaderName::from_bytes(text.as_bytes())
            .map(Self)
            .map_err(|_| format!("`{}` is no name of a header", text.escape_debug()))
    }
}

impl FromStr for MaxAge {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let time = time(text)?;
        if time <= Duration::from_secs(24 * 3600) {
            Ok(Self(time))
        } else {
            Err(format!(
                "`{text}` is out of range: no browser remembers for longer than 24h"
            ))
        }
    }
}

impl FromStr for File {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let path = PathBuf::from(text);
        if path.is_absolute() {
            Ok(Self(path))
        } else {
            Err(format!(
                "`{}` is no absolute path: write it from `/` on",
                text.escape_debug()
            ))
        }
    }
}
