//! The rounds: who is there, and what each tells.

use std::collections::{BTreeMap, BTreeSet};
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use futures_util::StreamExt;
use futures_util::stream;
use http::Method;
use kubefuncs::Address;
use kubefuncs::metrics::{Gauge, Histogram, LATENCY, Metrics};
use tokio::sync::watch;
use tokio::time::{Instant, MissedTickBehavior};

use crate::ask::{AT_ONCE, AskError, Asker};
use crate::directory;
use crate::exporter::Config;
use crate::figures::Counters;
use crate::roster::{self, Roster};
use crate::snapshot::{Node, Snapshot};
use crate::stats::{self, Stats};

/// What a round takes at most, in times of one question: two for each of the directory's members and
/// of the brokers, as many at a time as may be, if all of them are silent.
const LONGEST_ROUND: u32 = 2 * (1 + roster::MOST.div_ceil(AT_ONCE) as u32);
/// Names of topics and channels, over all brokers, that are held at a time.
const NAMES: usize = 200_000;
/// Addresses of one name in the directory.
const ADDRESSES: usize = 16;

/// Asks everybody, again and again.
pub(crate) struct Poll {
    asker: Asker,
    lookupds: Vec<Address>,
    interval: Duration,
    lasts: Duration,
    roster: Roster,
    counters: BTreeMap<Address, Counters>,
    board: watch::Sender<Option<Arc<Snapshot>>>,
    durations: Histogram,
    last: Gauge,
}

/// What the directory says.
#[derive(Default)]
struct Directory {
    /// By name: whether every address of it answered.
    members: BTreeMap<Address, bool>,
    /// Those that answered.
    answered: Vec<SocketAddr>,
    /// What they name, together; `None` where nobody answered.
    nodes: Option<BTreeSet<Address>>,
}

impl Poll {
    pub(crate) fn new(
        config: &Config,
        board: watch::Sender<Option<Arc<Snapshot>>>,
        metrics: &Metrics,
    ) -> Self {
        let durations = metrics.histogram(
            "nsq_exporter_scrape_duration_seconds",
            "Time to ask one broker: `success` or `error`.",
            &["result"],
            LATENCY,
        );
        for result in ["success", "error"] {
            durations.with_label_values(&[result]);
        }
        let last = metrics.gauge(
            "nsq_exporter_last_poll_timestamp_seconds",
            "When all brokers were last asked, in seconds since 1970.",
            &[],
        );
        Self {
            asker: Asker::new(config.timeout),
            lookupds: config.lookupds.clone(),
            interval: config.interval,
            lasts: 3 * config.interval + 2 * LONGEST_ROUND * config.timeout,
            roster: Roster::new(config.nsqds.iter().cloned()),
            counters: BTreeMap::new(),
            board,
            durations,
            last,
        }
    }

    /// Never ends.
    pub(crate) async fn run(mut self) {
        let mut ticks = tokio::time::interval(self.interval);
        ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            ticks.tick().await;
            self.round().await;
        }
    }

    async fn round(&mut self) {
        let directory = self.ask_directory().await;
        self.roster.named(directory.nodes.as_ref(), Instant::now());
        let nodes = self.ask_nodes().await;
        let now = Instant::now();
        let snapshot = Arc::new(Snapshot {
            taken: now,
            lasts: self.lasts,
            whole: self.roster.is_whole(now),
            nodes,
            lookupds: directory.members,
            directories: directory.answered,
        });
        self.log_changes(&snapshot);
        self.board.send_replace(Some(Arc::clone(&snapshot)));
        let time = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH);
        let seconds = time.map_or(0, |time| time.as_secs());
        self.last
            .with_label_values::<&str>(&[])
            .set(i64::try_from(seconds).unwrap_or(0));
    }

    async fn ask_directory(&self) -> Directory {
        let mut directory = Directory::default();
        let asked = self
            .lookupds
            .iter()
            .map(|lookupd| self.ask_lookupd(lookupd));
        for (lookupd, answers) in self
            .lookupds
            .iter()
            .zip(futures_util::future::join_all(asked).await)
        {
            let answers = answers.unwrap_or_else(|error| {
                tracing::debug!(%lookupd, %error, "it has no address");
                Vec::new()
            });
            let mut whole = !answers.is_empty();
            for (address, answer) in answers {
                match answer {
                    Ok(nodes) => {
                        directory.answered.push(address);
                        directory.nodes.get_or_insert_default().extend(nodes);
                    }
                    Err(error) => {
                        whole = false;
                        tracing::debug!(%lookupd, %address, %error, "it does not answer");
                    }
                }
            }
            directory.members.insert(lookupd.clone(), whole);
        }
        directory
    }

    /// What each address of a name answers.
    async fn ask_lookupd(
        &self,
        lookupd: &Address,
    ) -> Result<Vec<(SocketAddr, Result<BTreeSet<Address>, AskError>)>, AskError> {
        let addresses = self.asker.resolve(lookupd).await?;
        let asked = addresses
            .into_iter()
            .take(ADDRESSES)
            .map(|address| async move {
                let answer = self.asker.at(address, Method::GET, directory::NODES).await;
                let nodes = answer.and_then(|answer| {
                    directory::nodes(&answer).map_err(|error| AskError::Body(error.into()))
                });
                (address, nodes)
            });
        Ok(futures_util::future::join_all(asked).await)
    }

    async fn ask_nodes(&mut self) -> BTreeMap<Address, Option<Node>> {
        let all = self.roster.all();
        self.counters.retain(|node, _| all.contains(node));
        let mut nodes: BTreeMap<_, _> = all.iter().map(|node| (node.clone(), None)).collect();
        let (asker, durations) = (&self.asker, &self.durations);
        let mut answers = stream::iter(all)
            .map(|node| async move {
                let start = Instant::now();
                let answer = asker.named(&node, Method::GET, stats::PATH).await;
                let stats = answer.and_then(|answer| Stats::read(&answer).map_err(AskError::Body));
                let result = if stats.is_ok() { "success" } else { "error" };
                let took = start.elapsed().as_secs_f64();
                durations.with_label_values(&[result]).observe(took);
                (node, stats)
            })
            .buffer_unordered(AT_ONCE);
        let mut names = 0;
        while let Some((node, answer)) = answers.next().await {
            let stats = match answer {
                Ok(stats) => stats,
                Err(error) => {
                    tracing::debug!(%node, %error, "it does not answer");
                    continue;
                }
            };
            self.roster.answered(&node, Instant::now());
            names += stats.names();
            if names > NAMES {
                names -= stats.names();
                tracing::warn!(%node, limit = NAMES, "left out: the brokers have too many topics and channels");
                continue;
            }
            let figures = self.counters.entry(node.clone()).or_default().round(&stats);
            nodes.insert(node, Some(Node { stats, figures }));
        }
        nodes
    }

    /// Once for each change, not for each round.
    fn log_changes(&self, now: &Snapshot) {
        let before = self.board.borrow();
        let before = before.as_deref().map(|before| &before.nodes);
        for (node, answer) in &now.nodes {
            let known = before
                .and_then(|before| before.get(node))
                .map(Option::is_some);
            match (known, answer.is_some()) {
                (Some(true) | None, false) => tracing::warn!(%node, "a broker does not answer"),
                (Some(false), true) => tracing::info!(%node, "a broker answers again"),
                (None, true) => tracing::info!(%node, "a broker is there"),
                _ => {}
            }
        }
    }
}
