//! nsqd and nsqlookupd in process and in memory: for development on one machine and for tests.
//!
//! ```
//! use kubefuncs_broker::{Broker, BrokerConfig};
//!
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> std::io::Result<()> {
//! let broker = Broker::start(BrokerConfig::default()).await?; // free ports of 127.0.0.1
//! let addresses = broker.addresses();
//! println!("nsqd at {}, nsqlookupd at {:?}", addresses.tcp, addresses.lookupd_http);
//! broker.stop().await;
//! # Ok(())
//! # }
//! ```
//!
//! Clients cannot tell it from nsqd v1.3.0 in what they rely on: the protocol with its states,
//! limits and errors, when a connection is closed and how, delivery, windows, timeouts, delays and
//! their scan, attempts, ephemeral topics and channels, output buffering, snappy and deflate, TLS and
//! AUTH, `/stats`, and what a restart keeps. One suite of tests (`runtime/conformance`) runs against
//! both.
//!
//! What it does not have:
//!
//! - a disk; a backlog in memory stands for it, see [`Bounds`];
//! - TLS before 1.2, and system CAs for clients' certificates;
//! - auth servers over HTTPS, or whose answers are redirects or longer than 256 KiB;
//! - statsd, latency percentiles, and settings that change while it runs, but for `log_level`,
//!   which is kept and shown, and has no effect.
//!
//! TLS and AUTH are off unless they are set, see [`NsqdOptions::tls`] and
//! [`NsqdOptions::auth_http_addresses`]:
//!
//! ```no_run
//! use kubefuncs_broker::{Broker, BrokerConfig, NsqdOptions, TlsOptions, TlsRequired};
//!
//! # async fn start() -> std::io::Result<()> {
//! let broker = Broker::start(BrokerConfig {
//!     nsqd: NsqdOptions {
//!         tls: Some(TlsOptions {
//!             required: TlsRequired::ExceptHttp,
//!             ..TlsOptions::new("cert.pem", "key.pem")
//!         }),
//!         auth_http_addresses: vec!["127.0.0.1:4180".to_owned()],
//!         ..NsqdOptions::default()
//!     },
//!     ..BrokerConfig::default()
//! })
//! .await?;
//! # Ok(())
//! # }
//! ```
//!
//! One thing is better here: when a client that speaks TLS or compressed says IDENTIFY again and
//! asks for another `output_buffer_size`, nsqd goes on in clear; this broker does not.
//!
//! Bytes are bounded, messages and what is being received: see [`Bounds`].
//!
//! For tests it can be paused, crashed, restarted, made to lose or delay answers, and to set its
//! clock: see [`Broker`]. Its time is tokio's, and so can be paused, too; with care: see [`Hold`].
//!
//! Inside, `model` is nsqd as pure state, to which time is handed in; `hub` shares it between
//! `wire` (clients), `http` and `lookupd`, the first two with `tls` and `auth`; `broker` starts and
//! stops them.

mod auth;
mod broker;
mod clock;
mod config;
mod faults;
mod hold;
mod http;
mod hub;
mod json;
mod listen;
mod lookupd;
mod memory;
mod model;
mod tls;
mod wire;

pub use broker::{Addresses, Broker};
pub use config::{Bounds, BrokerConfig, NsqdOptions};
pub use hold::Hold;
pub use lookupd::{Lookupd, LookupdConfig};
pub use tls::{ClientAuthPolicy, TlsOptions, TlsRequired};

/// The version of nsqd that this is like, and says it is.
pub const VERSION: &str = "1.3.0";
