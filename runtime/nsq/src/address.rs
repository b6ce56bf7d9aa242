//! Where a server listens.

use std::collections::BTreeSet;
use std::fmt;
use std::str::FromStr;
use std::sync::Arc;

/// A set of nsqds, shared: a clone costs a reference count.
pub type NodeSet = Arc<BTreeSet<Address>>;

/// A host name or IP address, and a TCP port. Written `host:port`, an IPv6 address in brackets.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Address {
    host: Arc<str>,
    port: u16,
}

/// A string is no `host:port`.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{text:?} is no address: write host:port, as in 127.0.0.1:4150 or [::1]:4150")]
pub struct AddressError {
    text: String,
}

impl Address {
    /// Takes a host (an IPv6 address without brackets) and a port.
    pub fn new(host: impl AsRef<str>, port: u16) -> Self {
        Self {
            host: host.as_ref().into(),
            port,
        }
    }

    /// The host name or IP address, without brackets.
    #[must_use]
    pub fn host(&self) -> &str {
        &self.host
    }

    /// The TCP port.
    #[must_use]
    pub fn port(&self) -> u16 {
        self.port
    }
}

impl FromStr for Address {
    type Err = AddressError;

    fn from_str(text: &str) -> Result<Self, AddressError> {
        let error = || AddressError {
            text: text.chars().take(100).collect(),
        };
        let (host, port) = text.rsplit_once(':').ok_or_else(error)?;
        let bare = match host.strip_prefix('[') {
            Some(rest) => rest.strip_suffix(']').ok_or_else(error)?,
            // An IPv6 address without brackets would lose its last group to the port.
            None if host.contains(':') => return Err(error()),
            None => host,
        };
        let odd = |c: char| c.is_whitespace() || c.is_control() || "/@[]?#".contains(c);
        let port: u16 = port.parse().map_err(|_| error())?;
        if bare.is_empty() || bare.len() > 255 || bare.contains(odd) || port == 0 {
            return Err(error());
        }
        Ok(Self::new(bare, port))
    }
}

impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.host.contains(':') {
            return write!(f, "[{}]:{}", self.host, self.port);
        }
        write!(f, "{}:{}", self.host, self.port)
    }
}

impl fmt::Debug for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl From<std::net::SocketAddr> for Address {
    fn from(socket: std::net::SocketAddr) -> Self {
        Self::new(socket.ip().to_string(), socket.port())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_read_and_written_alike() {
        for text in [
            "127.0.0.1:4150",
            "nsqd-0.nsqd:1",
            "[::1]:65535",
            "[fe80::1%eth0]:4150",
        ] {
            assert_eq!(text.parse::<Address>().unwrap().to_string(), text);
        }
        assert_eq!("[::1]:4150".parse::<Address>().unwrap().host(), "::1");
    }

    #[test]
    fn what_is_no_address_is_refused() {
        for text in [
            "",
            "host",
            ":4150",
            "host:",
            "host:0",
            "host:65536",
            "::1:4150",
            "[::1:4150",
            "http://a:1",
            "a b:1",
        ] {
            assert!(text.parse::<Address>().is_err(), "{text}");
        }
    }
}
