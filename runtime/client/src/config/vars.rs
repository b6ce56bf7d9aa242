//! Typed reading of variables that collects what is wrong.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::fmt::Display;
use std::ops::RangeInclusive;
use std::path::PathBuf;
use std::str::FromStr;
use std::time::Duration;

use kubefuncs_nsq::{Address, AddressError, Channel, NameError, Topic};
use tracing_subscriber::EnvFilter;

use super::error::{ConfigError, Problem};
use crate::dead_letter;
use crate::duration::{parse, show};

/// The variables of an environment and what was found wrong with them so far.
pub(super) struct Vars {
    values: BTreeMap<OsString, OsString>,
    problems: Vec<Problem>,
}

impl Vars {
    pub(super) fn new(vars: impl Iterator<Item = (OsString, OsString)>) -> Self {
        Self {
            values: vars.collect(),
            problems: Vec::new(),
        }
    }

    pub(super) fn problem(&mut self, variable: &'static str, reason: impl Into<String>) {
        self.problems.push(Problem {
            variable,
            reason: reason.into(),
        });
    }

    /// An error when there were problems.
    pub(super) fn finish(self) -> Result<(), ConfigError> {
        if self.problems.is_empty() {
            Ok(())
        } else {
            Err(ConfigError {
                problems: self.problems,
            })
        }
    }

    /// The value, unless it is absent, empty or not UTF-8.
    fn text(&mut self, variable: &'static str) -> Option<String> {
        let value = self.values.get(std::ffi::OsStr::new(variable))?;
        let Some(text) = value.to_str() else {
            self.problem(variable, "is not UTF-8");
            return None;
        };
        (!text.is_empty()).then(|| text.to_owned())
    }

    /// The value read by `read`, which says what it should have been when it cannot be.
    fn read<T>(
        &mut self,
        variable: &'static str,
        read: impl FnOnce(&str) -> Result<T, String>,
    ) -> Option<T> {
        let text = self.text(variable)?;
        match read(&text) {
            Ok(value) => Some(value),
            Err(wanted) => {
                self.problem(variable, format!("is `{}`: {wanted}", text.escape_debug()));
                None
            }
        }
    }

    pub(super) fn duration(
        &mut self,
        variable: &'static str,
        default: Duration,
        range: RangeInclusive<Duration>,
    ) -> Duration {
        self.read(variable, |text| {
            let duration = parse(text).ok_or("a duration reads like `3s`, `250ms` or `1m30s`")?;
            if range.contains(&duration) {
                return Ok(duration);
            }
            Err(format!(
                "it may be from {} to {}",
                show(*range.start()),
                show(*range.end())
            ))
        })
        .unwrap_or(default)
    }

