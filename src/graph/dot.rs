//! The graph as Graphviz has it (<https://graphviz.org/doc/info/lang.html>).

use std::fmt::Write as _;

use super::{Graph, Shape};

/// A directed graph.
#[must_use]
pub fn dot(graph: &Graph) -> String {
    let mut out = String::from("digraph functions {\n  rankdir=LR\n");
    for (number, node) in graph.nodes.iter().enumerate() {
        let shape = match node.shape {
            Shape::Source => "oval",
            Shape::Topic => "cds",
            Shape::Function => "box",
            Shape::DeadLetter => "cylinder",
        };
        let label = escaped(&node.label);
        let _ = writeln!(out, "  n{number} [shape={shape} label=\"{label}\"]");
    }
    for edge in &graph.edges {
        let label = escaped(&edge.label);
        let _ = writeln!(out, "  n{} -> n{} [label=\"{label}\"]", edge.from, edge.to);
    }
    out.push_str("}\n");
    out
}

/// In a quoted string only quotes and backslashes mean anything.
fn escaped(text: &str) -> String {
    let mut out = String::new();
    for c in text.chars() {
        match c {
            '"' | '\\' => out.extend(['\\', c]),
            c if c.is_control() => out.push('\u{FFFD}'),
            c => out.push(c),
        }
    }
    out
}
