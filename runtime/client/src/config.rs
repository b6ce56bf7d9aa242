//! The environment contract: what a function or a client reads at start.

mod announce;
mod error;
mod security;
mod vars;

use std::time::Duration;

use kubefuncs_nsq::{Address, Channel, Topic};

pub use error::{ConfigError, Problem};
pub use security::Security;

use crate::timeout;
use vars::Vars;

/// What a function or a client reads from its environment at start.
///
/// An empty variable counts as absent. A value that cannot be is an error that names the variable;
/// all such errors are reported at once. Durations read like `3s`, `250ms` or `1m30s`.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct Config {
    /// `TOPIC`, default `test`: the topic whose messages the function handles.
    pub topic: Topic,
    /// `CHANNEL`, default `default`: each channel gets a copy of every message of the topic; the
    /// functions on one channel share them.
    pub channel: Channel,
    /// Where brokers are found. `KUBEFUNCS_LOOKUPD` (a list of `host:port`) wins; then
    /// `NSQ_LOOKUPD_ADDR` with `NSQ_LOOKUPD_PORT` (default 4161); then `NSQ_NSQD_ADDR` with
    /// `NSQ_NSQD_PORT` (default 4150), a fixed broker; then the lookupd at `127.0.0.1:4161`.
    pub brokers: Brokers,
    /// `NSQ_TLS` and what goes with it: how connections to brokers are secured.
    pub security: Security,
    /// `HEALTHZ_ADDR`, default `:8080`: `host:port` where `/healthz`, `/readyz` and `/metrics` are
    /// served; without a host, every address of the machine. Port 0 takes a free one.
    pub healthz_addr: String,
    /// `KUBEFUNCS_TIMEOUT`, default 3s, from 100ms to 14m: how long a caller waits, and how long a
    /// handler may take.
    pub timeout: Duration,
    /// `KUBEFUNCS_CONCURRENCY`, default 16, from 1 to 2500: messages handled at once.
    pub concurrency: u16,
    /// `KUBEFUNCS_ATTEMPTS`, default 5, from 1 to 1000: deliveries of a message before it is given
    /// up.
    pub attempts: u16,
    /// `KUBEFUNCS_BACKOFF_MIN`, default 1s: the delay before the second delivery of a message that
    /// failed and that nobody waits for; it doubles with each further one.
    pub backoff_min: Duration,
    /// `KUBEFUNCS_BACKOFF_MAX`, default 60s, at most 1h: no such delay is longer.
    pub backoff_max: Duration,
    /// `KUBEFUNCS_DEAD_LETTER`, default none: the topic that keeps what is given up; `true` for
    /// `<topic>.<channel>.dead`, `false` for none. See [`dead_letter`](crate::dead_letter).
    pub dead_letter: Option<Topic>,
    /// `KUBEFUNCS_DRAIN`, default the timeout and 5s: how long a function may take to leave after
    /// SIGTERM.
    pub drain: Duration,
    /// `KUBEFUNCS_MAX_MESSAGE`, default 1048576, from 1024 to 67108864: bytes of the largest
    /// message the brokers take, their `--max-msg-size`.
    pub max_message: usize,
    /// `KUBEFUNCS_REPLIES`, default true: false for a function that never answers, where two
    /// channels share a topic that is called.
    pub replies: bool,
    /// `KUBEFUNCS_REPLY_TOPICS`, a list, default none: topics that may be answered to besides
    /// `rpc-…#ephemeral`.
    pub reply_topics: Vec<Topic>,
    /// `KUBEFUNCS_PAYLOAD`, `event` (default) or `raw`: whether the function's messages are events,
    /// or bodies that no client of ours wrote.
    pub payload: PayloadForm,
    /// `KUBEFUNCS_LOG`, default `info`: what is logged, in the form of `RUST_LOG`.
    pub log: String,
}

/// Where brokers are found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Brokers {
    /// All brokers that any of these nsqlookupd knows: HTTP addresses, `host:port`.
    Lookupd(Vec<Address>),
    /// One fixed nsqd: its TCP address, `host:port`.
    Nsqd(Address),
}

