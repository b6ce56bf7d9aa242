//! The task behind a consumer: follows the nodes, tells each connection its RDY, drains at the end.

use std::future::pending;
use std::sync::Arc;
use std::time::Duration;

use futures_util::future::join_all;
use tokio::sync::{mpsc, oneshot, watch};
use tokio::time::{Instant, sleep, timeout};

use super::{ConsumerConfig, Core, Drained};
use crate::address::NodeSet;
use crate::connection::{Connection, Op};
use crate::delivery::requeue;
use crate::discovery::Discovery;
use crate::links::{Event, Links, Role, Subscription};
use crate::ready::Ready;

/// How long nsqd may take to confirm that it sends nothing more, and connections to close.
const PATIENCE: Duration = Duration::from_secs(3);

/// Asks for the end.
pub(crate) struct Close {
    pub(crate) grace: Duration,
    pub(crate) done: oneshot::Sender<Drained>,
}

pub(crate) struct Director {
    core: Arc<Core>,
    links: Links,
    events: mpsc::Receiver<Event>,
    ready: Ready,
    nodes: watch::Receiver<NodeSet>,
    max_in_flight: watch::Receiver<u32>,
    confirmed: watch::Sender<NodeSet>,
}

impl Director {
    pub(crate) fn new(
        config: ConsumerConfig,
        core: Arc<Core>,
        discovery: &Discovery,
        max_in_flight: watch::Receiver<u32>,
        confirmed: watch::Sender<NodeSet>,
    ) -> Self {
        let subscription = Some(Subscription {
            topic: config.topic,
            channel: config.channel,
            inbox: core.inbox.clone(),
        });
        let publish = Role {
            subscription: subscription.clone().filter(|_| config.shares_publisher),
            publishes: true,
        };
        let subscribe = Role {
            subscription,
            publishes: false,
        };
        let mut roles = vec![subscribe; config.connections_per_node.max(1) as usize];
        roles.push(publish);
        let (links, events) = Links::new(roles, config.connection, config.backoff, discovery);
        let ready = Ready::new(config.max_in_flight);
        Self {
            core,
            links,
            events,
            ready,
            nodes: discovery.nodes(),
            max_in_flight,
            confirmed,
        }
    }

    pub(crate) async fn run(mut self, mut closing: mpsc::Receiver<Close>) {
        self.nodes.mark_changed();
        let close = loop {
            let look_again = self.ready.look_again();
            tokio::select! {
                Ok(()) = self.nodes.changed() => {
                    let wanted = self.nodes.borrow_and_update().clone();
                    self.links.sync(&wanted);
                    self.publish_state();
                }
                Some(event) = self.events.recv() => self.event(&event),
                Ok(()) = self.max_in_flight.changed() => {
                    let max = *self.max_in_flight.borrow_and_update();
                    self.ready.set_max(max);
                    self.plan();
                }
                () = async { match look_again {
                    Some(time) => sleep(time).await,
                    None => pending().await,
                }} => self.plan(),
                close = closing.recv() => break close,
            }
        };
        // Later requests to close find the queue closed.
        drop(closing);
        match close {
            Some(Close { grace, done }) => {
                let drained = self.drain(Some(grace)).await;
                let _ = done.send(drained);
            }
            None => _ = self.drain(None).await,
        }
    }

    fn event(&mut self, event: &Event) {
        let known = self.links.apply(event);
        match event {
            Event::Up { connection, .. } if known && connection.is_subscribed() => {
                self.ready
                    .join(connection.id(), connection.max_ready(), Instant::now());
            }
            Event::Down { connection } => self.ready.leave(connection.id()),
            Event::Up { .. } | Event::Changed => {}
        }
        self.plan();
        self.publish_state();
    }

    /// Tells each connection its RDY, as far as it changes.
    fn plan(&mut self) {
        let now = Instant::now();
        for connection in self.links.subscriptions() {
            self.ready.observe(
                connection.id(),
                connection.in_flight(),
                connection.delivered(),
                now,
            );
        }
        for (id, count) in self.ready.plan(now) {
            if let Some(connection) = self.links.subscriptions().find(|one| one.id() == id) {
                connection.ready(count);
            }
        }
    }

    fn publish_state(&self) {
        self.core.publishers.set(self.links.publishers());
        self.core.board.set(self.links.vitals());
        let usable = Arc::new(self.links.usable());
        self.confirmed.send_if_modified(|known| {
            let changed = *known != usable;
            *known = usable;
            changed
        });
    }

    /// Without a grace nobody waits: connections close by themselves as the last deliveries are
    /// answered.
    async fn drain(&mut self, grace: Option<Duration>) -> Drained {
        self.links.freeze();
        self.core.inbox.stop();
        let subscriptions: Vec<Connection> = self.links.subscriptions().cloned().collect();

        // First no connection takes any more; else what one gives back another would get.
        let stopping = subscriptions.iter().map(|connection| {
            let (done, stopped) = oneshot::channel();
            connection.send(Op::Drain { done });
            stopped
        });
        let _ = timeout(PATIENCE, join_all(stopping)).await;
        let unstarted = self.core.inbox.close();
        let mut drained = Drained {
            unstarted: unstarted.len(),
            abandoned: 0,
        };
        unstarted
            .iter()
            .for_each(|unstarted| drop(requeue(unstarted, Duration::ZERO)));
        drop(unstarted);

        if let Some(grace) = grace {
            let _ = timeout(grace, self.core.inbox.idle()).await;
            drained.abandoned = self.core.inbox.running() as usize;
            subscriptions
                .iter()
                .for_each(|connection| connection.send(Op::Stop));
            let _ = timeout(
                PATIENCE,
                join_all(subscriptions.iter().map(Connection::closed)),
            )
            .await;
            self.core.publishers.set(Default::default());
            self.core.board.set(Default::default());
        }
        self.confirmed.send_replace(NodeSet::default());
        drained
    }
}

impl Drop for Director {
    /// However it ends, with its runtime for instance: nobody waits for a message that never comes.
    fn drop(&mut self) {
        drop(self.core.inbox.close());
    }
}
