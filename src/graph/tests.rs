use super::{Edge, Graph, Node, Shape, dot, mermaid, svg};

fn graph(labels: &[(Shape, &str)], edges: &[(usize, usize, &str)]) -> Graph {
    Graph {
        nodes: labels
            .iter()
            .map(|(shape, label)| Node {
                shape: *shape,
                label: (*label).to_owned(),
            })
            .collect(),
        edges: edges
            .iter()
            .map(|(from, to, label)| Edge {
                from: *from,
                to: *to,
                label: (*label).to_owned(),
            })
            .collect(),
    }
}

#[test]
fn each_form_has_all_nodes_and_edges() {
    let graph = graph(
        &[
            (Shape::Source, "/a/"),
            (Shape::Topic, "orders"),
            (Shape::Function, "shop-a"),
            (Shape::DeadLetter, "orders.dead"),
        ],
        &[(0, 1, "GET"), (1, 2, "default"), (2, 3, "")],
    );
    assert_eq!(
        mermaid(&graph),
        "flowchart LR\n  n0([\"/a/\"])\n  n1>\"orders\"]\n  n2[\"shop-a\"]\n  \
         n3[(\"orders.dead\")]\n  n0 -->|\"GET\"| n1\n  n1 -->|\"default\"| n2\n  n2 --> n3\n"
    );
    let text = dot(&graph);
    assert!(text.starts_with("digraph functions {\n") && text.ends_with("}\n"));
    assert!(
        text.contains("  n2 [shape=box label=\"shop-a\"]\n  n3 "),
        "{text}"
    );
    assert!(text.contains("  n0 -> n1 [label=\"GET\"]\n"), "{text}");
    let picture = svg(&graph);
    assert_eq!(picture.matches("<path d=\"M").count(), 4, "{picture}");
    assert_eq!(picture.matches("<g>").count(), 4, "{picture}");
}

#[test]
fn no_label_can_be_anything_but_a_label() {
    let nasty = "\"]); <script>alert('&')</script> \\ |x| \u{1b}\n-->`#`";
    let graph = graph(
        &[(Shape::Source, nasty), (Shape::Topic, nasty)],
        &[(0, 1, nasty)],
    );
    let flow = mermaid(&graph);
    assert_eq!(flow.lines().count(), 4, "{flow}");
    assert!(
        !flow.contains('<') && !flow.contains('`') && !flow.contains('\\'),
        "{flow}"
    );
    let text = dot(&graph);
    assert_eq!(text.lines().count(), 6, "{text}");
    assert!(
        text.contains("\\\"]); <script>") && text.contains(" \\\\ |x|"),
        "{text}"
    );
    let picture = svg(&graph);
    assert!(
        !picture.contains("<script>") && !picture.contains('\u{1b}'),
        "{picture}"
    );
}

#[test]
fn neighbours_stand_on_a_level() {
    // Crossed by name, straight by layout.
    let graph = graph(
        &[
            (Shape::Topic, "a"),
            (Shape::Topic, "b"),
            (Shape::Function, "x"),
            (Shape::Function, "y"),
        ],
        &[(0, 3, ""), (1, 2, "")],
    );
    let layout = super::layout::layout(&graph);
    assert_eq!((layout.columns, layout.rows), (2, 2));
    assert_eq!(layout.places[0].1, layout.places[3].1);
    assert_eq!(layout.places[1].1, layout.places[2].1);
    let empty = svg(&Graph::default());
    assert!(empty.contains("width=\"40\""), "{empty}");
}
