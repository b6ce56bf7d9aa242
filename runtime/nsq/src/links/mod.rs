//! Connections that are kept up: to each node, in each role, made again for as long as the node is
//! wanted.

mod keep;

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;

use kubefuncs_nsq_proto::{Channel, Topic};
use tokio::sync::mpsc;
use tokio::task::AbortHandle;
use tracing::{debug, info};

use crate::address::Address;
use crate::backoff::Backoff;
use crate::config::ConnectionConfig;
use crate::connection::Connection;
use crate::discovery::Discovery;
use crate::inbox::Inbox;
use crate::node::Vitals;
use keep::Link;

/// What a connection is for: one of the two, or both.
#[derive(Clone, Debug)]
pub(crate) struct Role {
    pub(crate) subscription: Option<Subscription>,
    pub(crate) publishes: bool,
}

#[derive(Clone, Debug)]
pub(crate) struct Subscription {
    pub(crate) topic: Topic,
    pub(crate) channel: Channel,
    pub(crate) inbox: Arc<Inbox>,
}

/// A connection came up, went down, or has changed.
#[derive(Debug)]
pub(crate) enum Event {
    /// It is ready for its role: a subscription is confirmed.
    Up {
        connection: Connection,
        publishes: bool,
    },
    Down {
        connection: Connection,
    },
    /// It has stalled, or answers again.
    Changed,
}

/// The links to one node.
#[derive(Debug)]
struct Node {
    wanted: bool,
    vitals: Arc<Vitals>,
    tasks: Vec<Task>,
    /// By id; those that are up.
    subscriptions: HashMap<u64, Connection>,
    publishers: HashMap<u64, Connection>,
}

/// Ends with its owner.
#[derive(Debug)]
struct Task(AbortHandle);

impl Drop for Task {
    fn drop(&mut self) {
        self.0.abort();
    }
}

/// All links of one consumer or producer.
#[derive(Debug)]
pub(crate) struct Links {
    roles: Vec<Role>,
    config: Arc<ConnectionConfig>,
    backoff: Backoff,
    /// Nodes are named by strangers, and the configuration is not made for that.
    unsafe_nodes: bool,
    nodes: BTreeMap<Address, Node>,
    events: mpsc::Sender<Event>,
}

impl Links {
    /// Each node gets one connection for each of the roles.
    pub(crate) fn new(
        roles: Vec<Role>,
        config: ConnectionConfig,
        backoff: Backoff,
        discovery: &Discovery,
    ) -> (Self, mpsc::Receiver<Event>) {
        let (events, receiver) = mpsc::channel(64);
        let links = Self {
            roles,
            unsafe_nodes: config.trusts_strangers() && !discovery.is_vouched(),
            config: Arc::new(config),
            backoff,
            nodes: BTreeMap::new(),
            events,
        };
        (links, receiver)
    }

    /// Starts links to new nodes. Those to a node that is not wanted any more stay for as long as
    /// one is up: that a list leaves out a node does not mean that it is gone.
    pub(crate) fn sync(&mut self, wanted: &BTreeSet<Address>) {
        self.nodes
            .iter_mut()
            .for_each(|(address, node)| node.wanted = wanted.contains(address));
        for address in wanted {
            if !self.nodes.contains_key(address) {
                debug!(nsqd = %address, "new node");
                let node = self.start(address);
                self.nodes.insert(address.clone(), node);
            }
        }
        self.forget();
    }

    fn start(&self, address: &Address) -> Node {
        let vitals = Vitals::new(self.config.stall);
        let start = |role: &Role| {
            let link = Link {
                address: address.clone(),
                role: role.clone(),
                config: self.config.clone(),
                refuse: self.unsafe_nodes,
                backoff: self.backoff,
                events: self.events.clone(),
                vitals: vitals.clone(),
            };
            Task(tokio::spawn(link.keep()).abort_handle())
        };
        Node {
            wanted: true,
            tasks: self.roles.iter().map(start).collect(),
            vitals,
            subscriptions: HashMap::new(),
            publishers: HashMap::new(),
        }
    }

    /// Takes note of an event. `false`: it is about a node that was given up meanwhile.
    pub(crate) fn apply(&mut self, event: &Event) -> bool {
        let (Event::Up { connection, .. } | Event::Down { connection }) = event else {
            return true;
        };
        let Some(node) = self.nodes.get_mut(connection.address()) else {
            return false;
        };
        match event {
            Event::Up { publishes, .. } => {
                let up = || (connection.id(), connection.clone());
                node.subscriptions
                    .extend(connection.is_subscribed().then(up));
                node.publishers.extend(publishes.then(up));
            }
            Event::Down { .. } => {
                node.subscriptions.remove(&connection.id());
                node.publishers.remove(&connection.id());
                self.forget();
            }
            Event::Changed => {}
        }
        true
    }

    fn forget(&mut self) {
        self.nodes.retain(|address, node| {
            let keep = node.wanted || !node.subscriptions.is_empty() || !node.publishers.is_empty();
            if !keep {
                info!(nsqd = %address, "node is gone");
            }
            keep
        });
    }

    /// Nothing is connected again from now on; what is up stays.
    pub(crate) fn freeze(&mut self) {
        self.nodes.values_mut().for_each(|node| node.tasks.clear());
    }

    pub(crate) fn subscriptions(&self) -> impl Iterator<Item = &Connection> {
        self.nodes
            .values()
            .flat_map(|node| node.subscriptions.values())
    }

    /// What is known of each node.
    pub(crate) fn vitals(&self) -> BTreeMap<Address, Arc<Vitals>> {
        let vitals = |(address, node): (&Address, &Node)| (address.clone(), node.vitals.clone());
        self.nodes.iter().map(vitals).collect()
    }

    /// One publishing connection of each node that has one.
    pub(crate) fn publishers(&self) -> BTreeMap<Address, Connection> {
        let best = |(address, node): (&Address, &Node)| {
            let best = node.best_publisher()?;
            Some((address.clone(), best.clone()))
        };
        self.nodes.iter().filter_map(best).collect()
    }

    /// The nodes where every kind of role has a connection that is up; without those that are
    /// stalled, unless all are.
    pub(crate) fn usable(&self) -> BTreeSet<Address> {
        let subscribes = self.roles.iter().any(|role| role.subscription.is_some());
        let usable = |node: &Node| {
            let publisher = node.best_publisher()?;
            (!subscribes || !node.subscriptions.is_empty()).then(|| publisher.is_stalled())
        };
        let (stalled, well): (Vec<_>, Vec<_>) = self
            .nodes
            .iter()
            .filter_map(|(address, node)| Some((address, usable(node)?)))
            .partition(|(_, stalled)| *stalled);
        let nodes = if well.is_empty() { stalled } else { well };
        nodes
            .into_iter()
            .map(|(address, _)| address.clone())
            .collect()
    }
}

impl Node {
    /// While a stalled connection is being replaced there can be two: the fresh one counts.
    fn best_publisher(&self) -> Option<&Connection> {
        let newest = self.publishers.iter().max_by_key(|(id, _)| **id);
        newest.map(|(_, connection)| connection)
    }
}
