//! How requests and events flow: routes, topics, functions, dead letters.
//!
//! The same graph is written in three forms, each in a file of its own. What a user wrote is
//! escaped in each for what reads it.

mod dot;
mod layout;
mod mermaid;
mod model;
mod svg;

#[cfg(test)]
mod tests;

pub use dot::dot;
pub use mermaid::mermaid;
pub use model::{Edge, Graph, Node, Shape};
pub use svg::svg;
