//! What a connection is told, and how patient it is.

use std::time::Duration;

use kubefuncs_nsq_proto::{Command, Identify, Limits};

use crate::error::{Error, ErrorKind};

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
}

/// One connection to one nsqd. The default suits calls: unbuffered, heartbeat of 5 s.
#[derive(Clone, Debug, PartialEq, Eq)]
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
    /// How long name lookup, TCP connection and handshake may take together.
    pub connect_timeout: Duration,
    /// How long nsqd may take for an answer to SUB or PUB. The first use of a topic can take nsqd 5
    /// s when a lookupd hangs, so less than 6 s gives up too early.
    pub reply_timeout: Duration,
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
        };
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
        };
        Command::identify(&identify, &self.limits)
            .map_err(|error| Error::because(ErrorKind::Config, "writing IDENTIFY", error))
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
