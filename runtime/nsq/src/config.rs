//! What a connection is told, and how patient it is.

use std::time::Duration;

use kubefuncs_nsq_proto::{Command, Identify, Limits};

use crate::auth::AuthSecret;
use crate::error::{Error, ErrorKind};
use crate::stall::StallConfig;
use crate::tls::Tls;

/// How nsqd gathers messages before it writes them to this connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum OutputBuffer {
    /// Each message is written at once: lowest latency with many in flight, more CPU per message.
    Unbuffered,
    /// nsqd's default: 16 KiB, flushed each 250 ms. With moderate traffic that is the latency of a
    /// message.
    ServerDefault,
    /// A buffer of `bytes` (64 to 65,536), flushed each `flush_every` (25 ms to 30 s).
    Sized {
        /// Bytes nsqd gathers before it writes.
        bytes: u32,
        /// The longest a message lies in the buffer.
        flush_every: Duration,
    },
    /// A buffer of 16 KiB that is written whenever what is in it need not wait: the window (RDY)
    /// follows the traffic, from one message at once to many together. The latency of no buffer at a
    /// fraction of nsqd's CPU.
    Adaptive,
}

/// Whether bytes are compressed on the wire. Only with an [`OutputBuffer`] other than
/// [`Unbuffered`](OutputBuffer::Unbuffered): nsqd would compress three small writes for each
/// message, and with deflate not send them before the next heartbeat.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum Compression {
    /// As they are.
    #[default]
    None,
    /// Fast, for slow links.
    Snappy,
    /// Smaller, for more CPU.
    Deflate {
        /// 1 (fast) to 9; nsqd cuts it to its `-max-deflate-level` of 6.
        level: u32,
    },
}

/// One connection to one nsqd. The default suits calls: unbuffered, heartbeat of 5 s.
#[derive(Clone, Debug)]
pub struct ConnectionConfig {
    /// A name for this client in nsqd's statistics.
    pub client_id: String,
    /// This host in nsqd's statistics.
    pub hostname: String,
    /// Program and version in nsqd's statistics.
    pub user_agent: String,
    /// How often nsqd asks for a sign of life: 1 s to 60 s. A peer silent for twice this is given
    /// up.
    pub heartbeat: Duration,
    /// How nsqd gathers messages.
    pub output_buffer: OutputBuffer,
    /// When nsqd delivers an unanswered message again: 1 s to 15 min; `None` for nsqd's default of
    /// 60 s.
    pub msg_timeout: Option<Duration>,
    /// How long an unanswered message is touched, from its arrival; [`Delivery::touch_for`] changes
    /// it for one. nsqd ends it after its `--max-msg-timeout` in any case.
    ///
    /// [`Delivery::touch_for`]: crate::Delivery::touch_for
    pub touch_for: Duration,
    /// How long name lookup, TCP connection and handshake may take together, TLS and AUTH included.
    pub connect_timeout: Duration,
    /// How long nsqd may take for an answer to SUB or PUB. The first use of a topic can take nsqd 5
    /// s when a lookupd hangs, so less than 6 s gives up too early.
    pub reply_timeout: Duration,
    /// When a node that does not answer is taken out of choice.
    pub stall: StallConfig,
    /// TLS, if wanted. A server without it is refused then, before anything else is sent.
    pub tls: Option<Tls>,
    /// The secret of AUTH, for servers that require it; others do not get to see it. Where nsqd does
    /// not take it, or does not allow a publish or subscription, the connection ends with an error
    /// that has nsqd's code, and the next one authenticates anew.
    pub auth: Option<AuthSecret>,
    /// Compression, if wanted. nsqd may have it switched off: then there is none.
    pub compression: Compression,
    /// What this nsqd accepts; IDENTIFY does not tell.
    pub limits: Limits,
    /// The most publishes that wait for their answer; further ones wait for room.
    pub max_pending: u32,
    /// The most bytes of such publishes.
    pub max_pending_bytes: u32,
}

impl Default for ConnectionConfig {
    fn default() -> Self {
        Self {
            client_id: String::new(),
            hostname: String::new(),
            user_agent: concat!("kubefuncs-nsq/", env!("CARGO_PKG_VERSION")).to_owned(),
            heartbeat: Duration::from_secs(5),
            output_buffer: OutputBuffer::Unbuffered,
            msg_timeout: None,
            touch_for: Duration::from_secs(14 * 60),
            connect_timeout: Duration::from_secs(3),
            reply_timeout: Duration::from_secs(8),
            stall: StallConfig::default(),
            tls: None,
            auth: None,
            compression: Compression::None,
            limits: Limits::default(),
            max_pending: 4096,
            max_pending_bytes: 32 << 20,
        }
    }
}

impl ConnectionConfig {
    pub(crate) fn identify(&self) -> Result<Command, Error> {
        let (output_buffer_size, output_buffer_timeout) = match self.output_buffer {
            OutputBuffer::Unbuffered => (Some(-1), None),
            OutputBuffer::ServerDefault => (None, None),
            OutputBuffer::Sized { bytes, flush_every } => {
                (Some(bytes.into()), Some(millis(flush_every)))
            }
            // The window has nsqd write; its timer is only for what that has missed.
            OutputBuffer::Adaptive => (Some(16 << 10), Some(25)),
        };
        let unbuffered = self.output_buffer == OutputBuffer::Unbuffered;
        if self.compression != Compression::None && unbuffered {
            let what = "writing IDENTIFY: compression needs an output_buffer other than Unbuffered";
            return Err(Error::new(ErrorKind::Config, what));
        }
        let identify = Identify {
            client_id: self.client_id.clone(),
            hostname: self.hostname.clone(),
            user_agent: self.user_agent.clone(),
            feature_negotiation: true,
            heartbeat_interval: Some(millis(self.heartbeat)),
            output_buffer_size,
            output_buffer_timeout,
            msg_timeout: self
                .msg_timeout
                .map(|timeout| millis(timeout).unsigned_abs()),
            tls_v1: self.tls.is_some(),
            snappy: self.compression == Compression::Snappy,
            deflate: matches!(self.compression, Compression::Deflate { .. }),
            deflate_level: match self.compression {
                Compression::Deflate { level } => Some(level),
                _ => None,
            },
        };
        Command::identify(&identify, &self.limits)
            .map_err(|error| Error::because(ErrorKind::Config, "writing IDENTIFY", error))
    }

    /// Whether the secret, if there is one, could reach somebody who should not have it when nodes
    /// are named by others.
    pub(crate) fn trusts_strangers(&self) -> bool {
        self.auth.is_some() && !self.tls.as_ref().is_some_and(Tls::singles_out)
    }

    /// The longest silence of a living nsqd: it sends a heartbeat each interval, and may be late
    /// once.
    pub(crate) fn silence(&self) -> Duration {
        bounded(self.heartbeat) * 2 + Duration::from_secs(1)
    }
}

/// A century instead of anything longer, so that adding it to a point in time cannot overflow.
pub(crate) fn bounded(time: Duration) -> Duration {
    time.min(Duration::from_secs(100 * 365 * 86_400))
}

fn millis(time: Duration) -> i64 {
    i64::try_from(time.as_millis()).unwrap_or(i64::MAX)
}
