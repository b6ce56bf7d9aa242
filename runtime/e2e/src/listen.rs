//! Listening addresses become the pod's own.
//!
//! In a pod every program may listen on all addresses; here that would be one machine's, and two
//! pods with the same port would clash.

use std::collections::BTreeMap;
use std::net::Ipv4Addr;

/// Where a program listens when nobody tells it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Listen {
    /// A flag by its long name, and the default port.
    Flag(&'static str, u16),
    /// A variable by its name, and the default port.
    Variable(&'static str, u16),
}

/// `text` with the pod's address in place of "all addresses": `0.0.0.0:P`, `[::]:P` or `:P`, alone
/// or after `=`.
pub fn own(text: &str, address: Ipv4Addr) -> String {
    let (setting, value) = match text.split_once('=') {
        Some((setting, value)) => (format!("{setting}="), value),
        None => (String::new(), text),
    };
    let everywhere = ["0.0.0.0:", "[::]:", ":"];
    let port = everywhere
        .iter()
        .find_map(|prefix| value.strip_prefix(prefix));
    match port.filter(|port| !port.is_empty() && port.bytes().all(|byte| byte.is_ascii_digit())) {
        Some(port) => format!("{setting}{address}:{port}"),
        None => text.to_owned(),
    }
}

/// Says where to listen, on the default port, for every setting that a manifest leaves out.
pub fn add_missing(
    settings: &[Listen],
    address: Ipv4Addr,
    args: &mut Vec<String>,
    env: &mut BTreeMap<String, String>,
) {
    for setting in settings {
        match *setting {
            Listen::Flag(flag, port) => {
                if value(flag, args).is_none() {
                    args.push(format!("--{flag}={address}:{port}"));
                }
            }
            Listen::Variable(name, port) => {
                env.entry(name.to_owned())
                    .or_insert_with(|| format!("{address}:{port}"));
            }
        }
    }
}

/// What the arguments give a flag: `--flag=VALUE` or `--flag VALUE`, with one dash or two.
pub fn value<'a>(flag: &str, args: &'a [String]) -> Option<&'a str> {
    args.iter().enumerate().find_map(|(index, arg)| {
        let rest = arg
            .strip_prefix('-')?
            .trim_start_matches('-')
            .strip_prefix(flag)?;
        match rest.strip_prefix('=') {
            Some(value) => Some(value),
            None if rest.is_empty() => Some(args.get(index + 1).map_or("", String::as_str)),
            None => None,
        }
    })
}
