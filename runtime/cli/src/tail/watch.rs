//! The brokers on which watching takes nothing from anybody: those of the start, and those that
//! join later.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use kubefuncs::{Address, Config, Topic};
use kubefuncs_nsq::{Discovery, NodeSet};
use tokio::sync::watch;
use tokio::time::interval;

use crate::directory::{self, Node};
use crate::exit::Failure;
use crate::places::Places;
use crate::{print, trouble};

/// Between two looks for brokers that have joined, or have got a durable channel.
const LOOK: Duration = Duration::from_secs(2);

/// What is watched of a topic.
pub(super) struct Watch {
    places: Places,
    topic: Topic,
    chosen: watch::Sender<NodeSet>,
    /// The others: why is said once.
    refused: BTreeSet<Address>,
    /// Those that need no word when they are there.
    told: BTreeSet<Address>,
}

impl Watch {
    /// Begins with the brokers there are.
    ///
    /// # Errors
    /// That there is none, or why none can be watched on.
    pub(super) async fn start(config: &Config, topic: &Topic) -> Result<Self, Failure> {
        let places = Places::new(config);
        let (nodes, strange) = places.list().await;
        if nodes.is_empty() && strange.is_empty() {
            return Err(trouble::explain(config).await);
        }
        let mut watch = Self {
            places,
            topic: topic.clone(),
            chosen: watch::Sender::default(),
            refused: BTreeSet::new(),
            told: BTreeSet::new(),
        };
        let mut bad = strange;
        bad.extend(watch.choose(nodes).await);
        if watch.chosen.borrow().is_empty() {
            return Err(Failure::unreachable(format!(
                "topic `{topic}` cannot be watched without taking its messages away:\n  {}",
                bad.join("\n  ")
            )));
        }
        not_watched(&bad);
        watch.told.clone_from(&watch.chosen.borrow());
        Ok(watch)
    }

    /// Where to subscribe, at every time.
    pub(super) fn discovery(&self) -> Discovery {
        self.places.choosing(self.chosen.subscribe())
    }

    /// Goes on looking, for as long as anybody is subscribed.
    pub(super) async fn follow(mut self, mut confirmed: watch::Receiver<NodeSet>) {
        let mut looks = interval(LOOK);
        let mut known = confirmed.borrow_and_update().clone();
        loop {
            tokio::select! {
                changed = confirmed.changed() => {
                    if changed.is_err() {
                        return;
                    }
                    let now = confirmed.borrow_and_update().clone();
                    for node in now.iter() {
                        if self.told.insert(node.clone()) {
                            print::note(&format!("watching on nsqd {node}, too"));
                        }
                    }
                    for node in known.difference(&now) {
                        self.forget(node);
                    }
                    known = now;
                }
                _ = looks.tick() => {
                    let (nodes, _) = self.places.list().await;
                    let bad = self.choose(nodes).await;
                    not_watched(&bad);
                }
            }
        }
    }

    /// A broker that went away may come back with nothing of what made it fit.
    fn forget(&mut self, node: &Address) {
        self.told.remove(node);
        self.chosen
            .send_modify(|chosen| _ = Arc::make_mut(chosen).remove(node));
    }

    /// Adds those that may be watched on, and says what keeps others from it that was not said
    /// before.
    async fn choose(&mut self, nodes: Vec<Node>) -> Vec<String> {
        let mut news = Vec::new();
        for node in nodes {
            if self.chosen.borrow().contains(&node.tcp) {
                continue;
            }
            match standing(&node, &self.topic).await {
                Ok(()) => {
                    self.refused.remove(&node.tcp);
                    self.chosen
                        .send_modify(|chosen| _ = Arc::make_mut(chosen).insert(node.tcp));
                }
                Err(why) => news.extend(self.refused.insert(node.tcp).then_some(why)),
            }
        }
        news
    }
}

fn not_watched(reasons: &[String]) {
    for why in reasons {
        print::note(&format!("not watched: {why}"));
    }
}

/// Why a broker cannot be watched on.
async fn standing(node: &Node, topic: &Topic) -> Result<(), String> {
    match directory::topic(node, topic).await? {
        Some(stats) if stats.is_durable() => Ok(()),
        Some(stats) if stats.depth > 0 => Err(format!(
            "nsqd {}: no durable channel, and {} messages wait for the first one",
            node.tcp, stats.depth
        )),
        Some(_) => Err(format!("nsqd {}: no durable channel", node.tcp)),
        None => Err(format!("nsqd {}: no such topic", node.tcp)),
    }
}
