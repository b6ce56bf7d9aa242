//! Which nsqds there are.

mod lookup;
mod poll;
mod roster;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::sync::watch;

use crate::address::{Address, NodeSet};
use crate::hosts::{HostPattern, Rewrite};
use lookup::Found;

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
    /// Where nodes really are, if what they say of themselves leads nowhere from here. `None`: where
    /// they say. It is asked about their HTTP addresses, too.
    pub rewrite: Option<Rewrite>,
    /// Which hosts are dialled, after rewriting; `None`: any. Who can register with a lookupd can
    /// name any host. So with an [AUTH secret](crate::ConnectionConfig::auth) no node that a lookupd
    /// names is dialled unless this is set, or [TLS](crate::ConnectionConfig::tls) lets only our own
    /// servers pass: with a CA of our own, or a server name.
    pub allowed_hosts: Option<HostPattern>,
}

impl LookupConfig {
    /// The defaults, for these lookupds.
    pub fn new(lookupds: impl IntoIterator<Item = Address>) -> Self {
        Self {
            lookupds: lookupds.into_iter().collect(),
            interval: Duration::from_secs(5),
            timeout: Duration::from_secs(2),
            keep: Duration::from_secs(300),
            rewrite: None,
            allowed_hosts: None,
        }
    }
}

/// Knows which nsqds there are. A clone shares what is known.
#[derive(Clone, Debug)]
pub struct Discovery {
    nodes: watch::Receiver<NodeSet>,
    http: Arc<HttpAddresses>,
    /// Only hosts that the user has named, in person or by a pattern.
    vouched: bool,
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
        let http = Arc::new(HttpAddresses::default());
        let vouched = config.allowed_hosts.is_some();
        tokio::spawn(poll::run(config, sender, http.clone()));
        Self {
            nodes,
            http,
            vouched,
            _fixed: None,
        }
    }

    /// These nsqds, always.
    pub fn fixed(nodes: impl IntoIterator<Item = Address>) -> Self {
        let (sender, nodes) = watch::channel(NodeSet::new(nodes.into_iter().collect()));
        Self {
            nodes,
            http: Arc::default(),
            vouched: true,
            _fixed: Some(Arc::new(sender)),
        }
    }

    /// As this one, but of its nodes those that `chosen` holds, now and whenever that changes. Who
    /// chooses takes from [`nodes`](Self::nodes) alone: what was said of the hosts that may be
    /// dialled was said of these.
    #[must_use]
    pub fn choosing(&self, chosen: watch::Receiver<NodeSet>) -> Self {
        Self {
            nodes: chosen,
            ..self.clone()
        }
    }

    /// The nodes that are known, and every change of that.
    #[must_use]
    pub fn nodes(&self) -> watch::Receiver<NodeSet> {
        self.nodes.clone()
    }

    pub(crate) fn is_vouched(&self) -> bool {
        self.vouched
    }

    /// Where a node answers HTTP, if a lookupd has said so.
    #[must_use]
    pub fn http(&self, node: &Address) -> Option<Address> {
        self.http.addresses().get(node).cloned()
    }
}

/// Where nodes answer HTTP, by where they speak the NSQ protocol.
#[derive(Debug, Default)]
struct HttpAddresses(Mutex<BTreeMap<Address, Address>>);

impl HttpAddresses {
    fn addresses(&self) -> MutexGuard<'_, BTreeMap<Address, Address>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn learn(&self, found: &[Found]) {
        let with_http = |found: &Found| Some((found.node.clone(), found.http.clone()?));
        self.addresses().extend(found.iter().filter_map(with_http));
    }

    fn keep(&self, nodes: &BTreeSet<Address>) {
        self.addresses().retain(|node, _| nodes.contains(node));
    }
}
