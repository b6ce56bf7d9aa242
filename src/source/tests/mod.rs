//! What the reader promises.

mod faults;
mod files;
mod hostile;
mod laws;
mod scalars;
mod tree;
mod writer;

use super::{Limits, Node, Sources, SyntaxFault, parse};

/// Reads one document with the default limits.
fn read(text: &str) -> Result<Option<Node>, Vec<SyntaxFault>> {
    let mut sources = Sources::new();
    let file = sources.add("test.yaml", text.to_owned());
    parse(&sources, file, &Limits::default())
}

/// Reads a document that is right and holds something.
fn tree(text: &str) -> Node {
    match read(text) {
        Ok(Some(node)) => node,
        other => panic!("{text:?} gave {other:?}"),
    }
}

/// The document as one line of JSON, keys sorted.
fn json(text: &str) -> String {
    tree(text).to_json().to_string()
}

/// The faults, each as `line:column text: message`, where text is what the span covers.
fn faults(text: &str) -> Vec<String> {
    let mut sources = Sources::new();
    let file = sources.add("test.yaml", text.to_owned());
    let Err(faults) = parse(&sources, file, &Limits::default()) else {
        return Vec::new();
    };
    let show = |fault: &SyntaxFault| {
        let (line, column) = sources.get(file).line_col(fault.span.start);
        let covered = sources.text(fault.span);
        format!("{line}:{column} {covered:?} {}", fault.kind)
    };
    faults.iter().map(show).collect()
}
