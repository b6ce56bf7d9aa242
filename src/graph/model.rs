//! The graph as data.

use std::collections::BTreeMap;

use crate::resolve::App;

/// What a node stands for; decides its form, and its column.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Shape {
    /// A path of a gateway, or a time of a schedule.
    Source,
    /// An NSQ topic.
    Topic,
    /// A function.
    Function,
    /// A topic of messages that were given up.
    DeadLetter,
}

/// A node. Two are the same where shape and key are.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Node {
    /// What it stands for.
    pub shape: Shape,
    /// What is written in it.
    pub label: String,
}

/// An edge between two nodes, by their numbers.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Edge {
    /// Where it begins.
    pub from: usize,
    /// Where it ends.
    pub to: usize,
    /// What is written at it; may be empty.
    pub label: String,
}

/// Nodes and edges, each sorted: the same input gives the same graph.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Graph {
    /// The nodes, by shape and label.
    pub nodes: Vec<Node>,
    /// The edges.
    pub edges: Vec<Edge>,
}

type Key = (Shape, String);

impl Graph {
    /// The graph of linked applications.
    #[must_use]
    pub fn new(apps: &[App]) -> Self {
        let mut building = Building::default();
        let entered = apps.iter().any(|app| app.gateway.is_some());
        for app in apps {
            let routes = app.gateway.iter().flat_map(|gateway| &gateway.routes);
            // Without a gateway here, somebody else's has them.
            let waiting = app
                .functions
                .iter()
                .filter(|_| !entered)
                .flat_map(|f| &f.http);
            for route in routes.chain(waiting) {
                let host = route.host.as_deref().unwrap_or_default();
                let methods = route.methods.join(" ");
                let name = format!("{host}{}", route.path);
                building.edge(source(&name), topic(&route.topic), &methods);
            }
            for function in &app.functions {
                let name = (Shape::Function, function.object.clone());
                building.edge(topic(&function.topic), name.clone(), &function.channel);
                for entry in &function.schedule {
                    building.edge(source(&entry.cron), topic(&function.topic), &entry.timezone);
                }
                if let Some(dead) = &function.dead_letter {
                    building.edge(name, (Shape::DeadLetter, dead.clone()), "given up");
                }
            }
        }
        building.finish()
    }
}

fn source(name: &str) -> Key {
    (Shape::Source, name.to_owned())
}

fn topic(name: &str) -> Key {
    (Shape::Topic, name.to_owned())
}

#[derive(Default)]
struct Building {
    edges: Vec<(Key, Key, String)>,
}

impl Building {
    fn edge(&mut self, from: Key, to: Key, label: &str) {
        self.edges.push((from, to, label.to_owned()));
    }

    fn finish(mut self) -> Graph {
        // A topic of dead letters that a function consumes is a topic like any other.
        let consumed: Vec<String> = self
            .edges
            .iter()
            .filter(|(from, _, _)| from.0 == Shape::Topic)
            .map(|(from, _, _)| from.1.clone())
            .collect();
        for (_, to, _) in &mut self.edges {
            if to.0 == Shape::DeadLetter && consumed.contains(&to.1) {
                to.0 = Shape::Topic;
            }
        }
        let mut numbers: BTreeMap<Key, usize> = BTreeMap::new();
        for (from, to, _) in &self.edges {
            numbers.insert(from.clone(), 0);
            numbers.insert(to.clone(), 0);
        }
        for (number, slot) in numbers.values_mut().enumerate() {
            *slot = number;
        }
        let mut edges: Vec<Edge> = self
            .edges
            .into_iter()
            .map(|(from, to, label)| Edge {
                from: numbers[&from],
                to: numbers[&to],
                label,
            })
            .collect();
        edges.sort();
        edges.dedup();
        let nodes = numbers
            .into_keys()
            .map(|(shape, label)| Node { shape, label });
        Graph {
            nodes: nodes.collect(),
            edges,
        }
    }
}
