//! The graph as Mermaid has it (<https://mermaid.js.org/syntax/flowchart.html>).

use std::fmt::Write as _;

use super::{Graph, Shape};

/// A flow chart.
#[must_use]
pub fn mermaid(graph: &Graph) -> String {
    let mut out = String::from("flowchart LR\n");
    for (number, node) in graph.nodes.iter().enumerate() {
        let (open, close) = match node.shape {
            Shape::Source => ("([", "])"),
            Shape::Topic => (">", "]"),
            Shape::Function => ("[", "]"),
            Shape::DeadLetter => ("[(", ")]"),
        };
        let _ = writeln!(out, "  n{number}{open}\"{}\"{close}", escaped(&node.label));
    }
    for edge in &graph.edges {
        let label = match edge.label.as_str() {
            "" => String::new(),
            label => format!("|\"{}\"|", escaped(label)),
        };
        let _ = writeln!(out, "  n{} -->{label} n{}", edge.from, edge.to);
    }
    out
}

/// Within quotes Mermaid reads character references, with `#` for `&`, and Markdown.
fn escaped(text: &str) -> String {
    let mut out = String::new();
    for c in text.chars() {
        match c {
            c if c.is_alphanumeric() || " /.-,:_".contains(c) => out.push(c),
            c if c.is_control() => out.push('\u{FFFD}'),
            c => {
                let _ = write!(out, "#{};", u32::from(c));
            }
        }
    }
    out
}
