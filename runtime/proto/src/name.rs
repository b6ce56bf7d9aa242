//! Names of topics and channels, valid by construction.

use std::fmt;
use std::str::FromStr;
use std::sync::Arc;

/// The longest name nsqd takes, in bytes, the suffix `#ephemeral` included.
pub const MAX_NAME_LENGTH: usize = 64;

const EPHEMERAL: &str = "#ephemeral";

/// Why a string is no name of a topic or channel.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum NameError {
    /// There is nothing before the optional `#ephemeral`.
    #[error("an NSQ name is empty")]
    Empty,
    /// It is longer than [`MAX_NAME_LENGTH`].
    #[error(
        "an NSQ name of {length} bytes: at most {MAX_NAME_LENGTH} are allowed, `#ephemeral` included"
    )]
    TooLong {
        /// Its length in bytes.
        length: usize,
    },
    /// It has a character other than `.`, `_`, `-`, a letter or a digit of ASCII.
    #[error(
        "an NSQ name has {character:?} at byte {at}: only letters, digits, `.`, `_` and `-` are allowed"
    )]
    Character {
        /// The first character that is not allowed.
        character: char,
        /// Its place in bytes.
        at: usize,
    },
}

/// nsqd's own rule: `^[.a-zA-Z0-9_-]+(#ephemeral)?$`, 1 to 64 bytes.
fn check(name: &str) -> Result<(), NameError> {
    let stem = name.strip_suffix(EPHEMERAL).unwrap_or(name);
    let allowed = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '_' | '-');
    if stem.is_empty() {
        return Err(NameError::Empty);
    }
    if name.len() > MAX_NAME_LENGTH {
        return Err(NameError::TooLong { length: name.len() });
    }
    match stem.char_indices().find(|(_, c)| !allowed(*c)) {
        Some((at, character)) => Err(NameError::Character { character, at }),
        None => Ok(()),
    }
}

macro_rules! name {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name(Arc<str>);

        impl $name {
            /// Checks the name by nsqd's rule. A clone costs a reference count.
            ///
            /// # Errors
            /// [`NameError`] says which part of the rule it breaks.
            pub fn new(name: impl AsRef<str>) -> Result<Self, NameError> {
                let name = name.as_ref();
                check(name)?;
                Ok(Self(name.into()))
            }

            /// The name as written.
            #[must_use]
            pub fn as_str(&self) -> &str {
                &self.0
            }

            /// Whether it ends in `#ephemeral`: kept in memory only, and deleted when its last user
            /// leaves.
            #[must_use]
            pub fn is_ephemeral(&self) -> bool {
                self.0.ends_with(EPHEMERAL)
            }
        }

        impl FromStr for $name {
            type Err = NameError;

            fn from_str(name: &str) -> Result<Self, NameError> {
                Self::new(name)
            }
        }

        impl TryFrom<&str> for $name {
            type Error = NameError;

            fn try_from(name: &str) -> Result<Self, NameError> {
                Self::new(name)
            }
        }

        impl TryFrom<String> for $name {
            type Error = NameError;

            fn try_from(name: String) -> Result<Self, NameError> {
                Self::new(name)
            }
        }

        impl AsRef<str> for $name {
            fn as_ref(&self) -> &str {
                &self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, "{:?}", &self.0)
            }
        }
    };
}

name! {
    /// The name of a topic.
    Topic
}

name! {
    /// The name of a channel of a topic.
    Channel
}
