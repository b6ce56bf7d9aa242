//! A pure compiler from `functions.yaml` to plain Kubernetes manifests.
//!
//! Text in, text out: no clock, randomness, environment, network or file is touched here, so the
//! same input gives the same bytes on every machine. The stages, each a module that knows only
//! those before it:
//!
//! ```text
//! source ─▶ schema ─▶ resolve ─▶ plan ─▶ render ─▶ manifest
//! bytes     typed,    complete,  which   YAML      checked,
//! to tree   checked   meant      objects text      canonical
//! ```
//!
//! ```
//! use kubefunctl::{File, Options, compile};
//!
//! let text = "app: shop\nimage: acme/shop:1.0\nfunctions:\n- name: cart\n";
//! let file = File { name: "functions.yaml".into(), bytes: text.into() };
//! let compiled = compile(vec![file], &Options::default());
//! assert!(!compiled.report.has_errors());
//! assert!(compiled.yaml().unwrap_or_default().contains("kind: Deployment\n"));
//! ```

pub mod cli;
pub mod diag;
pub mod manifest;
mod parallel;
pub mod plan;
pub mod render;
pub mod resolve;
pub mod schema;
pub mod source;

use diag::codes::object::TEMPLATE_FAILED;
use diag::{Diagnostic, Report, Severity};
use manifest::Object;
use resolve::App;
pub use resolve::Options;
use source::Sources;

/// An input file, read by the caller.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct File {
    /// The name that findings show.
    pub name: String,
    /// What is in it.
    pub bytes: Vec<u8>,
}

/// What came of a set of files.
#[derive(Debug)]
pub struct Compiled {
    /// The texts that findings point into.
    pub sources: Sources,
    /// All findings, in source order.
    pub report: Report,
    /// The objects in output order; `None` where the input is wrong.
    pub objects: Option<Vec<Object>>,
    header: String,
}

impl Compiled {
    /// The objects as a canonical YAML stream; `None` where the input is wrong.
    #[must_use]
    pub fn yaml(&self) -> Option<String> {
        let objects = self.objects.as_ref()?;
        let mut out = String::new();
        let documents = objects.iter().map(|object| object.yaml.as_str());
        manifest::emit_stream(documents, &self.header, &mut out);
        Some(out)
    }

    /// The objects as one Kubernetes `List` in JSON; `None` where the input is wrong.
    #[must_use]
    pub fn json(&self) -> Option<String> {
        let objects = self.objects.as_ref()?.iter();
        let items: Vec<_> = objects
            .filter_map(|o| manifest::parse(&o.yaml).ok())
            .collect();
        let list = serde_json::json!({"apiVersion": "v1", "kind": "List", "items": items});
        Some(serde_json::to_string_pretty(&list).unwrap_or_default() + "\n")
    }
}

/// Compiles a set of files as one: they may refer to each other, and must not collide.
#[must_use]
pub fn compile(files: Vec<File>, options: &Options) -> Compiled {
    let mut sources = Sources::new();
    let mut report = Report::default();
    let objects = objects(files, options, &mut sources, &mut report);
    report.settle();
    let objects = if report.has_errors() { None } else { objects };
    Compiled {
        sources,
        report,
        objects,
        header: header(options),
    }
}

/// The stages up to `resolve` look at all there is, whatever is wrong with some of it; objects are
/// made of what is right only.
fn objects(
    files: Vec<File>,
    options: &Options,
    sources: &mut Sources,
    report: &mut Report,
) -> Option<Vec<Object>> {
    let mut apps: Vec<App> = Vec::new();
    for file in files {
        let before = report.count(Severity::Error);
        let tree = schema::read(sources, &file.name, file.bytes, report);
        let spec = tree.and_then(|tree| schema::application(tree, report));
        let complete = report.count(Severity::Error) == before;
        apps.extend(spec.map(|spec| resolve::resolve(&spec, complete, options, report)));
    }
    resolve::link(&mut apps, !report.has_errors(), report);
    if report.has_errors() {
        return None;
    }
    let engine = match render::Engine::new() {
        Ok(engine) => engine,
        Err(error) => {
            report.push(Diagnostic::global(&TEMPLATE_FAILED, error.to_string()));
            return None;
        }
    };
    let made = parallel::map(&plan::units(&apps), |unit| make(&engine, unit));
    let mut objects = Vec::new();
    for (made, findings) in made {
        objects.extend(made);
        report.absorb(findings);
    }
    Some(manifest::assemble(objects, report))
}

/// The objects of one unit, through the rest of the stages.
fn make(engine: &render::Engine, unit: &plan::Unit<'_>) -> (Vec<Object>, Report) {
    let mut report = Report::default();
    let mut objects = Vec::new();
    for planned in unit.plan() {
        let text = render::render(engine, &planned, &mut report);
        objects.extend(text.and_then(|text| manifest::check(&planned, &text, &mut report)));
    }
    (objects, report)
}

/// The comment above a stream. It repeats the flags that shaped the output, in a fixed order, so
/// that the next person can repeat the render; it names no path, time or version.
fn header(options: &Options) -> String {
    let mut flags = String::new();
    let mut flag = |name: &str, value: &str| {
        flags.push_str(&format!(" --{name} {value}"));
    };
    if let Some(release) = &options.release {
        flag("release", release);
    }
    if let Some(namespace) = &options.namespace {
        flag("namespace", namespace);
    }
    if let Some(image) = &options.image {
        flag("image", image);
    }
    for (name, image) in &options.images {
        flag("image", &format!("{name}={image}"));
    }
    let mut header =
        "Generated by kubefunctl. Do not edit: change the input and render again.".to_owned();
    if !flags.is_empty() {
        header.push_str(&format!("\nRendered with:{flags}"));
    }
    header
}
