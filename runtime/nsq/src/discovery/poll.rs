//! The task that asks the lookupds, round after round.

use std::collections::BTreeSet;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use futures_util::future::join_all;
use tokio::net::lookup_host;
use tokio::sync::watch;
use tokio::time::{Instant, sleep, timeout};
use tracing::{debug, warn};

use super::lookup::{Found, LookupError, nodes};
use super::roster::Roster;
use super::{HttpAddresses, LookupConfig};
use crate::address::{Address, NodeSet};
use crate::backoff::random;
use crate::config::bounded;

/// How soon to ask again while no node is known at all; doubled each round, up to the interval.
const IMPATIENT: Duration = Duration::from_millis(250);

pub(super) async fn run(
    config: LookupConfig,
    known: watch::Sender<NodeSet>,
    http: Arc<HttpAddresses>,
) {
    let mut roster = Roster::new(bounded(config.keep));
    let mut impatience = IMPATIENT;
    let mut complained = false;
    loop {
        let failure = tokio::select! {
            failure = ask_all(&config, &mut roster, &known, &http) => failure,
            // Nobody wants to know any more.
            () = known.closed() => return,
        };
        match &failure {
            Some(error) if !complained => {
                warn!(%error, "a lookupd does not answer; will ask again");
            }
            Some(error) => debug!(%error, "a lookupd still does not answer"),
            None => {}
        }
        complained = failure.is_some();

        let pause = if known.borrow().is_empty() {
            let pause = impatience.min(config.interval);
            impatience = impatience.saturating_mul(2);
            pause
        } else {
            impatience = IMPATIENT;
            jitter(config.interval, random())
        };
        tokio::select! {
            () = sleep(pause) => {}
            () = known.closed() => return,
        }
    }
}

/// Between three and five quarters of the interval, so that clients do not ask in step.
fn jitter(interval: Duration, random: u32) -> Duration {
    interval.mul_f64(0.75 + f64::from(random) / f64::from(u32::MAX) / 2.0)
}

/// What a round has found so far.
struct Round<'a> {
    roster: &'a mut Roster,
    known: &'a watch::Sender<NodeSet>,
    http: &'a HttpAddresses,
    config: &'a LookupConfig,
    named: BTreeSet<Address>,
    failure: Option<LookupError>,
}

impl Round<'_> {
    /// What one lookupd says counts at once, however long the others take.
    fn take(&mut self, answer: Result<Vec<Found>, LookupError>) {
        match answer {
            Ok(nodes) => {
                let nodes: Vec<_> = nodes
                    .iter()
                    .filter_map(|found| dialled(found, self.config))
                    .collect();
                self.http.learn(&nodes);
                self.named.extend(nodes.into_iter().map(|found| found.node));
                self.roster.seen(&self.named);
                self.tell();
            }
            Err(error) => self.failure = Some(error),
        }
    }

    fn tell(&self) {
        let nodes = self.roster.nodes();
        self.http.keep(&nodes);
        self.known.send_if_modified(|known| {
            let changed = **known != nodes;
            if changed {
                *known = Arc::new(nodes);
            }
            changed
        });
    }
}

/// Where a node really is, if it may be dialled.
fn dialled(found: &Found, config: &LookupConfig) -> Option<Found> {
    let rewritten = |address: &Address| match &config.rewrite {
        Some(rewrite) => rewrite.apply(address),
        None => Some(address.clone()),
    };
    let allowed = |address: &Address| {
        let hosts = config.allowed_hosts.as_ref();
        hosts.is_none_or(|hosts| hosts.matches(address.host()))
    };
    let Some(node) = rewritten(&found.node).filter(allowed) else {
        debug!(node = %found.node, "left out: not among the allowed hosts");
        return None;
    };
    let http = found.http.as_ref().and_then(rewritten).filter(allowed);
    Some(Found { node, http })
}

/// One round: every address behind every host name, all at once. Gives one failure, if there was
/// any.
async fn ask_all(
    config: &LookupConfig,
    roster: &mut Roster,
    known: &watch::Sender<NodeSet>,
    http: &HttpAddresses,
) -> Option<LookupError> {
    let round = Mutex::new(Round {
        roster,
        known,
        http,
        config,
        named: BTreeSet::new(),
        failure: None,
    });
    let take = |answer| {
        let mut round = round.lock().unwrap_or_else(PoisonError::into_inner);
        round.take(answer);
    };
    join_all(
        config
            .lookupds
            .iter()
            .map(async |lookupd| match resolve(config, lookupd).await {
                Ok(sockets) => {
                    let asking = sockets.into_iter().map(async |socket| {
                        let answer = timeout(config.timeout, nodes(socket, lookupd)).await;
                        take(answer.unwrap_or_else(|_| Err(LookupError::Timeout(lookupd.clone()))));
                    });
                    join_all(asking).await;
                }
                Err(error) => take(Err(error)),
            }),
    )
    .await;

    let mut round = round.into_inner().unwrap_or_else(PoisonError::into_inner);
    if round.failure.is_none() {
        round.roster.complete(&round.named, Instant::now());
        round.tell();
    }
    round.failure.take()
}

async fn resolve(
    config: &LookupConfig,
    lookupd: &Address,
) -> Result<BTreeSet<SocketAddr>, LookupError> {
    match timeout(
        config.timeout,
        lookup_host((lookupd.host(), lookupd.port())),
    )
    .await
    {
        Ok(Ok(sockets)) => Ok(sockets.collect()),
        Ok(Err(error)) => Err(LookupError::Resolve(lookupd.clone(), error)),
        Err(_) => Err(LookupError::Timeout(lookupd.clone())),
    }
}
