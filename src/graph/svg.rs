//! The graph as a picture, drawn here: nothing else needs to be installed.

use std::fmt::Write as _;

use super::layout::layout;
use super::{Graph, Shape};

/// Sizes in pixels.
const WIDTH: usize = 200;
const HEIGHT: usize = 36;
const COLUMN: usize = 300;
const ROW: usize = 56;
const MARGIN: usize = 20;

/// Characters of a label that fit into a node; the whole is its title.
const FITS: usize = 26;

/// A picture.
#[must_use]
pub fn svg(graph: &Graph) -> String {
    let layout = layout(graph);
    let width = (layout.columns * COLUMN).saturating_sub(COLUMN - WIDTH) + 2 * MARGIN;
    let height = (layout.rows * ROW).saturating_sub(ROW - HEIGHT) + 2 * MARGIN;
    let mut out = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{width}\" height=\"{height}\" \
         viewBox=\"0 0 {width} {height}\" font-family=\"sans-serif\" font-size=\"13\">\n\
         <defs><marker id=\"arrow\" viewBox=\"0 0 8 8\" refX=\"8\" refY=\"4\" markerWidth=\"8\" \
         markerHeight=\"8\" orient=\"auto\"><path d=\"M0 0L8 4L0 8z\" fill=\"#666\"/></marker></defs>\n\
         <rect width=\"100%\" height=\"100%\" fill=\"#fff\"/>\n"
    );
    let corner = |node: usize| {
        let (column, row) = layout.places[node];
        (MARGIN + column * COLUMN, MARGIN + row * ROW)
    };
    for edge in &graph.edges {
        let ((x, y), (to_x, to_y)) = (corner(edge.from), corner(edge.to));
        let (y, to_y) = (y + HEIGHT / 2, to_y + HEIGHT / 2);
        let (right, left) = (x + WIDTH, to_x);
        let bend = (COLUMN - WIDTH) / 2;
        // A function's dead letters may be a topic to its left.
        let _ = writeln!(
            out,
            "<path d=\"M{right} {y}C{} {y} {} {to_y} {left} {to_y}\" fill=\"none\" stroke=\"#666\" \
             marker-end=\"url(#arrow)\"/>",
            right + bend,
            left.saturating_sub(bend),
        );
        if !edge.label.is_empty() {
            let _ = writeln!(
                out,
                "<text x=\"{}\" y=\"{}\" text-anchor=\"middle\" font-size=\"10\" fill=\"#444\">{}</text>",
                (right + left) / 2,
                (y + to_y) / 2 - 4,
                escaped(&shortened(&edge.label, 16)),
            );
        }
    }
    for (number, node) in graph.nodes.iter().enumerate() {
        let (x, y) = corner(number);
        let (fill, radius) = match node.shape {
            Shape::Source => ("#e8f0fe", HEIGHT / 2),
            Shape::Topic => ("#fef7e0", 0),
            Shape::Function => ("#e6f4ea", 6),
            Shape::DeadLetter => ("#fce8e6", 0),
        };
        let _ = writeln!(
            out,
            "<g><title>{}</title><rect x=\"{x}\" y=\"{y}\" width=\"{WIDTH}\" height=\"{HEIGHT}\" \
             rx=\"{radius}\" fill=\"{fill}\" stroke=\"#666\"/><text x=\"{}\" y=\"{}\" \
             text-anchor=\"middle\">{}</text></g>",
            escaped(&node.label),
            x + WIDTH / 2,
            y + HEIGHT / 2 + 5,
            escaped(&shortened(&node.label, FITS)),
        );
    }
    out.push_str("</svg>\n");
    out
}

fn shortened(text: &str, most: usize) -> String {
    if text.chars().count() <= most {
        return text.to_owned();
    }
    let kept: String = text.chars().take(most - 1).collect();
    kept + "…"
}

/// Text as XML has it; what XML cannot hold is replaced.
fn escaped(text: &str) -> String {
    let mut out = String::new();
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#39;"),
            '\u{fffe}' | '\u{ffff}' => out.push('\u{FFFD}'),
            c if c.is_control() => out.push('\u{FFFD}'),
            c => out.push(c),
        }
    }
    out
}
