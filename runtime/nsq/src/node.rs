//! What is known of one node: its links, what became of publishes, how fast it answers.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::time::Instant;

use crate::address::Address;
use crate::ledger::Outcome;
use crate::stall::{Latency, StallConfig};

/// Publishes by what became of them, since the node became known.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct PublishCounts {
    /// nsqd answered `OK`.
    pub acked: u64,
    /// nsqd refused them.
    pub rejected: u64,
    /// nsqd never looked at them.
    pub not_sent: u64,
    /// Written, and no answer came.
    pub unknown: u64,
}

/// What a producer or consumer knows of one node, at one moment. Counts begin when the node becomes
/// known, and outlive its connections.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct NodeSnapshot {
    /// Which node.
    pub address: Address,
    /// Links whose connection is up; a stalled one is not counted here.
    pub ready: u32,
    /// Links that connect for the first time, or again after a connection was lost.
    pub connecting: u32,
    /// Links whose last try to connect has failed; they go on trying.
    pub failed: u32,
    /// Links that are up, but wait for an answer longer than [`NodeSnapshot::stall_bound`].
    pub stalled: u32,
    /// Connections that came up.
    pub connects: u64,
    /// Connections that ended.
    pub disconnects: u64,
    /// How often the node stalled.
    pub stalls: u64,
    /// Publishes, answers to deliveries included.
    pub publishes: PublishCounts,
    /// The time that all acknowledged publishes took together, from being queued to their `OK`.
    pub ack_time: Duration,
    /// How long a publish takes to be acknowledged at present: a moving average.
    pub ack_latency: Option<Duration>,
    /// After how long without an answer the node counts as stalled at present: see
    /// [`StallConfig`].
    pub stall_bound: Duration,
    /// Messages that nsqd delivered.
    pub delivered: u64,
}

/// Where one link stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum LinkState {
    Connecting,
    Failed,
    Ready,
    Stalled,
}

#[derive(Debug, Default)]
struct Figures {
    links: [u32; 4],
    connects: u64,
    disconnects: u64,
    stalls: u64,
    publishes: PublishCounts,
    ack_time: Duration,
    latency: Option<Latency>,
    delivered: u64,
    /// Until when publishes are kept apart.
    apart: Option<Instant>,
}

/// For so long after one was refused publishes are kept apart from all that would fail with them:
/// each is refused or stored by itself, on a connection that delivers nothing.
const APART: Duration = Duration::from_secs(60);

/// The figures of one node, shared by all its connections.
#[derive(Debug)]
pub(crate) struct Vitals {
    stall: StallConfig,
    figures: Mutex<Figures>,
}

impl Vitals {
    pub(crate) fn new(stall: StallConfig) -> Arc<Self> {
        Arc::new(Self {
            stall,
            figures: Mutex::default(),
        })
    }

    fn figures(&self) -> MutexGuard<'_, Figures> {
        // No code that could panic runs under this lock.
        self.figures.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A publish has its outcome, so long after it was queued.
    pub(crate) fn published(&self, outcome: &Outcome, took: Duration) {
        let mut figures = self.figures();
        let publishes = &mut figures.publishes;
        match outcome {
            Outcome::Acked => {
                publishes.acked += 1;
                figures.ack_time = figures.ack_time.saturating_add(took);
                figures.latency = Some(match figures.latency {
                    Some(latency) => latency.then(took),
                    None => Latency::first(took),
                });
            }
            Outcome::Rejected(_) => publishes.rejected += 1,
            Outcome::NotSent => publishes.not_sent += 1,
            Outcome::Unknown => publishes.unknown += 1,
        }
    }

    /// A publish was refused: they are kept apart for a while.
    pub(crate) fn keep_apart(&self, now: Instant) {
        self.figures().apart = Some(now + APART);
    }

    /// Whether publishes are kept apart.
    pub(crate) fn are_apart(&self, now: Instant) -> bool {
        self.figures().apart.is_some_and(|until| now < until)
    }

    pub(crate) fn delivered(&self) {
        self.figures().delivered += 1;
    }

    /// How long an answer may take before the node counts as stalled.
    pub(crate) fn stall_bound(&self) -> Duration {
        self.stall.bound(self.figures().latency)
    }

    pub(crate) fn snapshot(&self, address: &Address) -> NodeSnapshot {
        let figures = self.figures();
        let links = |state: LinkState| figures.links[state as usize];
        NodeSnapshot {
            address: address.clone(),
            ready: links(LinkState::Ready),
            connecting: links(LinkState::Connecting),
            failed: links(LinkState::Failed),
            stalled: links(LinkState::Stalled),
            connects: figures.connects,
            disconnects: figures.disconnects,
            stalls: figures.stalls,
            publishes: figures.publishes,
            ack_time: figures.ack_time,
            ack_latency: figures.latency.map(|latency| latency.smoothed),
            stall_bound: self.stall.bound(figures.latency),
            delivered: figures.delivered,
        }
    }
}

/// One link's place in the figures; it leaves them when dropped.
#[derive(Debug)]
pub(crate) struct Mark {
    vitals: Arc<Vitals>,
    state: LinkState,
}

impl Mark {
    /// A link that begins to connect.
    pub(crate) fn new(vitals: Arc<Vitals>) -> Self {
        let state = LinkState::Connecting;
        vitals.figures().links[state as usize] += 1;
        Self { vitals, state }
    }

    pub(crate) fn set(&mut self, state: LinkState) {
        let mut figures = self.vitals.figures();
        figures.links[self.state as usize] -= 1;
        figures.links[state as usize] += 1;
        figures.stalls += u64::from(state == LinkState::Stalled);
        drop(figures);
        self.state = state;
    }

    /// A connection came up.
    pub(crate) fn up(&mut self) {
        self.vitals.figures().connects += 1;
        self.set(LinkState::Ready);
    }

    /// A connection ended, or was replaced.
    pub(crate) fn down(&self) {
        self.vitals.figures().disconnects += 1;
    }
}

impl Drop for Mark {
    fn drop(&mut self) {
        let mut figures = self.vitals.figures();
        if self.state == LinkState::Ready || self.state == LinkState::Stalled {
            figures.disconnects += 1;
        }
        figures.links[self.state as usize] -= 1;
    }
}

/// The figures of all nodes, shared between those who ask and the task that keeps the links.
#[derive(Debug, Default)]
pub(crate) struct Board(Mutex<Nodes>);

#[derive(Debug, Default)]
struct Nodes {
    known: BTreeMap<Address, Arc<Vitals>>,
    /// Stalls of nodes that are gone.
    stalls: u64,
}

impl Board {
    fn nodes(&self) -> MutexGuard<'_, Nodes> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn set(&self, known: BTreeMap<Address, Arc<Vitals>>) {
        let mut nodes = self.nodes();
        for (address, vitals) in std::mem::replace(&mut nodes.known, known) {
            let stays = nodes
                .known
                .get(&address)
                .is_some_and(|now| Arc::ptr_eq(now, &vitals));
            if !stays {
                nodes.stalls += vitals.figures().stalls;
            }
        }
    }

    pub(crate) fn stalls(&self) -> u64 {
        let nodes = self.nodes();
        let known: u64 = nodes
            .known
            .values()
            .map(|vitals| vitals.figures().stalls)
            .sum();
        nodes.stalls + known
    }

    pub(crate) fn snapshot(&self) -> Vec<NodeSnapshot> {
        let nodes = self.nodes();
        let snapshot = |(address, vitals): (&Address, &Arc<Vitals>)| vitals.snapshot(address);
        nodes.known.iter().map(snapshot).collect()
    }
}
