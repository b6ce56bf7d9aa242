//! Files and flags as the compiler takes them.

use std::collections::BTreeSet;
use std::io::Read;
use std::path::{Component, Path, PathBuf};
use std::sync::Arc;

use super::args::Input;
use super::folder::Folder;
use super::output::complain;
use crate::source::Limits;
use crate::templates::Files;
use crate::{File, Options};

/// The file that is read where none is named.
const USUAL: &str = "functions.yaml";

/// Reads the files; `None` where one cannot be, which has then been said.
pub(super) fn files(input: &Input) -> Option<Vec<File>> {
    let mut names: Vec<&str> = input
        .files
        .iter()
        .chain(&input.functions)
        .map(String::as_str)
        .collect();
    if names.is_empty() {
        names.push(USUAL);
    }
    if let Some(twice) = twice(&names) {
        complain(&format!("{twice} is given twice"));
        return None;
    }
    if let Some(directory) = &input.templates
        && let Err(error) = listed(directory)
    {
        complain(&format!(
            "cannot read the templates in {directory}: {error}"
        ));
        return None;
    }
    let read: Vec<_> = names.iter().map(|name| file(name)).collect();
    read.into_iter().collect()
}

/// A file that is named twice: each of its objects would be there twice.
fn twice<'a>(names: &[&'a str]) -> Option<&'a str> {
    let plain = |name: &str| {
        let steps = Path::new(name).components();
        steps
            .filter(|step| *step != Component::CurDir)
            .collect::<PathBuf>()
    };
    let mut seen = BTreeSet::new();
    names.iter().copied().find(|name| !seen.insert(plain(name)))
}

/// Reads one file; `None` where it cannot be, which has then been said.
pub(super) fn file(name: &str) -> Option<File> {
    let (shown, bytes) = match name {
        "-" => ("<stdin>", bounded(&mut std::io::stdin().lock())),
        name => (name, open(name)),
    };
    match bytes {
        Ok(bytes) => Some(File {
            name: shown.to_owned(),
            bytes,
        }),
        Err(error) => {
            complain(&format!("cannot read {shown}: {error}"));
            if name == USUAL {
                complain("name a file, or make one: `kubefunctl init` writes it");
            }
            None
        }
    }
}

#[allow(
    clippy::disallowed_methods,
    reason = "the command line is what reads files"
)]
fn open(name: &str) -> std::io::Result<Vec<u8>> {
    let mut file = std::fs::File::open(name)?;
    if file.metadata()?.is_dir() {
        return Err(std::io::Error::other("it is a directory"));
    }
    bounded(&mut file)
}

/// Whether a directory can be read at all; what is in it, the compiler asks for.
#[allow(
    clippy::disallowed_methods,
    reason = "the command line is what reads files"
)]
fn listed(directory: &str) -> std::io::Result<()> {
    std::fs::read_dir(directory).map(drop)
}

/// One byte more than is allowed is enough to know that it is too much.
fn bounded(from: &mut impl Read) -> std::io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    let limit = u64::try_from(Limits::default().bytes).unwrap_or(u64::MAX);
    from.take(limit.saturating_add(1)).read_to_end(&mut bytes)?;
    Ok(bytes)
}

/// The settings; `NAME=REF` is told from a reference by its `=`, which no reference has.
pub(super) fn options(input: &Input) -> Options {
    let mut options = Options {
        env: input.env.clone(),
        templates: input.templates.clone(),
        reader: Files(Some(Arc::new(Folder::default()))),
        release: input.release.clone(),
        namespace: input.namespace.clone(),
        ..Options::default()
    };
    for image in &input.image {
        match image.split_once('=') {
            Some((name, reference)) => {
                options.images.insert(name.to_owned(), reference.to_owned());
            }
            None => options.image = Some(image.clone()),
        }
    }
    options
}
