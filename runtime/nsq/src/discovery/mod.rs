//! Which nsqds there are.

mod lookup;
mod poll;
mod roster;

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::watch;

use crate::address::{Address, NodeSet};

/// How nsqlookupds are asked for nodes.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct LookupConfig {
    /// Where the nsqlookupds answer HTTP. Each address behind each host name is asked: lookupds
    /// share nothing, and each nsqd may be known to one of them only.
    pub lookupds: Vec<Address>,
    /// How often to ask, give or take a quarter. Default 5 s.
    pub interval: Duration,
    /// How long one answer may take, name lookup and connection included. Default 2 s.
    pub timeout: Duration,
    /// How long a node stays on the list that every lookupd leaves out. Default 5 min: a lookupd
    /// that was started anew knows nobody at first.
    pub keep: Duration,
}

impl LookupConfig {
    /// The defaults, for these lookupds.
    pub fn new(lookupds: impl IntoIterator<Item = Address>) -> Self {
        Self {
            lookupds: lookupds.into_iter().collect(),
            interval: Duration::from_secs(5),
            timeout: Duration::from_secs(2),
            keep: Duration::from_secs(300),
        }
    }
}

/// Knows which nsqds there are. A clone shares what is known.
#[derive(Clone, Debug)]
pub struct Discovery {
    nodes: watch::Receiver<NodeSet>,
    /// A fixed list has nobody else to keep its channel open.
    _fixed: Option<Arc<watch::Sender<NodeSet>>>,
}

impl Discovery {
    /// Asks nsqlookupds, at once and then regularly, for as long as anybody wants to know. The
    /// union of all answers counts; a lookupd that does not answer removes nothing.
    ///
    /// # Panics
    /// Outside of a tokio runtime.
    #[must_use]
    pub fn lookupd(config: LookupConfig) -> Self {
        let (sender, nodes) = watch::channel(NodeSet::default());
        tokio::spawn(poll::run(config, sender));
        Self {
            nodes,
            _fixed: None,
        }
    }

    /// These nsqds, always.
    pub fn fixed(nodes: impl IntoIterator<Item = Address>) -> Self {
        let (sender, nodes) = watch::channel(NodeSet::new(nodes.into_iter().collect()));
        Self {
            nodes,
            _fixed: Some(Arc::new(sender)),
        }
    }

    /// The nodes that are known, and every change of that.
    #[must_use]
    pub fn nodes(&self) -> watch::Receiver<NodeSet> {
        self.nodes.clone()
    }
}
