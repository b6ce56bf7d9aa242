//! AUTH: a client shows a secret, and a server of its own tells what the client may do with it.
//!
//! `grant` (what was answered) and `query` (what is asked) are pure; `server` asks; [`Standing`] is
//! what a client has of it.

mod grant;
mod query;
mod server;

use std::fmt;
use std::io;

use bytes::Bytes;
use tokio::time::Instant;

pub(crate) use grant::Grant;
pub(crate) use query::Question;
use server::Server;

use crate::memory::Charge;

/// The servers that can be asked; without any, there is no AUTH.
#[derive(Clone, Debug)]
pub(crate) struct Authority(Vec<Server>);

impl Authority {
    /// From nsqd's `-auth-http-address`, which can be there several times.
    ///
    /// # Errors
    /// An address that is none.
    pub(crate) fn new(addresses: &[String]) -> io::Result<Self> {
        let servers = addresses.iter().map(|address| Server::parse(address));
        Ok(Self(servers.collect::<io::Result<_>>()?))
    }

    /// Whether clients have to AUTH.
    pub(crate) fn is_needed(&self) -> bool {
        !self.0.is_empty()
    }

    /// Asks one server after the other, from any one on, until one has an answer.
    ///
    /// # Errors
    /// Why none has, without the secret.
    pub(crate) async fn ask(&self, question: Question<'_>) -> Result<Grant, String> {
        // Which one is first makes no difference but in how much each of them has to do.
        let first = getrandom::u32().unwrap_or(0) as usize;
        let mut failures = Vec::new();
        for at in 0..self.0.len() {
            let server = &self.0[first.wrapping_add(at) % self.0.len()];
            match server.ask(question).await {
                Ok(grant) => return Ok(grant),
                Err(why) => failures.push(why),
            }
        }
        Err(failures.join("; "))
    }
}

/// What a client has shown, and what it was granted for it.
pub(crate) struct Standing {
    pub(crate) secret: Bytes,
    pub(crate) grant: Grant,
    since: Instant,
    _counted: Charge,
}

impl Standing {
    /// From now on; the secret counts for as long as it is kept.
    pub(crate) fn new(secret: Bytes, counted: Charge, grant: Grant) -> Self {
        Self {
            secret,
            grant,
            since: Instant::now(),
            _counted: counted,
        }
    }

    /// The server was asked again.
    pub(crate) fn renew(&mut self, grant: Grant) {
        self.grant = grant;
        self.since = Instant::now();
    }

    /// Whether the server has to be asked again.
    pub(crate) fn is_over(&self) -> bool {
        self.since.elapsed() > self.grant.ttl
    }
}

impl fmt::Debug for Standing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Standing")
            .field("grant", &self.grant)
            .field("since", &self.since)
            .finish_non_exhaustive()
    }
}
