//! Measures the brokers' clocks: a message to a topic of our own and back.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use bytes::Bytes;
use futures_util::future::join_all;
use kubefuncs_nsq::{Address, Channel, NodeSet};
use tokio::sync::watch;
use tokio::time::{Instant, sleep, timeout};
use tokio_util::sync::CancellationToken;

use super::clock::Clocks;
use super::subscription::subscribe;
use crate::config::Config;
use crate::{id, reply_topic};

/// Clocks that are kept in step drift by far less than the tolerance in this time.
const AGAIN: Duration = Duration::from_secs(600);
/// A clock that was set meanwhile shows in work that is dropped for its age, or in ages below
/// nothing: so soon it is measured again then.
const DOUBTED: Duration = Duration::from_secs(60);
/// Where it failed: a broker may be slow to create a topic, or not let us have one.
const SOON: Duration = Duration::from_secs(60);
/// How long one measurement may take.
const PATIENCE: Duration = Duration::from_secs(10);

/// Measures each broker when it is new, every ten minutes, and each minute while work is dropped for
/// its age; until `stop`.
pub(super) async fn run(
    config: Config,
    clocks: Arc<Clocks>,
    mut nodes: watch::Receiver<NodeSet>,
    stop: CancellationToken,
) {
    let mut due = BTreeMap::<Address, Instant>::new();
    let rounds = async {
        loop {
            let present = nodes.borrow_and_update().clone();
            due.retain(|node, _| present.contains(node));
            clocks.retain(&present);
            let now = Instant::now();
            let open = present
                .iter()
                .filter(|node| due.get(*node).is_none_or(|due| *due <= now));
            let open = open.map(async |node| {
                let measured = timeout(PATIENCE, measure(&config, node)).await;
                let pause = match measured {
                    Ok(Some((stamp, read))) => {
                        clocks.measured(node, stamp, read);
                        AGAIN
                    }
                    _ => {
                        tracing::debug!(%node, "the clock of a broker could not be measured");
                        clocks.unmeasured(node);
                        SOON
                    }
                };
                (
                    node.clone(),
                    Instant::now() + pause.mul_f64(1.0 - id::fraction() / 4.0),
                )
            });
            due.extend(join_all(open).await);
            let next = due.values().min().copied();
            let next = next.unwrap_or_else(|| Instant::now() + AGAIN);
            tokio::select! {
                () = sleep(next.saturating_duration_since(Instant::now())) => {}
                () = clocks.doubted() => {
                    for due in due.values_mut() {
                        *due = (*due).min(Instant::now() + DOUBTED);
                    }
                }
                changed = nodes.changed() => if changed.is_err() { return },
            }
        }
    };
    tokio::select! {
        () = stop.cancelled() => {}
        () = rounds => {}
    }
}

/// The broker's stamp of a message, and the moment we had it back.
async fn measure(config: &Config, node: &Address) -> Option<(i64, SystemTime)> {
    let topic = reply_topic::name("clock", &id::base32().ok()?);
    let channel = Channel::new("default#ephemeral").ok()?;
    let echo = subscribe(config, node, &topic, channel, 1);
    echo.confirmed()
        .wait_for(|nodes| nodes.contains(node))
        .await
        .ok()?;
    echo.publish_on(node, &topic, Bytes::from_static(b"?"))
        .await
        .ok()?;
    let delivery = echo.recv().await?;
    let (stamp, read) = (delivery.timestamp_ns(), SystemTime::now());
    delivery.finish().await;
    Some((stamp, read))
}
