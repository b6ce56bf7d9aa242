//! The gateway's configuration file: which path goes to which topic.
//!
//! ```yaml
//! routes:
//!   /test/: test
//!   /orders/:
//!     topic: orders
//!     methods: [GET, POST]
//!     host: shop.example
//!     timeout: 10s
//! ```
//!
//! The keys of a route are the fields of [`Route`](crate::route::Route): `topic`, `methods`, `host`,
//! `timeout`, `async` (`true`, or `prefer`: when the caller asks), `idempotent`, `cors` with
//! `origins`, `headers`, `expose`, `credentials`, `maxAge`, and `auth: {bearer: {file: …}}`. Beside
//! `routes` there may be `limits`, which [`Bounds`] lists.
//!
//! YAML, or JSON in a file named `.json`. A key that means nothing here is an error, so that
//! nobody believes in a setting that does nothing. The whole file is read before any port opens.

mod detail;
mod fault;
mod file;
mod limits;
mod value;

use std::path::Path;

pub use fault::ConfigError;
pub use limits::Bounds;

use crate::route::RouteTable;

/// The largest file that is read: that of a ConfigMap.
const MAX_SIZE: u64 = 1024 * 1024;

/// A configuration that has passed every check.
#[derive(Debug, Clone, Default)]
#[non_exhaustive]
pub struct Config {
    /// The routes.
    pub routes: RouteTable,
    /// The bounds that differ from the usual ones.
    pub limits: Bounds,
}

impl Config {
    /// Reads a file.
    ///
    /// # Errors
    /// When it cannot be read, is no valid YAML or JSON, or says something that makes no sense;
    /// the error names the place where there is one.
    pub fn load(path: &Path) -> Result<Self, ConfigError> {
        let text = read(path).map_err(|source| ConfigError::unreadable(path, source))?;
        Self::parse(path, &text)
    }

    /// Reads the text of the file `path`, which is only named in errors.
    ///
    /// # Errors
    /// As [`Config::load`].
    pub fn parse(path: &Path, text: &str) -> Result<Self, ConfigError> {
        let text = text.strip_prefix('\u{feff}').unwrap_or(text);
        let file: file::File = if path
            .extension()
            .is_some_and(|extension| extension == "json")
        {
            serde_json::from_str(text).map_err(|error| ConfigError::json(path, &error))?
        } else {
            if let Some(place) = too_deep(text) {
                return Err(ConfigError::nesting(path, place));
            }
            serde_yaml::from_str(text).map_err(|error| ConfigError::yaml(path, &error))?
        };
        Ok(Self {
            routes: file.routes,
            limits: file.limits,
        })
    }
}

fn read(path: &Path) -> std::io::Result<String> {
    use std::io::{Error, ErrorKind, Read};

    let mut text = String::new();
    std::fs::File::open(path)?
        .take(MAX_SIZE + 1)
        .read_to_string(&mut text)?;
    if text.len() as u64 > MAX_SIZE {
        return Err(Error::new(
            ErrorKind::FileTooLarge,
            "it is larger than 1 MiB",
        ));
    }
    Ok(text)
}

/// Line and column where brackets nest deeper than any route needs. The YAML reader takes seconds
/// for a megabyte of `[`, so that is found out here; the JSON reader has a limit of its own.
fn too_deep(text: &str) -> Option<(usize, usize)> {
    const LIMIT: usize = 64;
    let mut depth = 0_usize;
    let at = text.bytes().position(|byte| {
        match byte {
            b'[' | b'{' => depth += 1,
            b']' | b'}' => depth = depth.saturating_sub(1),
            _ => (),
        }
        depth > LIMIT
    })?;
    let before = text.get(..at).unwrap_or_default();
    let line_start = before.rfind('\n').map_or(0, |newline| newline + 1);
    Some((
        before.matches('\n').count() + 1,
        before[line_start..].chars().count() + 1,
    ))
}

#[cfg(test)]
mod tests;
