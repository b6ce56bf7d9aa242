//! How a broker is set up.

use std::net::{Ipv4Addr, SocketAddr};
use std::time::Duration;

use crate::{Lookupd, TlsOptions};

/// A broker's addresses, settings and bounds. The default listens on free ports of 127.0.0.1, with
/// nsqd's own settings, and has a directory (nsqlookupd) of its own.
#[derive(Clone, Debug)]
pub struct BrokerConfig {
    /// Where clients speak the NSQ protocol; port 0 takes a free one.
    pub tcp: SocketAddr,
    /// Where nsqd's HTTP endpoints are.
    pub http: SocketAddr,
    /// Where the same endpoints are over TLS, if [`NsqdOptions::tls`] is set; `None` leaves them out.
    pub https: Option<SocketAddr>,
    /// Where nsqlookupd's HTTP endpoints are; `None` starts no directory with this broker.
    pub lookupd_http: Option<SocketAddr>,
    /// Further directories to register with: this is how several brokers find together.
    pub lookupds: Vec<Lookupd>,
    /// The host that directories tell to clients.
    pub broadcast_address: String,
    /// nsqd's command line.
    pub nsqd: NsqdOptions,
    /// What the broker may hold at most.
    pub bounds: Bounds,
    /// Gather output as nsqd does (true), or write each frame at once, whatever clients ask for.
    pub buffering: bool,
}

impl Default for BrokerConfig {
    fn default() -> Self {
        let any = SocketAddr::from((Ipv4Addr::LOCALHOST, 0));
        Self {
            tcp: any,
            http: any,
            https: None,
            lookupd_http: Some(any),
            lookupds: Vec::new(),
            broadcast_address: Ipv4Addr::LOCALHOST.to_string(),
            nsqd: NsqdOptions::default(),
            bounds: Bounds::default(),
            buffering: true,
        }
    }
}

/// nsqd's flags of the same names, and its defaults (v1.3.0).
#[derive(Clone, Debug, PartialEq, Eq)]
#[allow(missing_docs, reason = "each is nsqd's flag of that name")]
pub struct NsqdOptions {
    /// Part of each message's id, 0 to 1023.
    pub node_id: u16,
    /// Messages in memory, for each topic and each channel. Beyond, they go to a backlog, or, where
    /// the topic or channel is ephemeral, are dropped after `OK`.
    pub mem_queue_size: usize,
    /// The longest message, in bytes.
    pub max_msg_size: u32,
    /// The longest body of IDENTIFY, AUTH and MPUB, in bytes.
    pub max_body_size: u32,
    pub msg_timeout: Duration,
    pub max_msg_timeout: Duration,
    /// The longest delay of REQ and DPUB.
    pub max_req_timeout: Duration,
    /// Twice the heartbeat interval of a client that asks for none.
    pub client_timeout: Duration,
    pub max_heartbeat_interval: Duration,
    pub max_rdy_count: u32,
    pub max_output_buffer_size: u32,
    pub max_output_buffer_timeout: Duration,
    pub min_output_buffer_timeout: Duration,
    pub output_buffer_timeout: Duration,
    /// Consumers of one channel; 0 is unlimited.
    pub max_channel_consumers: usize,
    pub max_deflate_level: u8,
    /// Whether clients get snappy that ask for it.
    pub snappy: bool,
    /// Whether clients get deflate that ask for it.
    pub deflate: bool,
    /// nsqd's `-tls-…`; `None` is an nsqd without a certificate, which grants no TLS.
    pub tls: Option<TlsOptions>,
    /// nsqd's `-auth-http-address`: who is asked what clients may do, as `host:port` or as a URL
    /// that begins with `http://`. Where there is any, clients have to AUTH; several stand in for
    /// each other. HTTP endpoints are open to all even so, as in nsqd.
    ///
    /// The query is nsqd's, and so the secret is part of a URL in clear. Patterns in the answer are
    /// those of the crate `regex`, which for names of topics and channels are Go's, but for
    /// `\Q…\E` and `\p{…}`. An answer has 256 KiB at most.
    pub auth_http_addresses: Vec<String>,
    /// How often queues are scanned for what is due. Not a flag of nsqd, where it is 100 ms.
    pub queue_scan_interval: Duration,
    /// How often the scan learns of new channels. Not a flag of nsqd, where it is 5 s.
    pub queue_scan_refresh_interval: Duration,
    pub queue_scan_selection_count: usize,
}

impl Default for NsqdOptions {
    fn default() -> Self {
        Self {
            node_id: 0,
            mem_queue_size: 10_000,
            max_msg_size: 1_048_576,
            max_body_size: 5_242_880,
            msg_timeout: Duration::from_secs(60),
            max_msg_timeout: Duration::from_secs(15 * 60),
            max_req_timeout: Duration::from_secs(60 * 60),
            client_timeout: Duration::from_secs(60),
            max_heartbeat_interval: Duration::from_secs(60),
            max_rdy_count: 2500,
            max_output_buffer_size: 65_536,
            max_output_buffer_timeout: Duration::from_secs(30),
            min_output_buffer_timeout: Duration::from_millis(25),
            output_buffer_timeout: Duration::from_millis(250),
            max_channel_consumers: 0,
            max_deflate_level: 6,
            snappy: true,
            deflate: true,
            tls: None,
            auth_http_addresses: Vec::new(),
            queue_scan_interval: Duration::from_millis(100),
            queue_scan_refresh_interval: Duration::from_secs(5),
            queue_scan_selection_count: 20,
        }
    }
}

/// What a broker holds at most; nsqd has a disk instead.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Bounds {
    /// Bytes of all messages, with 128 counted for each place in a queue. Beyond, publishing fails
    /// as it does when nsqd's disk is full; ephemeral topics drop instead.
    pub memory_bytes: usize,
    /// Beyond, publishing and subscribing fail.
    pub topics: usize,
    /// Beyond, subscribing fails.
    pub channels_per_topic: usize,
    /// Connections of clients; further ones are closed at once.
    pub connections: usize,
    /// Bytes of bodies that are being received, over all connections, and of what clients have said
    /// of themselves (IDENTIFY, AUTH), on top of `memory_bytes`. Beyond, the connection whose body
    /// does not fit is closed.
    pub receiving_bytes: usize,
}

impl Default for Bounds {
    fn default() -> Self {
        Self {
            memory_bytes: 256 * 1024 * 1024,
            topics: 10_000,
            channels_per_topic: 1_000,
            connections: 4_096,
            receiving_bytes: 64 * 1024 * 1024,
        }
    }
}
