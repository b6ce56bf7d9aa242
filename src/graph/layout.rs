//! Where nodes stand: columns by the way messages go, rows by their neighbours.

use super::{Graph, Shape};

/// Sweeps over the columns that put neighbours on a level; more change nothing worth seeing.
const SWEEPS: usize = 4;

/// The column and row of each node.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Layout {
    pub(super) places: Vec<(usize, usize)>,
    pub(super) columns: usize,
    pub(super) rows: usize,
}

/// Places all nodes.
pub(super) fn layout(graph: &Graph) -> Layout {
    let column = |shape: Shape| match shape {
        Shape::Source => 0,
        Shape::Topic => 1,
        Shape::Function => 2,
        Shape::DeadLetter => 3,
    };
    let mut columns: Vec<Vec<usize>> = vec![Vec::new(); 4];
    for (number, node) in graph.nodes.iter().enumerate() {
        columns[column(node.shape)].push(number);
    }
    columns.retain(|nodes| !nodes.is_empty());
    let mut neighbours: Vec<Vec<usize>> = vec![Vec::new(); graph.nodes.len()];
    for edge in &graph.edges {
        neighbours[edge.from].push(edge.to);
        neighbours[edge.to].push(edge.from);
    }
    let mut row = vec![0_usize; graph.nodes.len()];
    let number_rows = |nodes: &[usize], row: &mut [usize]| {
        for (at, &node) in nodes.iter().enumerate() {
            row[node] = at;
        }
    };
    for nodes in &columns {
        number_rows(nodes, &mut row);
    }
    for sweep in 0..SWEEPS {
        let mut order: Vec<usize> = (0..columns.len()).collect();
        if sweep % 2 == 1 {
            order.reverse();
        }
        for index in order {
            let mut nodes = std::mem::take(&mut columns[index]);
            // The mean row of its neighbours, as a fraction, so that no rounding decides.
            let mean = |node: usize| {
                let near = &neighbours[node];
                let sum: usize = near.iter().map(|&other| row[other]).sum();
                (sum, near.len().max(1))
            };
            let means: Vec<_> = (0..row.len()).map(mean).collect();
            nodes.sort_by(|&a, &b| {
                let ((x, n), (y, m)) = (means[a], means[b]);
                (x * m).cmp(&(y * n)).then(a.cmp(&b))
            });
            number_rows(&nodes, &mut row);
            columns[index] = nodes;
        }
    }
    let mut places = vec![(0, 0); graph.nodes.len()];
    for (column, nodes) in columns.iter().enumerate() {
        for &node in nodes {
            places[node] = (column, row[node]);
        }
    }
    Layout {
        rows: columns.iter().map(Vec::len).max().unwrap_or(0),
        columns: columns.len(),
        places,
    }
}
