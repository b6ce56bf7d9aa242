//! Connections to brokers, counted by state.

use std::time::Duration;

use kubefuncs_nsq::{Consumer, NodeSnapshot, Producer};
use tokio::time::sleep;
use tokio_util::sync::CancellationToken;

use crate::metrics::{Counter, Gauge, Metrics};

const STATES: [&str; 3] = ["ready", "connecting", "failed"];

/// How often it is looked at, besides when a broker comes or goes.
const INTERVAL: Duration = Duration::from_secs(1);

/// The connections of a consumer, and of a producer where there is one.
#[derive(Debug)]
pub(crate) struct Connections {
    pub(crate) consumer: Consumer,
    pub(crate) producer: Option<Producer>,
}

/// The metrics, every series of them there from the start.
#[derive(Debug)]
pub(crate) struct Figures {
    states: Gauge,
    ejections: Counter,
}

impl Figures {
    pub(crate) fn new(metrics: &Metrics) -> Self {
        let states = metrics.gauge(
            "kubefuncs_connections",
            "Connections to brokers: `ready`, `connecting`, `failed`.",
            &["state"],
        );
        for state in STATES {
            states.with_label_values(&[state]).add(0);
        }
        let ejections = metrics.counter(
            "kubefuncs_ejections_total",
            "Times a broker was left out because it did not confirm in time.",
            &[],
        );
        ejections.with_label_values::<&str>(&[]).inc_by(0);
        Self { states, ejections }
    }

    /// Keeps the figures at what is known until `stop`, then takes the gauge's own share out again:
    /// others may count with the same.
    pub(crate) async fn follow(self, connections: Connections, stop: CancellationToken) {
        let mut confirmed = connections.consumer.confirmed();
        let (mut shown, mut ejected) = ([0; 3], 0);
        loop {
            self.show(&mut shown, connections.states());
            let ejections = connections.ejections();
            let more = ejections.saturating_sub(ejected);
            self.ejections.with_label_values::<&str>(&[]).inc_by(more);
            ejected = ejections;
            tokio::select! {
                () = stop.cancelled() => break,
                changed = confirmed.changed() => if changed.is_err() { break },
                () = sleep(INTERVAL) => {}
            }
        }
        self.show(&mut shown, [0; 3]);
    }

    fn show(&self, shown: &mut [i64; 3], now: [i64; 3]) {
        for ((state, now), before) in STATES.iter().zip(now).zip(shown) {
            self.states.with_label_values(&[state]).add(now - *before);
            *before = now;
        }
    }
}

impl Connections {
    fn states(&self) -> [i64; 3] {
        let producer = self.producer.iter().flat_map(Producer::snapshot);
        let mut states = [0; 3];
        for node in self
            .consumer
            .snapshot()
            .iter()
            .chain(&producer.collect::<Vec<_>>())
        {
            let now = of(node);
            states
                .iter_mut()
                .zip(now)
                .for_each(|(sum, now)| *sum += now);
        }
        states
    }

    fn ejections(&self) -> u64 {
        self.consumer.stalls() + self.producer.as_ref().map_or(0, Producer::stalls)
    }
}

/// One that is up and does not answer is of no more use than one that cannot be made.
fn of(node: &NodeSnapshot) -> [i64; 3] {
    [node.ready, node.connecting, node.failed + node.stalled].map(i64::from)
}
