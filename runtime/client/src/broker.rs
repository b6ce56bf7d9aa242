//! From the configuration to connections.

use std::time::Duration;

use kubefuncs_nsq::{ConnectionConfig, Discovery, Limits, LookupConfig, OutputBuffer};

use crate::config::{Brokers, Config};

/// Short, so that a dead broker is noticed within a call's time.
const HEARTBEAT: Duration = Duration::from_secs(5);

pub(crate) fn discovery(config: &Config) -> Discovery {
    match &config.brokers {
        Brokers::Lookupd(addresses) => {
            Discovery::lookupd(LookupConfig::new(addresses.iter().cloned()))
        }
        Brokers::Nsqd(address) => Discovery::fixed([address.clone()]),
    }
}

/// Settings of connections on the path of a call: nothing is held back to be sent with more.
pub(crate) fn connection(config: &Config) -> ConnectionConfig {
    let max_message = u32::try_from(config.max_message).unwrap_or(u32::MAX);
    ConnectionConfig {
        hostname: host(),
        user_agent: concat!("kubefuncs/", env!("CARGO_PKG_VERSION")).to_owned(),
        heartbeat: HEARTBEAT,
        output_buffer: OutputBuffer::Unbuffered,
        limits: Limits {
            max_message,
            ..Limits::default()
        },
        ..ConnectionConfig::default()
    }
}

/// The name of this machine, for people: in a cluster, the pod's.
pub(crate) fn host() -> String {
    match std::fs::read_to_string("/proc/sys/kernel/hostname") {
        Ok(name) => name.trim().to_owned(),
        Err(_) => "host".to_owned(),
    }
}
