//! What one round of questions gave.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use kubefuncs::Address;
use tokio::sync::watch;
use tokio::time::Instant;

use crate::figures::Figures;
use crate::stats::Stats;

/// The last round's, `None` before the first has ended.
pub(crate) type Board = watch::Receiver<Option<Arc<Snapshot>>>;

/// All brokers at one time.
#[derive(Debug)]
pub(crate) struct Snapshot {
    /// When the round ended.
    pub(crate) taken: Instant,
    /// For how long it counts as now.
    pub(crate) lasts: Duration,
    /// Whether these are all brokers, as far as can be known.
    pub(crate) whole: bool,
    /// By HTTP address; `None` for one that does not answer.
    pub(crate) nodes: BTreeMap<Address, Option<Node>>,
    /// The directory's members by name, and whether each of their addresses answers.
    pub(crate) lookupds: BTreeMap<Address, bool>,
    /// The addresses of those that answer.
    pub(crate) directories: Vec<SocketAddr>,
}

/// A broker that answers.
#[derive(Debug)]
pub(crate) struct Node {
    /// As it told.
    pub(crate) stats: Stats,
    /// By label.
    pub(crate) figures: Figures,
}

impl Snapshot {
    /// The brokers, all of them silent where the round was too long ago: what was then is no
    /// answer.
    pub(crate) fn nodes_at(&self, now: Instant) -> impl Iterator<Item = (&Address, Option<&Node>)> {
        let fresh = now.duration_since(self.taken) <= self.lasts;
        let nodes = self.nodes.iter();
        nodes.map(move |(address, node)| (address, node.as_ref().filter(|_| fresh)))
    }
}
