//! From the configuration to connections, and how brokers write to them.
//!
//! # Buffering
//!
//! nsqd gathers what it writes to a connection, unless it is told not to (`output_buffer_size` −1).
//! What it has gathered it writes when the connection's window (RDY) is full, when the buffer is,
//! behind every answer, or when its timer fires: every 250 ms, or every 25 ms at the least. No
//! buffer costs nsqd three writes a message; a buffer with a wide window keeps messages waiting for
//! the timer; a window of one message on each of many connections costs wake-ups on both sides. So
//! every path has [`OutputBuffer::Adaptive`]: one connection with a buffer, and a window that follows
//! the traffic, from one message ahead, which comes at once and in one write, to as many as come
//! within the wait they are worth.
//!
//! Both ways of a call, measured with `runtime/bench` on two processors against nsqd 1.3.0, caller
//! and function in one process, 200 bytes, in one run; medians of four interleaved rounds:
//!
//! | | 1 in flight | 64 in flight | 256 in flight | nsqd's CPU a call at 256 |
//! |---|---|---|---|---|
//! | no buffer | p50 189 µs | 32,700 /s, p99 4.2 ms | 45,000 /s, p99 11.7 ms | 25 µs |
//! | a window that follows the traffic | p50 183 µs | 45,800 /s, p99 4.6 ms | 71,200 /s, p99 5.8 ms | 15 µs |
//!
//! Measured before, on the same path: a connection and a window of 1 for each handler, and the same
//! for replies, carry less than half of what no buffer does (8,400 against 18,100 /s at 64); a buffer
//! of 25 ms with a wide window has a p50 of 8 ms at 64 in flight.
//!
//! - **messages to a function**: one connection to each broker, a window of at most all its handlers;
//! - **replies to a caller**: two connections to each broker, since a lone one that breaks takes the
//!   reply topic with it;
//! - **requests**: a third, which replies come in by as well: nsqd writes each `OK` at once, and with
//!   it the replies that it holds back for that connection (a twentieth more calls through a gateway
//!   with 64 under way);
//! - **events**: a connection of their own to each broker.

use std::net::IpAddr;
use std::time::Duration;

use kubefuncs_nsq::{
    Address, ConnectionConfig, Discovery, HostPattern, Limits, LookupConfig, OutputBuffer,
    Producer, ProducerConfig,
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

    /// Connections to publish on, to all brokers there are.
    ///
    /// # Panics
    /// Outside of a tokio runtime.
    #[must_use]
    pub fn producer(&self) -> Producer {
        producer(self, &self.discovery())
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

/// Settings of connections on the path of a call.
pub(crate) fn connection(config: &Config) -> ConnectionConfig {
    let max_message = u32::try_from(config.max_message).unwrap_or(u32::MAX);
    let mut connection = ConnectionConfig {
        hostname: host(),
        user_agent: concat!("kubefuncs/", env!("CARGO_PKG_VERSION")).to_owned(),
        heartbeat: HEARTBEAT,
        output_buffer: OutputBuffer::Adaptive,
        limits: Limits {
            max_message,
            ..Limits::default()
        },
        ..ConnectionConfig::default()
    };
    config.security.apply(&mut connection);
    connection
}

pub(crate) fn producer(config: &Config, discovery: &Discovery) -> Producer {
    let mut settings = ProducerConfig::default();
    settings.connection = connection(config);
    Producer::start(settings, discovery)
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
