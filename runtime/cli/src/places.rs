//! The brokers whose queues are looked into, and those that may be.

use std::time::Duration;

use kubefuncs::Config;
use kubefuncs_nsq::{Discovery, NodeSet};
use tokio::sync::watch;
use tokio::time::timeout;

use crate::directory::{self, Node};

/// Until discovery knows what the directories have just told, too.
const SETTLE: Duration = Duration::from_secs(1);

/// Where brokers are found. Discovery has the last word: it leaves out hosts that must not get the
/// secret of AUTH.
pub(crate) struct Places {
    config: Config,
    discovery: Discovery,
}

impl Places {
    pub(crate) fn new(config: &Config) -> Self {
        Self {
            config: config.clone(),
            discovery: config.discovery(),
        }
    }

    /// All brokers there are now, and why others are left out. Where no directory answers, none of
    /// either.
    pub(crate) async fn list(&self) -> (Vec<Node>, Vec<String>) {
        let listed = directory::nodes(&self.config).await.unwrap_or_default();
        let mut known = self.discovery.nodes();
        let all = |known: &NodeSet| listed.iter().all(|node| known.contains(&node.tcp));
        // Those that may not be dialled it never knows.
        let _ = timeout(SETTLE, known.wait_for(all)).await;
        let known = known.borrow().clone();
        let (good, strange): (Vec<_>, Vec<_>) = listed
            .into_iter()
            .partition(|node| known.contains(&node.tcp));
        let why = |node: Node| {
            format!(
                "nsqd {}: its host is none that may be dialled: with an AUTH secret those in the \
                 domain of the nsqlookupds",
                node.tcp
            )
        };
        (good, strange.into_iter().map(why).collect())
    }

    /// For a consumer on some of them.
    pub(crate) fn choosing(&self, chosen: watch::Receiver<NodeSet>) -> Discovery {
        self.discovery.choosing(chosen)
    }
}
