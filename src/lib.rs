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

mod check;
pub mod cli;
pub mod diag;
pub mod diff;
pub mod graph;
pub mod import;
pub mod local;
pub mod manifest;
mod parallel;
pub mod plan;
pub mod render;
pub mod resolve;
pub mod schema;
pub mod source;
pub mod templates;

pub use check::check;
use diag::codes::object::TEMPLATE_FAILED;
use diag::{Diagnostic, Report, Severity};
use manifest::{Against, Object, Patches};
use render::Engine;
use resolve::App;
pub use resolve::Options;
use source::Sources;
use templates::{Directory, Templates};

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
        let size: usize = objects.iter().map(|object| object.yaml.len() + 4).sum();
        let mut out = String::with_capacity(size + self.header.len() + 100);
        let documents = objects.iter().map(|object| object.yaml.as_str());
        manifest::emit_stream(documents, &self.header, &mut out);
        Some(out)
    }

    /// The text of the comment above the stream: that it is generated, and with which flags.
    #[must_use]
    pub fn header(&self) -> &str {
        &self.header
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

/// What can be drawn of a set of files.
#[derive(Debug)]
pub struct Drawn {
    /// The texts that findings point into.
    pub sources: Sources,
    /// All findings of the stages before any object is made, in source order.
    pub report: Report,
    /// How messages flow; `None` where the input is wrong.
    pub graph: Option<graph::Graph>,
}

/// How requests and events flow through a set of files.
#[must_use]
pub fn graph(files: Vec<File>, options: &Options) -> Drawn {
    let mut sources = Sources::new();
    let mut report = Report::default();
    let (apps, _) = apps(files, options, &mut sources, &mut report);
    report.settle();
    let graph = (!report.has_errors()).then(|| graph::Graph::new(&apps));
    Drawn {
        sources,
        report,
        graph,
    }
}

/// What a set of files means on one machine; `None` where the input is wrong, about which
/// [`compile`] has all findings. Where no file has a gateway there is one all the same: here
/// somebody wants to try what is written.
#[must_use]
pub fn local(files: &[File], options: &Options) -> Option<local::Local> {
    const GATEWAY: &str = "app: local\ngateway: {}\n";
    let resolved = |files: Vec<File>| {
        let (mut sources, mut report) = (Sources::new(), Report::default());
        let (apps, _) = apps(files, options, &mut sources, &mut report);
        (!report.has_errors()).then_some(apps)
    };
    let apps = resolved(files.to_vec())?;
    if apps.iter().any(|app| app.gateway.is_some()) {
        return Some(local::Local::new(&apps, false));
    }
    let gateway = File {
        name: "<gateway>".to_owned(),
        bytes: GATEWAY.into(),
    };
    let apps = resolved(files.iter().cloned().chain([gateway]).collect())?;
    Some(local::Local::new(&apps, true))
}

/// The stages up to `resolve` look at all there is, whatever is wrong with some of it; objects are
/// made of what is right only.
fn objects(
    files: Vec<File>,
    options: &Options,
    sources: &mut Sources,
    report: &mut Report,
) -> Option<Vec<Object>> {
    let (apps, templates) = apps(files, options, sources, report);
    if report.has_errors() {
        return None;
    }
    let engines: Result<Vec<_>, _> = templates.iter().map(|t| Engine::new(&t.texts)).collect();
    let engines = match engines {
        Ok(engines) => engines,
        Err(error) => {
            report.push(Diagnostic::global(&TEMPLATE_FAILED, error.to_string()));
            return None;
        }
    };
    let settings: Vec<_> = engines.iter().zip(&templates).collect();
    let parts = apps.iter().zip(&settings).flat_map(|(app, settings)| {
        let units = plan::units(std::slice::from_ref(app)).into_iter();
        units.map(move |unit| (unit, *settings))
    });
    let units: Vec<_> = parts.collect();
    let made = parallel::map(&units, |(unit, (engine, templates))| {
        make(engine, templates, unit)
    });
    general_patches(&apps, units.iter().map(|(unit, _)| unit), &made, report);
    let mut objects = Vec::new();
    for made in made {
        objects.extend(made.objects);
        report.absorb(made.report);
    }
    Some(manifest::assemble(objects, report))
}

/// The applications of a set of files, linked, with all that can be found wrong with them.
fn apps(
    files: Vec<File>,
    options: &Options,
    sources: &mut Sources,
    report: &mut Report,
) -> (Vec<App>, Vec<Templates>) {
    let environment = options.env.as_deref();
    let mut read = |file: File| schema::read(sources, &file.name, file.bytes, report);
    let given = files.len();
    let trees: Vec<_> = files.into_iter().filter_map(&mut read).collect();
    let before = report.count(Severity::Error);
    schema::choose(&trees, environment, report);
    let chosen = report.count(Severity::Error) == before;
    let mut apps: Vec<App> = Vec::new();
    let mut names = Vec::new();
    let mut all = Vec::new();
    let mut unnamed = false;
    for tree in trees {
        let Some(read) = schema::application(tree, environment, report) else {
            continue;
        };
        unnamed |= read.lost.any(&["functions", "functions.name"]);
        names.extend(
            read.spec
                .functions
                .iter()
                .flatten()
                .map(|function| function.name.0.clone()),
        );
        let templates = templates(&read.spec, options, sources, report);
        let kinds = &templates.kinds;
        apps.push(resolve::resolve(&read, options, kinds, report));
        all.push(templates);
    }
    // What could not be read may have the function that seems to be missing.
    let complete = apps.len() == given && chosen;
    if complete && !unnamed {
        resolve::check_overrides(&names, options, report);
    }
    resolve::link(&mut apps, complete, report);
    (apps, all)
}

/// The user's templates for one application: none, where no directory is named.
fn templates(
    spec: &schema::spec::Application,
    options: &Options,
    sources: &Sources,
    report: &mut Report,
) -> Templates {
    let (directory, span) = match (&options.templates, &spec.templates) {
        (Some(given), _) => (Directory::Given(given), None),
        (None, Some(written)) => {
            let file = sources.get(written.span.file).name();
            let path = written.0.as_str();
            (Directory::Beside { file, path }, Some(written.span))
        }
        (None, None) => return Templates::default(),
    };
    let ours: Vec<_> = render::built_in().iter().map(|(name, _)| *name).collect();
    templates::read(&options.reader, directory, span, &ours, report)
}

/// What came of one unit.
struct Made {
    objects: Vec<Object>,
    report: Report,
    /// Which of the application's patches have found an object.
    used: Vec<bool>,
    /// The objects they were held against; nothing where there is no such patch.
    ids: Vec<plan::ObjectId>,
}

/// The objects of one unit, through the rest of the stages.
fn make(engine: &Engine<'_>, templates: &Templates, unit: &plan::Unit<'_>) -> Made {
    let mut report = Report::default();
    let mut objects = Vec::new();
    let (app, planned) = (unit.app(), unit.plan());
    let general = app.patches.len();
    let mut patches = Patches::new(app.patches.iter().chain(unit.patches()));
    for planned in &planned {
        let text = render::render(engine, planned, &mut report);
        objects.extend(text.and_then(|text| {
            let against = Against {
                minor: app.minor,
                templates,
            };
            manifest::check(planned, &text, against, &mut patches, &mut report)
        }));
    }
    let ids = planned.iter().map(|planned| &planned.id);
    patches.unused(general, &ids, &mut report);
    Made {
        objects,
        report,
        used: patches.used()[..general].to_vec(),
        ids: ids.filter(|_| general > 0).cloned().collect(),
    }
}

/// Reports the patches of whole applications that have found no object in any unit.
fn general_patches<'a>(
    apps: &[App],
    units: impl Iterator<Item = &'a plan::Unit<'a>>,
    made: &[Made],
    report: &mut Report,
) {
    let mut rest = units.zip(made).peekable();
    for app in apps {
        let mut patches = Patches::new(&app.patches);
        let mut ids = Vec::new();
        while let Some((_, made)) = rest.next_if(|(unit, _)| std::ptr::eq(unit.app(), app)) {
            patches.also_used(&made.used);
            ids.extend(&made.ids);
        }
        patches.unused(0, &ids.into_iter(), report);
    }
}

/// The comment above a stream. It repeats the flags that shaped the output, in a fixed order, so
/// that the next person can repeat the render; it names no path, time or version.
fn header(options: &Options) -> String {
    let mut flags = String::new();
    let mut flag = |name: &str, value: &str| {
        flags.push_str(&format!(" --{name} {value}"));
    };
    if let Some(env) = &options.env {
        flag("env", env);
    }
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
