//! Connections that are kept up: to each node, in each role, made again for as long as the node is
//! wanted.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;

use kubefuncs_nsq_proto::{Channel, Topic};
use tokio::sync::mpsc;
use tokio::task::AbortHandle;
use tokio::time::{Instant, sleep};
use tracing::{debug, info, warn};

use crate::address::Address;
use crate::backoff::{Backoff, Tries, random};
use crate::config::ConnectionConfig;
use crate::connection::Connection;
use crate::error::Error;
use crate::inbox::Inbox;

/// What a connection is for.
#[derive(Clone, Debug)]
pub(crate) enum Role {
    Subscribe {
        topic: Topic,
        channel: Channel,
        inbox: Arc<Inbox>,
    },
    Publish,
}

/// A connection came up, or went down.
#[derive(Debug)]
pub(crate) enum Event {
    /// It is ready for its role: a subscription is confirmed.
    Up {
        publishes: bool,
        connection: Connection,
    },
    Down {
        connection: Connection,
    },
}

/// The links to one node.
#[derive(Debug, Default)]
struct Node {
    wanted: bool,
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
    nodes: BTreeMap<Address, Node>,
    events: mpsc::Sender<Event>,
}

impl Links {
    /// Each node gets one connection for each of the roles.
    pub(crate) fn new(
        roles: Vec<Role>,
        config: ConnectionConfig,
        backoff: Backoff,
    ) -> (Self, mpsc::Receiver<Event>) {
        let (events, receiver) = mpsc::channel(64);
        let links = Self {
            roles,
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
                let start = |role: &Role| {
                    let (config, events) = (self.config.clone(), self.events.clone());
                    let link = keep(address.clone(), role.clone(), config, self.backoff, events);
                    Task(tokio::spawn(link).abort_handle())
                };
                let tasks = self.roles.iter().map(start).collect();
                self.nodes.insert(
                    address.clone(),
                    Node {
                        wanted: true,
                        tasks,
                        ..Node::default()
                    },
                );
            }
        }
        self.forget();
    }

    /// Takes note of an event. `false`: it is about a node that was given up meanwhile.
    pub(crate) fn apply(&mut self, event: &Event) -> bool {
        let (Event::Up { connection, .. } | Event::Down { connection }) = event;
        let Some(node) = self.nodes.get_mut(connection.address()) else {
            return false;
        };
        match event {
            Event::Up {
                publishes: true, ..
            } => {
                node.publishers.insert(connection.id(), connection.clone());
            }
            Event::Up {
                publishes: false, ..
            } => {
                node.subscriptions
                    .insert(connection.id(), connection.clone());
            }
            Event::Down { .. } => {
                node.subscriptions.remove(&connection.id());
                node.publishers.remove(&connection.id());
                self.forget();
            }
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

    /// One publishing connection of each node that has one.
    pub(crate) fn publishers(&self) -> BTreeMap<Address, Connection> {
        let first = |(address, node): (&Address, &Node)| {
            node.publishers
                .values()
                .next()
                .map(|one| (address.clone(), one.clone()))
        };
        self.nodes.iter().filter_map(first).collect()
    }

    /// The nodes where every kind of role has a connection that is up.
    pub(crate) fn usable(&self) -> BTreeSet<Address> {
        let subscribes = self
            .roles
            .iter()
            .any(|role| matches!(role, Role::Subscribe { .. }));
        let usable = |node: &Node| {
            !node.publishers.is_empty() && (!subscribes || !node.subscriptions.is_empty())
        };
        let nodes = self.nodes.iter().filter(|(_, node)| usable(node));
        nodes.map(|(address, _)| address.clone()).collect()
    }
}

/// Keeps one connection up, until aborted.
async fn keep(
    address: Address,
    role: Role,
    config: Arc<ConnectionConfig>,
    backoff: Backoff,
    events: mpsc::Sender<Event>,
) {
    let mut tries = Tries::new(backoff);
    let mut failed = false;
    loop {
        sleep(tries.next(random())).await;
        let connection = match open(&address, &role, &config).await {
            Ok(connection) => connection,
            Err(error) if failed => {
                debug!(nsqd = %address, %error, "still not connected");
                continue;
            }
            Err(error) => {
                warn!(nsqd = %address, %error, "cannot connect; will try again");
                failed = true;
                continue;
            }
        };
        failed = false;
        let since = Instant::now();
        let publishes = matches!(role, Role::Publish);
        if events
            .send(Event::Up {
                publishes,
                connection: connection.clone(),
            })
            .await
            .is_err()
        {
            return;
        }
        connection.closed().await;
        tries.lived(since.elapsed());
        if events.send(Event::Down { connection }).await.is_err() {
            return;
        }
    }
}

async fn open(
    address: &Address,
    role: &Role,
    config: &ConnectionConfig,
) -> Result<Connection, Error> {
    let connection = Connection::connect(address, config).await?;
    if let Role::Subscribe {
        topic,
        channel,
        inbox,
    } = role
    {
        connection.subscribe(topic, channel, inbox.clone()).await?;
    }
    Ok(connection)
}
