//! The task behind one link: connects, watches, and connects again.

use std::sync::Arc;

use tokio::sync::mpsc;
use tokio::time::{Instant, sleep};
use tracing::{debug, info, warn};

use super::{Event, Role};
use crate::address::Address;
use crate::backoff::{Backoff, Tries, random};
use crate::config::ConnectionConfig;
use crate::connection::Connection;
use crate::error::{Error, ErrorKind};
use crate::node::{LinkState, Mark, Vitals};

pub(super) struct Link {
    pub(super) address: Address,
    pub(super) role: Role,
    pub(super) config: Arc<ConnectionConfig>,
    /// The node must not be dialled: it could be anybody, and would get our secret.
    pub(super) refuse: bool,
    pub(super) backoff: Backoff,
    pub(super) events: mpsc::Sender<Event>,
    pub(super) vitals: Arc<Vitals>,
}

/// Nobody wants to know about the link any more.
struct Unwanted;

impl Link {
    /// Keeps one connection up, until aborted.
    pub(super) async fn keep(self) {
        let mut mark = Mark::new(self.vitals.clone());
        let mut tries = Tries::new(self.backoff);
        let mut probes = Tries::new(self.config.stall.probe);
        let mut fresh = None;
        loop {
            let connection = match fresh.take() {
                Some(connection) => connection,
                None => {
                    let connection = self.connect(&mut tries, &mut mark).await;
                    mark.up();
                    if self.tell_up(&connection).await.is_err() {
                        return;
                    }
                    connection
                }
            };
            let since = Instant::now();
            let Ok(replaced) = self.watch(&connection, &mut probes, &mut mark).await else {
                return;
            };
            mark.down();
            match &replaced {
                Some(_) => mark.up(),
                None => mark.set(LinkState::Connecting),
            }
            tries.lived(since.elapsed());
            fresh = replaced;
            if self.tell(Event::Down { connection }).await.is_err() {
                return;
            }
        }
    }

    async fn tell_up(&self, connection: &Connection) -> Result<(), Unwanted> {
        let up = Event::Up {
            connection: connection.clone(),
            publishes: self.role.publishes,
        };
        self.tell(up).await
    }

    async fn tell(&self, event: Event) -> Result<(), Unwanted> {
        self.events.send(event).await.map_err(|_| Unwanted)
    }

    async fn connect(&self, tries: &mut Tries, mark: &mut Mark) -> Connection {
        let mut failed = false;
        loop {
            sleep(tries.next(random())).await;
            match self.open().await {
                Ok(connection) => return connection,
                Err(error) if failed => {
                    debug!(nsqd = %self.address, %error, "still not connected");
                }
                Err(error) => {
                    warn!(nsqd = %self.address, %error, "cannot connect; will try again");
                    mark.set(LinkState::Failed);
                    failed = true;
                }
            }
        }
    }

    /// Waits until the connection is closed (`None`), or has stalled and a fresh one stands in for
    /// it.
    async fn watch(
        &self,
        connection: &Connection,
        probes: &mut Tries,
        mark: &mut Mark,
    ) -> Result<Option<Connection>, Unwanted> {
        if !self.role.publishes {
            connection.closed().await;
            return Ok(None);
        }
        loop {
            tokio::select! {
                _ = connection.closed() => return Ok(None),
                () = connection.until_stalled(true) => {}
            }
            let bound = self.vitals.stall_bound();
            warn!(nsqd = %self.address, ?bound, "no answer in the usual time: others are preferred");
            mark.set(LinkState::Stalled);
            if !connection.is_on_trial() {
                probes.reset();
            }
            self.tell(Event::Changed).await?;
            tokio::select! {
                _ = connection.closed() => return Ok(None),
                () = connection.until_stalled(false) => {
                    info!(nsqd = %self.address, "answers again");
                    mark.set(LinkState::Ready);
                    self.tell(Event::Changed).await?;
                }
                fresh = self.probe(probes) => {
                    info!(nsqd = %self.address, "a fresh connection stands in for the stalled one");
                    self.tell_up(&fresh).await?;
                    return Ok(Some(fresh));
                }
            }
        }
    }

    /// A connection that shows that the node answers at all. Whether it publishes is to be seen.
    async fn probe(&self, probes: &mut Tries) -> Connection {
        loop {
            // What is merely slow gets its time once more before it is replaced.
            sleep(probes.next(random()).max(self.vitals.stall_bound())).await;
            match self.open().await {
                Ok(connection) => {
                    connection.try_out();
                    return connection;
                }
                Err(error) => debug!(nsqd = %self.address, %error, "still stalled"),
            }
        }
    }

    async fn open(&self) -> Result<Connection, Error> {
        if self.refuse {
            let what = "connecting: with an AUTH secret, nodes that a lookupd names need \
                        LookupConfig::allowed_hosts, or TLS with a CA or server name of one's own";
            return Err(Error::new(ErrorKind::Config, what));
        }
        let connection = Connection::open(&self.address, &self.config, self.vitals.clone()).await?;
        // Where a publish was refused of late, another may be, and close what delivers.
        let apart = self.role.publishes && self.vitals.are_apart(Instant::now());
        if let Some(to) = self.role.subscription.as_ref().filter(|_| !apart) {
            let inbox = to.inbox.clone();
            connection.subscribe(&to.topic, &to.channel, inbox).await?;
        }
        Ok(connection)
    }
}
