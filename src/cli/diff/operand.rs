//! What OLD and NEW may be.

use super::at_commit::AtCommit;
use super::files::{self, Named};
use super::git::Commit;
use super::render::Now;
use super::{git, render};
use crate::diff::{Set, read};
use crate::source::{Limits, Sources, parse_stream};

/// Where an operand that names a revision alone is looked for.
const USUAL: [&str; 3] = ["out.yaml", "deploy", FUNCTIONS];
/// The application, where none is named.
pub(super) const FUNCTIONS: &str = "functions.yaml";

/// One side of a comparison.
pub(super) struct Operand {
    /// Its files.
    pub(super) files: Vec<Named>,
    /// The commit they are of, if they are not of now.
    pub(super) commit: Option<Commit>,
}

impl From<Vec<Named>> for Operand {
    fn from(files: Vec<Named>) -> Self {
        let commit = None;
        Self { files, commit }
    }
}

/// What an operand names; an error where it is nothing.
pub(super) fn load(operand: &str) -> Result<Operand, String> {
    let found = if operand == "-" {
        let stream = files::stream("<stdin>", &mut std::io::stdin().lock())?;
        Some(vec![stream].into())
    } else if let Some(place) = operand.strip_prefix("git:") {
        Some(of_revision(place)?)
    } else {
        files::read(operand)?.map(Operand::from)
    };
    let found = found.ok_or_else(|| format!("there is no `{operand}`"))?;
    match found.files.as_slice() {
        [] => Err(format!(
            "`{operand}` holds no manifest (.yaml, .yml or .json)"
        )),
        _ => Ok(found),
    }
}

/// `REV` or `REV:PATH`.
fn of_revision(place: &str) -> Result<Operand, String> {
    let (revision, path) = match place.split_once(':') {
        Some((revision, path)) => (revision, Some(path)),
        None => (place, None),
    };
    let commit = git::commit(revision)?;
    let places = path.as_ref().map_or(&USUAL[..], std::slice::from_ref);
    for path in places {
        if let Some(files) = git::files(&commit, path)? {
            let commit = Some(commit);
            return Ok(Operand { files, commit });
        }
    }
    if let Some(path) = path {
        return Err(format!("revision `{revision}` has no `{path}`"));
    }
    Err(format!(
        "revision `{revision}` has none of {}: name a path, as in git:{revision}:PATH",
        USUAL.join(", ")
    ))
}

/// The objects of such files: of manifests as they are, of a functions.yaml as it is rendered,
/// that of a commit with the templates of that commit.
pub(super) fn objects(operand: impl Into<Operand>, now: Now<'_>) -> Result<Set, String> {
    let Operand { files, commit } = operand.into();
    if let [file] = files.as_slice()
        && is_application(file)
    {
        let mut options = render::options(&[], now)?;
        if let Some(commit) = commit {
            options.reader = AtCommit(commit).into();
        }
        let compiled = render::rendered(files, &options, now.color)?;
        return render::set(&compiled);
    }
    let mut set = Set::default();
    let mut faults = Vec::new();
    for Named { name, bytes } in files {
        let empty = name != "/dev/null";
        match read(&name, bytes, &mut set) {
            Ok(0) if empty => faults.push(format!("{name}: the file holds no object")),
            Ok(_) => {}
            Err(error) => faults.push(error.to_string()),
        }
    }
    match faults.as_slice() {
        [] => Ok(set),
        faults => Err(faults.join("\n")),
    }
}

/// Whether a file is a functions.yaml: a mapping that does not say of what kind it is.
pub(super) fn is_application(file: &Named) -> bool {
    // What most manifests have is found without reading all of them twice.
    let says = |line: &[u8]| line.starts_with(b"apiVersion:") || line.starts_with(b"kind:");
    if file.bytes.split(|byte| *byte == b'\n').any(says) {
        return false;
    }
    let limits = Limits::default();
    let mut sources = Sources::new();
    let Ok(id) = sources.add_bytes(file.name.as_str(), file.bytes.clone(), &limits) else {
        return false;
    };
    let documents = parse_stream(&sources, id, &limits).unwrap_or_default();
    let roots = documents.into_iter().map(|document| document.root);
    let mut roots = roots.filter_map(|root| root.ok().flatten());
    roots.next().is_some_and(|root| {
        root.as_map().is_some() && root.get("apiVersion").is_none() && root.get("kind").is_none()
    })
}

/// The applications that are rendered now.
pub(super) fn applications(functions: &[String]) -> Result<Vec<Named>, String> {
    if functions.is_empty() {
        let found = files::read(FUNCTIONS)?;
        return found.ok_or_else(|| {
            format!("there is no {FUNCTIONS} here to render: name it with -f, or name OLD and NEW")
        });
    }
    let mut all = Vec::new();
    for name in functions {
        all.extend(load(name)?.files);
    }
    Ok(all)
}
