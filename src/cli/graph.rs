//! `kubefunctl graph`.

use clap::{Args, ColorChoice, ValueEnum};

use super::args::Input;
use super::output::{data, report};
use super::{Exit, input};
use crate::graph;

/// Draw how requests and events flow: routes, topics, functions, dead letters
#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  \
    kubefunctl graph\n  \
    kubefunctl graph shop.yaml gateway.yaml --format svg > graph.svg")]
pub(super) struct Graph {
    #[command(flatten)]
    pub input: Input,

    /// The form of the graph
    #[arg(long, value_enum, default_value = "mermaid")]
    pub format: Form,
}

/// The form of a graph.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(super) enum Form {
    /// Mermaid, which GitHub and GitLab draw.
    Mermaid,
    /// Graphviz.
    Dot,
    /// A picture.
    Svg,
}

pub(super) fn run(command: &Graph, color: ColorChoice) -> Exit {
    let Some(files) = input::files(&command.input) else {
        return Exit::CouldNotRun;
    };
    let drawn = crate::graph(files, &input::options(&command.input));
    report(&drawn.report, &drawn.sources, color);
    let Some(flow) = drawn.graph else {
        return Exit::WrongInput;
    };
    data(&match command.format {
        Form::Mermaid => graph::mermaid(&flow),
        Form::Dot => graph::dot(&flow),
        Form::Svg => graph::svg(&flow),
    })
}
