//! From the configuration to connections, and how brokers write to them.
//!
//! # Buffering
//!
//! nsqd gathers what it writes to a connection, unless it is told not to (`output_buffer_size` −1).
//! What it has gathered it writes when the connection's window (RDY) is full, when the buffer is,
//! or when its timer fires: every 250 ms, or every 25 ms at the least. So there are two ways to have
//! each message at once: no buffer, which costs nsqd three writes a message, or a window of one
//! message on each of many connections, which costs one. Each path was measured both ways, with
//! `runtime/bench` on two busy processors against nsqd 1.3.0, caller and function in one process,
//! 200 bytes; medians of five interleaved runs, of three for the last two rows and one in flight:
//!
//! | both ways of a call | 1 in flight | 64 in flight | 256 in flight | our CPU a call |
//! |---|---|---|---|---|
//! | no buffer; one connection for messages, two for replies | p50 89 µs | 18,100 /s | 15,600 /s | 13–16 µs |
//! | no buffer, 2 or 4 connections for messages | – | 13,000 /s | 8,300–12,300 /s | 15–17 µs |
//! | a connection and a window of 1 for each handler | – | 10,900 /s | 4,900 /s | 21–32 µs |
//! | the same, and replies over such connections | p50 58 µs | 8,400 /s | 6,300 /s | 27–34 µs |
//! | a buffer of 25 ms | – | 4,600 /s, p50 8 ms | 23,200 /s | 13–16 µs |
//!
//! A window of one is quickest for one call at a time, and has the lower floor on bare sockets, but
//! each such connection costs wake-ups on both sides, and as many connections as handlers, from
//! every process to every broker, is more than brokers should carry. A buffer with a timer is quick
//! only when it is always full; between, a message waits for the timer. So:
//!
//! - **messages to a function**: no buffer, one connection to each broker, a window of all its
//!   handlers;
//! - **replies to a caller**: no buffer, two connections to each broker, since a lone one that breaks
//!   takes the reply topic with it; more would gain nothing, for reading a reply takes microseconds;
//! - **publishing**: a connection of its own to each broker. nsqd writes each `OK` at once.

use std::net::IpAddr;
use std::time::Duration;

use kubefuncs_nsq::{
    Address, ConnectionConfig, Discovery, HostPattern, Limits, LookupConfig, OutputBuffer,
};

use crate::config::{Brokers, Config};

/// Short, so that a dead broker is noticed within a call's time.
const HEARTBEAT: Duration = Duration::from_secs(5);

impl Config {
    /// Which brokers there are, asked for as the configuration says: for tools that subscribe or
    /// publish themselves.
    ///
    /// # Panics
    /// Outside of a tokio runtime.
    #[must_use]
    pub fn discovery(&self) -> Discovery {
        discovery(self)
    }

    /// What a connection to a broker is told.
    #[must_use]
    pub fn connection(&self) -> ConnectionConfig {
        connection(self)
    }
}

pub(crate) fn discovery(config: &Config) -> Discovery {
    match &config.brokers {
        Brokers::Lookupd(addresses) => {
            let mut lookup = LookupConfig::new(addresses.iter().cloned());
            if config.security.has_secret() {
                lookup.allowed_hosts = neighbours(addresses);
            }
            Discovery::lookupd(lookup)
        }
        Brokers::Nsqd(address) => Discovery::fixed([address.clone()]),
    }
}

/// The hosts that get the secret where directories name brokers: those of the directories' own
/// domain, and the directories' own hosts. Nobody who can write to a directory can thus name a host
/// of another, and get the secret.
fn neighbours(lookupds: &[Address]) -> Option<HostPattern> {
    let hosts = lookupds.iter().map(|lookupd| {
        let host = lookupd.host();
        match host.split_once('.') {
            Some((_, domain)) if domain.contains('.') && host.parse::<IpAddr>().is_err() => {
                format!("{host},*.{domain}")
            }
            _ => host.to_owned(),
        }
    });
    hosts.collect::<Vec<_>>().join(",").parse().ok()
}

/// Settings of connections on the path of a call: nothing is held back to be sent with more.
pub(crate) fn connection(config: &Config) -> ConnectionConfig {
    let max_message = u32::try_from(config.max_message).unwrap_or(u32::MAX);
    let mut connection = ConnectionConfig {
        hostname: host(),
        user_agent: concat!("kubefuncs/", env!("CARGO_PKG_VERSION")).to_owned(),
        heartbeat: HEARTBEAT,
        output_buffer: OutputBuffer::Unbuffered,
        limits: Limits {
            max_message,
            ..Limits::default()
        },
        ..ConnectionConfig::default()
    };
    config.security.apply(&mut connection);
    connection
}

/// The name of this machine, for people: in a cluster, the pod's.
pub(crate) fn host() -> String {
    match std::fs::read_to_string("/proc/sys/kernel/hostname") {
        Ok(name) => name.trim().to_owned(),
        Err(_) => "host".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_secret_stays_in_the_domain_of_the_directories() {
        let lookupds = [
            "lookupd.kubefuncs.svc.cluster.local:4161",
            "10.0.0.7:4161",
            "lookupd:1",
        ];
        let lookupds = lookupds.map(|address| address.parse().unwrap());
        let pattern = neighbours(&lookupds).unwrap();
        for host in [
            "nsqd-0.nsqd.kubefuncs.svc.cluster.local",
            "lookupd.kubefuncs.svc.cluster.local",
            "10.0.0.7",
            "lookupd",
        ] {
            assert!(pattern.matches(host), "{host}");
        }
        for host in [
            "nsqd.other.svc.cluster.local",
            "10.0.0.8",
            "evil.example",
            "local",
        ] {
            assert!(!pattern.matches(host), "{host}");
        }
    }
}
