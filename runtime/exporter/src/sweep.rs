//! Deleting leaked reply topics, from brokers and from the directory.

use std::net::SocketAddr;
use std::time::Duration;

use http::Method;
use kubefuncs::Address;
use kubefuncs::metrics::{Counter, Metrics};
use tokio::time::Instant;

use crate::ask::{AskError, Asker, in_query};
use crate::janitor::Janitor;
use crate::snapshot::{Board, Snapshot};
use crate::stats::{self, Stats};
use crate::{directory, label};

/// Names of one directory that are looked at; the rest waits until these are gone.
const LOOKED_AT: usize = 256;

/// Looks at what each round gave, at its own pace: rounds do not wait for it.
///
/// A broker's topic goes when nobody has read from it in any look for `rest`, and nobody does
/// right before it goes. A name in a directory goes when no broker has had it for as long.
#[derive(Debug)]
pub(crate) struct Sweep {
    asker: Asker,
    topics: Janitor<(Address, String)>,
    names: Janitor<(SocketAddr, String)>,
    rest: Duration,
    /// When directories were last looked at: that takes a question for each name.
    directories: Option<Instant>,
    deleted: Counter,
}

impl Sweep {
    pub(crate) fn new(rest: Duration, patience: Duration, metrics: &Metrics) -> Self {
        let help = "Leaked reply topics deleted, from `nsqd` or from `nsqlookupd`.";
        let deleted = metrics.counter("nsq_exporter_janitor_deleted_total", help, &["from"]);
        for from in ["nsqd", "nsqlookupd"] {
            deleted.with_label_values(&[from]);
        }
        Self {
            asker: Asker::new(patience),
            topics: Janitor::new(rest),
            names: Janitor::new(rest),
            rest,
            directories: None,
            deleted,
        }
    }

    /// Ends with the rounds.
    pub(crate) async fn run(mut self, mut board: Board) {
        while board.changed().await.is_ok() {
            let snapshot = board.borrow_and_update().clone();
            if let Some(snapshot) = snapshot {
                self.look(&snapshot).await;
            }
        }
    }

    async fn look(&mut self, snapshot: &Snapshot) {
        let now = Instant::now();
        for (node, topic) in self.topics.look(leaked(snapshot), now) {
            match delete_topic(&self.asker, &node, &topic).await {
                Ok(true) => {
                    self.deleted.with_label_values(&["nsqd"]).inc();
                    tracing::info!(%node, topic, "deleted a reply topic that nobody reads");
                }
                Ok(false) => tracing::debug!(%node, topic, "somebody reads it again"),
                Err(error) => tracing::debug!(%node, topic, %error, "not deleted"),
            }
        }
        let due = |at: Instant| now.duration_since(at) >= self.rest;
        if self.directories.is_none_or(due) {
            self.directories = Some(now);
            self.look_at_directories(&snapshot.directories, now).await;
        }
    }

    async fn look_at_directories(&mut self, directories: &[SocketAddr], now: Instant) {
        let mut stale = Vec::new();
        for &directory in directories {
            match stale_names(&self.asker, directory).await {
                Ok(names) => stale.extend(names.into_iter().map(|name| ((directory, name), 0))),
                Err(error) => tracing::debug!(%directory, %error, "its topics are not known"),
            }
        }
        for (directory, topic) in self.names.look(stale, now) {
            let path = format!("/topic/delete?topic={}", in_query(&topic));
            match self.asker.at(directory, Method::POST, &path).await {
                Ok(_) => {
                    self.deleted.with_label_values(&["nsqlookupd"]).inc();
                    tracing::info!(%directory, topic, "deleted the name of a reply topic");
                }
                Err(error) => tracing::debug!(%directory, topic, %error, "not deleted"),
            }
        }
    }
}

/// The reply topics that nobody reads from.
fn leaked(snapshot: &Snapshot) -> impl Iterator<Item = ((Address, String), u64)> {
    let nodes = snapshot.nodes.iter();
    let nodes = nodes.filter_map(|(address, node)| Some((address, node.as_ref()?)));
    nodes.flat_map(|(address, node)| {
        let topics = node.stats.topics.iter();
        let topics =
            topics.filter(|topic| label::is_reply_topic(&topic.name) && !topic.has_client());
        topics.map(|topic| ((address.clone(), topic.name.clone()), topic.message_count))
    })
}

/// Whether it was deleted: not where somebody has come to read from it.
async fn delete_topic(asker: &Asker, node: &Address, topic: &str) -> Result<bool, AskError> {
    let name = in_query(topic);
    let now = asker
        .named(node, Method::GET, &format!("{}&topic={name}", stats::PATH))
        .await?;
    let now = Stats::read(&now).map_err(AskError::Body)?;
    if now.topic(topic).is_none_or(|topic| topic.has_client()) {
        return Ok(false);
    }
    let path = format!("/topic/delete?topic={name}");
    asker.named(node, Method::POST, &path).await?;
    Ok(true)
}

/// Names of reply topics in a directory that no broker has.
async fn stale_names(asker: &Asker, directory: SocketAddr) -> Result<Vec<String>, AskError> {
    let answer = asker.at(directory, Method::GET, directory::TOPICS).await?;
    let topics = directory::topics(&answer).map_err(|error| AskError::Body(error.into()))?;
    let mut stale = Vec::new();
    let replies = topics.into_iter().filter(|topic| {
        label::is_reply_topic(topic) && kubefuncs::Topic::new(topic.as_str()).is_ok()
    });
    for topic in replies.take(LOOKED_AT) {
        let path = format!("/lookup?topic={}", in_query(&topic));
        let answer = asker.at(directory, Method::GET, &path).await?;
        if directory::nobody_has_it(&answer) {
            stale.push(topic);
        }
    }
    Ok(stale)
}
