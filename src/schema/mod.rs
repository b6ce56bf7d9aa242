//! From a tree to a typed functions.yaml: syntax faults, old spellings, the shape, the defaults.
//!
//! ```text
//! bytes ─ source::parse ─▶ tree ─ compat ─▶ tree ─ shape ─▶ tree ─ overlay ─▶ tree
//!                                       Application ◀─ decode ─ tree ◀─ blocks ─ tree ◀─ fold ─┘
//! ```

mod blocks;
mod compat;
mod decode;
mod editor;
mod elsewhere;
pub mod fault;
mod fold;
pub mod kinds;
mod label;
mod located;
mod lost;
pub mod order;
mod overlay;
mod placed;
mod prune;
mod shape;
pub mod spec;
mod syntax;
mod version;

pub use elsewhere::seen_elsewhere;
pub use label::label;
pub use located::{Located, Text};
pub use lost::Lost;
pub use placed::{Data, Placed};
pub use shape::expectation;
use spec::Application;
pub use version::minor;

use crate::diag::codes::{reading, shape as code};
use crate::diag::{Diagnostic, Report, Severity};
use crate::source::{FileId, Limits, Node, NodeValue, Sources, Span};

/// The JSON schema of functions.yaml, generated from the types in [`spec`].
pub const FUNCTIONS_SCHEMA: &str = include_str!("../../schemas/functions.schema.json");

/// The JSON schema of functions.yaml as the types in [`spec`] have it, in the draft that editors
/// read (draft-07), with a final newline. `schemas/functions.schema.json` holds this text.
///
/// # Errors
/// None that an input can cause: serialising a schema does not fail.
pub fn functions_schema() -> Result<String, serde_json::Error> {
    let generator = schemars::generate::SchemaSettings::draft07().into_generator();
    let mut schema = generator.into_root_schema_for::<Application>().to_value();
    spec::environment::add(&mut schema);
    editor::polish(&mut schema);
    serde_json::to_string_pretty(&schema).map(|text| text + "\n")
}

/// Adds a file to `sources` and reads it as one document.
///
/// Gives `None` where the document cannot be read; the report then says why.
pub fn read(
    sources: &mut Sources,
    name: &str,
    bytes: Vec<u8>,
    report: &mut Report,
) -> Option<Node> {
    let limits = Limits::default();
    let parsed = sources
        .add_bytes(name, bytes, &limits)
        .and_then(|file| Ok((file, crate::source::parse(sources, file, &limits)?)));
    match parsed {
        Ok((_, Some(tree))) if !tree.is_null() => Some(tree),
        Ok((file, _)) => {
            report.push(empty(file));
            None
        }
        Err(faults) => {
            faults
                .iter()
                .map(syntax::diagnostic)
                .for_each(|d| report.push(d));
            None
        }
    }
}

fn empty(file: FileId) -> Diagnostic {
    Diagnostic::at(&reading::EMPTY, Span::new(file, 0, 0), "the file is empty")
        .help("`app`, `image` and one function under `functions` make the smallest useful file")
}

/// Reports an environment that is asked for and that none of the trees has, and trees that have
/// environments of which none is asked for.
pub fn choose(trees: &[Node], environment: Option<&str>, report: &mut Report) {
    overlay::choose(trees, environment, report);
}

/// The names of the environments of a tree.
#[must_use]
pub fn environments(tree: &Node) -> Vec<String> {
    let entries = overlay::environments(tree).iter();
    entries.map(|entry| entry.key.clone()).collect()
}

/// A document, as far as it could be read.
#[derive(Debug)]
pub struct Read {
    /// What is in it.
    pub spec: Application,
    /// What is left out.
    pub lost: Lost,
    /// Where its functions are written; where it begins, if there are none.
    pub place: Span,
}

/// Where a file has its functions, or else its first key.
fn place_of_functions(tree: &Node) -> Span {
    let first = || tree.as_map().and_then(<[_]>::first);
    let entry = tree.entry("functions").or_else(first);
    entry.map_or(tree.span, |entry| entry.key_span)
}

/// Checks a tree against the schema and reads it into types: as it is in an environment or, with
/// none, without any.
///
/// What does not fit is reported and left out, so that later stages can look at the rest; the
/// report then has errors, and [`Lost`] says what it was. `None` where nothing is left to look at.
pub fn application(mut tree: Node, environment: Option<&str>, report: &mut Report) -> Option<Read> {
    if !matches!(tree.value, NodeValue::Map(_)) {
        report.push(
            Diagnostic::at(
                &code::WRONG_TYPE,
                tree.span,
                "a functions.yaml is a mapping",
            )
            .label(format!("this is a {}", tree.kind()))
            .help("begin with `app: NAME`"),
        );
        return None;
    }
    let place = place_of_functions(&tree);
    let mut lost = Lost::default();
    let before = report.count(Severity::Error);
    compat::modernise(&mut tree, report);
    let old = report.count(Severity::Error);
    let faults = shape::check(&tree, report);
    lost.add(&faults);
    prune::prune(&mut tree, faults, shape::faults);
    let minor = version::check(&tree, report);
    let shaped = report.count(Severity::Error);
    overlay::check(&tree, report);
    // Which of two spellings counts, or whose an environment's entry is, cannot be told.
    if old > before || report.count(Severity::Error) > shaped {
        lost.anything();
    }
    blocks::check_environments(&tree, minor, report);
    let varied = overlay::apply(&mut tree, environment);
    fold::defaults(&mut tree);
    overlay::sweep(&mut tree, varied);
    if varied {
        // Each was fine by itself; together they may lack something.
        let faults = shape::check(&tree, report);
        lost.add(&faults);
        prune::prune(&mut tree, faults, shape::faults);
    }
    let minor = version::of(&tree).unwrap_or(minor);
    blocks::check(&tree, minor, report);
    let octal = decode::Octal::default();
    let decoded = decode::decode(&tree, &octal);
    for (span, scalar) in octal.take() {
        report.push(elsewhere::octal_number(span, scalar));
    }
    match decoded {
        Ok(spec) => Some(Read { spec, lost, place }),
        Err(error) => {
            let span = error.span.unwrap_or(tree.span);
            report.push(Diagnostic::at(&code::BAD_SHAPE, span, error.message));
            None
        }
    }
}
