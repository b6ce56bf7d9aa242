//! Every bound of the gateway, in one place.

use std::time::Duration;

/// How much the gateway takes, and how long it waits for slow clients.
#[derive(Debug, Clone)]
pub struct Limits {
    /// Bytes of a request's body. Leaves room for headers in a message of 1 MiB, nsqd's limit.
    pub body: usize,
    /// Bytes of a request's head: request line and headers.
    pub head: usize,
    /// Open connections. Beyond it, new ones wait in the kernel's queue.
    pub connections: usize,
    /// Requests of one HTTP/2 connection that run at once.
    pub streams: u32,
    /// Calls that wait for their answer.
    pub calls: usize,
    /// Bytes of all bodies that are being read, or wait for their answer, or for their caller to
    /// take it. Beyond it no request is taken, and beyond twice as much no answer.
    pub bytes: usize,
    /// Of those calls, how many may be for one topic: one function that hangs does not take all
    /// places.
    pub topic_calls: usize,
    /// Of those bytes, how many may be for one topic.
    pub topic_bytes: usize,
    /// Messages that wait in a topic, beyond which none is taken that nobody waits for.
    pub depth: usize,
    /// How long a request's head may take, from its first byte; for the first request of
    /// a connection, from when it was opened.
    pub head_timeout: Duration,
    /// How long a request's body may take.
    pub body_timeout: Duration,
    /// How long a client may take nothing of an answer.
    pub write_timeout: Duration,
    /// How long a connection may stay open between two requests. Longer than proxies keep theirs
    /// (60 s as a rule), so that it is the proxy who closes and no request crosses the close.
    pub idle_timeout: Duration,
    /// How long new connections are still taken after the order to stop, with readiness already
    /// false: what balances the load needs time to notice.
    pub lame_duck: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            body: 960 * 1024,
            head: 64 * 1024,
            connections: 16_384,
            streams: 128,
            calls: 8_192,
            bytes: 32 * 1024 * 1024,
            topic_calls: 4_096,
            topic_bytes: 24 * 1024 * 1024,
            depth: 10_000,
            head_timeout: Duration::from_secs(10),
            body_timeout: Duration::from_secs(30),
            write_timeout: Duration::from_secs(30),
            idle_timeout: Duration::from_secs(75),
            lame_duck: Duration::from_secs(2),
        }
    }
}