    /// Two durations, the first of which may not be above the second. What is written is blamed for
    /// it, since the other may be a default.
    pub(super) fn durations(
        &mut self,
        (first, usual_first): (&'static str, Duration),
        (second, usual_second): (&'static str, Duration),
        range: RangeInclusive<Duration>,
    ) -> (Duration, Duration) {
        let before = self.problems.len();
        let low = self.duration(first, usual_first, range.clone());
        let high = self.duration(second, usual_second, range);
        if self.problems.len() == before && low > high {
            let (low, high) = (show(low), show(high));
            if self.text(first).is_some() {
                self.problem(first, format!("is {low}, above {second}, which is {high}"));
            } else {
                self.problem(second, format!("is {high}, below {first}, which is {low}"));
            }
        }
        (low, high)
    }

    pub(super) fn number<T: FromStr + PartialOrd + Display>(
        &mut self,
        variable: &'static str,
        default: T,
        range: RangeInclusive<T>,
    ) -> T {
        self.read(variable, |text| {
            text.parse::<T>()
                .ok()
                .filter(|number| range.contains(number))
                .ok_or_else(|| {
                    format!(
                        "it may be a whole number from {} to {}",
                        range.start(),
                        range.end()
                    )
                })
        })
        .unwrap_or(default)
    }

    /// One of a few words; the first is the default.
    pub(super) fn one_of<T: Copy>(&mut self, variable: &'static str, words: &[(&str, T)]) -> T {
        self.read(variable, |text| {
            words
                .iter()
                .find(|(word, _)| *word == text)
                .map(|(_, value)| *value)
                .ok_or_else(|| {
                    let words = words
                        .iter()
                        .map(|(word, _)| format!("`{word}`"))
                        .collect::<Vec<_>>();
                    format!("it may be {}", words.join(" or "))
                })
        })
        .unwrap_or(words[0].1)
    }

    /// The name of a topic or channel.
    pub(super) fn name<T: FromStr<Err = NameError>>(
        &mut self,
        variable: &'static str,
        default: &'static str,
    ) -> T {
        self.read(variable, |text| read_name(text))
            .unwrap_or_else(|| default.parse().expect("the default is a name"))
    }

    /// The topic of dead letters: a name, or `true` for that of the topic and channel.
    pub(super) fn dead_letter(
        &mut self,
        variable: &'static str,
        topic: &Topic,
        channel: &Channel,
    ) -> Option<Topic> {
        self.read(variable, |text| match text {
            "false" => Ok(None),
            "true" => dead_letter::topic(topic.as_str(), channel.as_str())
                .map(Some)
                .map_err(|error| format!("{error}: name a topic instead")),
            name => read_name(name).map(Some),
        })
        .flatten()
    }

    pub(super) fn topics(&mut self, variable: &'static str) -> Vec<Topic> {
        self.read(variable, |text| list(text).map(read_name).collect())
            .unwrap_or_default()
    }

    pub(super) fn addresses(&mut self, variable: &'static str) -> Vec<Address> {
        self.read(variable, |text| list(text).map(read_address).collect())
            .unwrap_or_default()
    }

    /// A host and, from another variable, its port. The host may bring its own port.
    pub(super) fn address(
        &mut self,
        host: &'static str,
        port: &'static str,
        default_port: u16,
    ) -> Option<Address> {
        let port = self.number(port, default_port, 1..=u16::MAX);
        self.read(host, |text| {
            let text = text.trim();
            // An IPv6 address has colons of its own.
            let bare = text.parse::<std::net::Ipv6Addr>().is_ok() || !text.contains(':');
            if !bare {
                return read_address(text);
            }
            read_address(&Address::new(text, port).to_string())
        })
    }

    /// Where to listen: `host:port` or `:port`.
    pub(super) fn listen(&mut self, variable: &'static str, default: &str) -> String {
        self.read(variable, |text| {
            let wanted = || "it may be `host:port` or `:port`".to_owned();
            is_listenable(text)
                .then(|| text.to_owned())
                .ok_or_else(wanted)
        })
        .unwrap_or_else(|| default.to_owned())
    }

    pub(super) fn log_filter(&mut self, variable: &'static str, default: &str) -> String {
        self.read(variable, |text| {
            // The filter counts its bytes from after a space, and panics or misreads the rest.
            let parts: Vec<_> = text.split(',').map(str::trim).collect();
            let filter = parts.join(",");
            match EnvFilter::try_new(&filter) {
                Ok(_) => Ok(filter),
                Err(_) => {
                    Err("it may be a level such as `info`, or `target=level` pairs".to_owned())
                }
            }
        })
        .unwrap_or_else(|| default.to_owned())
    }

    /// A file.
    pub(super) fn path(&mut self, variable: &'static str) -> Option<PathBuf> {
        self.text(variable).map(PathBuf::from)
    }

    /// What was made of a variable's value, or nothing and a problem.
    pub(super) fn made<T>(
        &mut self,
        variable: &'static str,
        made: Result<T, impl Display>,
    ) -> Option<T> {
        made.map_err(|error| self.problem(variable, format!("cannot be used: {error}")))
            .ok()
    }
}

/// The parts of a list separated by commas, spaces around them aside.
fn list(text: &str) -> impl Iterator<Item = &str> {
    text.split(',').map(str::trim)
}

fn read_name<T: FromStr<Err = NameError>>(text: &str) -> Result<T, String> {
    text.parse().map_err(|error: NameError| error.to_string())
}

fn read_address(text: &str) -> Result<Address, String> {
    text.parse()
        .map_err(|error: AddressError| error.to_string())
}

fn is_listenable(text: &str) -> bool {
    let Some((host, port)) = text.rsplit_once(':') else {
        return false;
    };
    // Here port 0 means a free one; in an address it means nothing.
    port.parse::<u16>().is_ok()
        && (host.is_empty() || format!("{host}:1").parse::<Address>().is_ok())
}

/// An address that is part of this program.
pub(super) fn address(text: &'static str) -> Address {
    text.parse().expect("the default is an address")
}
