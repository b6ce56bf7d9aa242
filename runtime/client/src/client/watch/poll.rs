//! The task that asks, round after round, while somebody wants to know.

use std::time::Duration;

use futures_util::future::join_all;
use kubefuncs_nsq::{Address, NodeSet, Topic};
use tokio::sync::watch;
use tokio::time::{Instant, sleep_until};
use tokio_util::sync::CancellationToken;

use super::ask::Brokers;
use super::state::{NodeState, TopicState};
use super::stats::Stats;
use super::{Told, Watches};

/// From the end of a round to the next.
const INTERVAL: Duration = Duration::from_secs(1);
/// From the beginning of a round to the next, however many cannot wait.
const SPACING: Duration = Duration::from_millis(200);

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
            let (begun, nodes) = (Instant::now(), confirmed.borrow().clone());
            for (topic, state) in round(&brokers, &topics, &nodes).await {
                let asked = Some(begun);
                watches.tell(topic, Told { state, asked });
            }
            let turn = Instant::now() + INTERVAL;
            sleep_until(begun + SPACING).await;
            tokio::select! {
                () = sleep_until(turn) => {}
                // Whoever is new, or cannot wait, need not wait for the others' turn.
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

async fn round<'t>(
    brokers: &Brokers,
    topics: &'t [Topic],
    nodes: &NodeSet,
) -> Vec<(&'t Topic, TopicState)> {
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
    let state = |topic| TopicState {
        nodes: answers
            .iter()
            .map(|(node, stats)| about(node, stats, topic))
            .collect(),
        silent: nodes.len() - answers.len(),
    };
    topics.iter().map(|topic| (topic, state(topic))).collect()
}

/// What a broker says of a topic: in one answer for all topics, or in one of them.
fn about(node: &Address, stats: &[Stats], topic: &Topic) -> NodeState {
    let said = stats.iter().map(|stats| stats.of(node, topic));
    said.reduce(|found, other| if found.exists { found } else { other })
        .unwrap_or_else(|| Stats::default().of(node, topic))
}
