//! Which hosts may be dialled, and where they really are.

use std::fmt;
use std::net::IpAddr;
use std::str::FromStr;
use std::sync::Arc;

use crate::address::Address;

/// Which hosts are meant: a list, separated by commas, of
///
/// - host names and IP addresses: `nsqd.example`, `10.0.0.7`, `::1`;
/// - names below a domain: `*.nsqd.kubefuncs.svc.cluster.local`;
/// - networks: `10.0.0.0/8`, `fd00::/8`.
///
/// ```
/// use kubefuncs_nsq::HostPattern;
///
/// let hosts: HostPattern = "*.nsqd.kubefuncs, 10.0.0.0/8".parse()?;
/// assert!(hosts.matches("nsqd-0.nsqd.kubefuncs"));
/// assert!(hosts.matches("10.1.2.3"));
/// assert!(!hosts.matches("nsqd.kubefuncs.evil.example"));
/// # Ok::<(), kubefuncs_nsq::HostPatternError>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HostPattern {
    hosts: Vec<Host>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Host {
    Name(String),
    Below(String),
    Network(IpAddr, u32),
}

/// A text is no pattern of hosts.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "{text:?} is no pattern of hosts: write names, *.domain, IP addresses or networks such as \
     10.0.0.0/8, separated by commas"
)]
pub struct HostPatternError {
    text: String,
}

impl HostPattern {
    /// Whether `host`, a name or an IP address without brackets, is meant.
    #[must_use]
    pub fn matches(&self, host: &str) -> bool {
        let name = host.trim_end_matches('.').to_ascii_lowercase();
        let address: Option<IpAddr> = name.parse().ok();
        self.hosts.iter().any(|wanted| match wanted {
            Host::Name(wanted) => *wanted == name,
            Host::Below(domain) => name
                .strip_suffix(domain)
                .and_then(|front| front.strip_suffix('.'))
                .is_some_and(|front| !front.is_empty() && address.is_none()),
            Host::Network(network, bits) => {
                address.is_some_and(|address| same_network(address, *network, *bits))
            }
        })
    }
}

fn same_network(one: IpAddr, other: IpAddr, bits: u32) -> bool {
    let front = |number: u128, length: u32| number.checked_shr(length - bits).unwrap_or(0);
    match (one.to_canonical(), other) {
        (IpAddr::V4(one), IpAddr::V4(other)) => {
            front(one.to_bits().into(), 32) == front(other.to_bits().into(), 32)
        }
        (IpAddr::V6(one), IpAddr::V6(other)) => {
            front(one.to_bits(), 128) == front(other.to_bits(), 128)
        }
        _ => false,
    }
}

impl FromStr for HostPattern {
    type Err = HostPatternError;

    fn from_str(text: &str) -> Result<Self, HostPatternError> {
        let hosts: Option<Vec<Host>> = text
            .split(',')
            .map(|part| part.trim().parse().ok())
            .collect();
        let error = || HostPatternError {
            text: text.chars().take(200).collect(),
        };
        hosts.map(|hosts| Self { hosts }).ok_or_else(error)
    }
}

impl FromStr for Host {
    type Err = ();

    fn from_str(text: &str) -> Result<Self, ()> {
        if let Some((address, bits)) = text.split_once('/') {
            let address: IpAddr = address.parse().map_err(drop)?;
            let bits: u32 = bits.parse().map_err(drop)?;
            let most = if address.is_ipv4() { 32 } else { 128 };
            return (bits <= most)
                .then_some(Self::Network(address, bits))
                .ok_or(());
        }
        if let Ok(address) = text.parse::<IpAddr>() {
            let bits = if address.is_ipv4() { 32 } else { 128 };
            return Ok(Self::Network(address, bits));
        }
        let (name, below) = text
            .strip_prefix("*.")
            .map_or((text, false), |name| (name, true));
        let name = name.trim_end_matches('.').to_ascii_lowercase();
        let letter = |c: char| c.is_ascii_alphanumeric() || c == '-' || c == '_';
        let is_label = |label: &str| !label.is_empty() && label.chars().all(letter);
        if !name.split('.').all(is_label) {
            return Err(());
        }
        Ok(if below {
            Self::Below(name)
        } else {
            Self::Name(name)
        })
    }
}

/// Tells where a node really is, when what it says of itself (nsqd's `-broadcast-address`) leads
/// nowhere from here.
///
/// ```
/// use kubefuncs_nsq::{Address, Rewrite};
///
/// // Through a tunnel on this machine, whatever the node calls itself.
/// let rewrite = Rewrite::new(|node| Some(Address::new("127.0.0.1", node.port())));
/// ```
#[derive(Clone)]
pub struct Rewrite(Arc<RewriteFn>);

type RewriteFn = dyn Fn(&Address) -> Option<Address> + Send + Sync;

impl Rewrite {
    /// `None` leaves the node out.
    pub fn new(rewrite: impl Fn(&Address) -> Option<Address> + Send + Sync + 'static) -> Self {
        Self(Arc::new(rewrite))
    }

    pub(crate) fn apply(&self, address: &Address) -> Option<Address> {
        (self.0)(address)
    }
}

impl fmt::Debug for Rewrite {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Rewrite(…)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn matches(pattern: &str, host: &str) -> bool {
        pattern.parse::<HostPattern>().unwrap().matches(host)
    }

    #[test]
    fn only_what_is_meant_matches() {
        for (pattern, yes, no) in [
            (
                "nsqd",
                &["nsqd", "NSQD", "nsqd."][..],
                &["nsqd-0", "nsqd.x", ""][..],
            ),
            (
                "*.a.b",
                &["x.a.b", "x.y.a.b", "X.A.B."],
                &["a.b", ".a.b", "xa.b", "x.a.b.c"],
            ),
            (
                "10.0.0.0/8",
                &["10.1.2.3", "::ffff:10.1.2.3"],
                &["11.0.0.1", "10.evil.example", "::1"],
            ),
            ("fd00::/8", &["fd12::1"], &["fe80::1", "10.0.0.1"]),
            ("0.0.0.0/0", &["1.2.3.4"], &["::1", "host"]),
            ("::/0", &["::1"], &["1.2.3.4"]),
            ("127.0.0.1", &["127.0.0.1"], &["127.0.0.2"]),
            (
                "a, *.b ,10.0.0.0/31",
                &["a", "x.b", "10.0.0.1"],
                &["b", "10.0.0.2"],
            ),
        ] {
            for host in yes {
                assert!(matches(pattern, host), "{pattern} should match {host}");
            }
            for host in no {
                assert!(!matches(pattern, host), "{pattern} should not match {host}");
            }
        }
    }

    #[test]
    fn what_could_mean_more_than_it_says_is_refused() {
        for text in [
            "",
            "*",
            "10.*",
            "a.*.b",
            "a,,b",
            "10.0.0.0/33",
            "a/8",
            "a b",
            "*.",
            "http://a",
        ] {
            assert!(text.parse::<HostPattern>().is_err(), "{text:?}");
        }
    }
}