/// What the function's messages are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PayloadForm {
    /// Serialised events.
    Event,
    /// Bodies that no client of ours wrote: handed to the handler as they are, never answered.
    Raw,
}

impl Config {
    /// Reads the environment of this process.
    ///
    /// # Errors
    /// All values that cannot be, at once.
    pub fn from_env() -> Result<Self, ConfigError> {
        Self::from_os(std::env::vars_os())
    }

    /// Reads these variables and nothing else.
    ///
    /// # Errors
    /// All values that cannot be, at once.
    pub fn from_vars<K: Into<String>, V: Into<String>>(
        vars: impl IntoIterator<Item = (K, V)>,
    ) -> Result<Self, ConfigError> {
        Self::from_os(
            vars.into_iter()
                .map(|(name, value)| (name.into().into(), value.into().into())),
        )
    }

    fn from_os(
        vars: impl Iterator<Item = (std::ffi::OsString, std::ffi::OsString)>,
    ) -> Result<Self, ConfigError> {
        let mut vars = Vars::new(vars);
        let brokers = brokers(&mut vars);
        let timeout = vars.duration("KUBEFUNCS_TIMEOUT", timeout::DEFAULT, timeout::RANGE);
        let topic: Topic = vars.name("TOPIC", "test");
        let channel: Channel = vars.name("CHANNEL", "default");
        let (backoff_min, backoff_max) = vars.durations(
            ("KUBEFUNCS_BACKOFF_MIN", SECOND),
            ("KUBEFUNCS_BACKOFF_MAX", 60 * SECOND),
            Duration::ZERO..=HOUR,
        );
        let config = Self {
            dead_letter: vars.dead_letter("KUBEFUNCS_DEAD_LETTER", &topic, &channel),
            topic,
            channel,
            brokers,
            security: Security::read(&mut vars),
            healthz_addr: vars.listen("HEALTHZ_ADDR", ":8080"),
            timeout,
            concurrency: vars.number("KUBEFUNCS_CONCURRENCY", 16, 1..=2500),
            attempts: vars.number("KUBEFUNCS_ATTEMPTS", 5, 1..=1000),
            backoff_min,
            backoff_max,
            drain: vars.duration(
                "KUBEFUNCS_DRAIN",
                timeout::drain(timeout),
                Duration::ZERO..=HOUR,
            ),
            max_message: vars.number("KUBEFUNCS_MAX_MESSAGE", 1 << 20, 1 << 10..=1 << 26),
            replies: vars.one_of("KUBEFUNCS_REPLIES", &[("true", true), ("false", false)]),
            reply_topics: vars.topics("KUBEFUNCS_REPLY_TOPICS"),
            payload: vars.one_of(
                "KUBEFUNCS_PAYLOAD",
                &[("event", PayloadForm::Event), ("raw", PayloadForm::Raw)],
            ),
            log: vars.log_filter("KUBEFUNCS_LOG", "info"),
        };
        vars.finish().map(|()| config)
    }
}

const SECOND: Duration = Duration::from_secs(1);
const HOUR: Duration = Duration::from_secs(3600);

fn brokers(vars: &mut Vars) -> Brokers {
    // All are read, so that a bad value is an error even where another variable wins.
    let list = vars.addresses("KUBEFUNCS_LOOKUPD");
    let lookupd = vars.address("NSQ_LOOKUPD_ADDR", "NSQ_LOOKUPD_PORT", 4161);
    let nsqd = vars.address("NSQ_NSQD_ADDR", "NSQ_NSQD_PORT", 4150);
    match (list, lookupd, nsqd) {
        (list, _, _) if !list.is_empty() => Brokers::Lookupd(list),
        (_, Some(lookupd), _) => Brokers::Lookupd(vec![lookupd]),
        (_, None, Some(nsqd)) => Brokers::Nsqd(nsqd),
        (_, None, None) => Brokers::Lookupd(vec![vars::address("127.0.0.1:4161")]),
    }
}
