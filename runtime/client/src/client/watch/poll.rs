//! The task that asks, round after round, while somebody wants to know.

use std::time::Duration;

use futures_util::future::join_all;
use kubefuncs_nsq::{Address, NodeSet, Topic};
use tokio::sync::watch;
use tokio::time::sleep;
use tokio_util::sync::CancellationToken;

use super::Watches;
use super::ask::Brokers;
use super::state::{NodeState, TopicState};
use super::stats::Stats;

/// From the end of a round to the next.
const INTERVAL: Duration = Duration::from_secs(1);

pub(super) async fn run(
    watches: Watches,
    brokers: Brokers,
    confirmed: watch::Receiver<NodeSet>,
    stop: CancellationToken,
) {
    let rounds = async {
        loop {
            let topics = watches.wanted();
            if topics.is_empty() {
                watches.woken().await;
                continue;
            }
            let nodes = confirmed.borrow().clone();
            round(&watches, &brokers, &topics, &nodes).await;
            tokio::select! {
                () = sleep(INTERVAL) => {}
                // Whoever is new need not wait for the others' turn.
                () = watches.woken() => {}
            }
        }
    };
    tokio::select! {
        () = stop.cancelled() => {}
        () = rounds => {}
    }
    watches.close();
}

async fn round(watches: &Watches, brokers: &Brokers, topics: &[Topic], nodes: &NodeSet) {
    let answers = join_all(nodes.iter().map(|node| async move {
        match brokers.stats(node, topics).await {
            Ok(stats) => Some((node, stats)),
            Err(error) => {
                tracing::debug!(%node, error, "a broker does not tell its statistics");
                None
            }
        }
    }))
    .await;
    let answers: Vec<_> = answers.into_iter().flatten().collect();
    for topic in topics {
        let state = TopicState {
            nodes: answers
                .iter()
                .map(|(node, stats)| about(node, stats, topic))
                .collect(),
            silent: nodes.len() - answers.len(),
        };
        watches.tell(topic, state);
    }
}

/// What a broker says of a topic: in one answer for all topics, or in one of them.
fn about(node: &Address, stats: &[Stats], topic: &Topic) -> NodeState {
    let said = stats.iter().map(|stats| stats.of(node, topic));
    said.reduce(|found, other| if found.exists { found } else { other })
        .unwrap_or_else(|| Stats::default().of(node, topic))
}
