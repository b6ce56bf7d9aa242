//! One file an object.

use std::collections::BTreeMap;
use std::path::Path;

use serde_json::json;

use super::disk::Disk;
use super::plan::{Allow, KUSTOMIZATION, Step, plan};
use super::{Refusal, names};
use crate::Compiled;
use crate::manifest::{emit, emit_stream};

/// The files of a directory: one an object, and the list of them. `None` where the input is
/// wrong.
pub(super) fn files(compiled: &Compiled) -> Option<BTreeMap<String, String>> {
    let objects = compiled.objects.as_ref()?;
    let ids: Vec<_> = objects.iter().map(|object| &object.id).collect();
    let names = names::file_names(&ids);
    // The flags stand in the list alone: what they do not change is the same file for all flags.
    let header = compiled.header();
    let short = header.lines().next().unwrap_or_default();
    let mut files = BTreeMap::new();
    for (object, name) in objects.iter().zip(&names) {
        let mut text = String::new();
        emit_stream([object.yaml.as_str()], short, &mut text);
        files.insert(name.clone(), text);
    }
    let list = json!({
        "apiVersion": "kustomize.config.k8s.io/v1beta1",
        "kind": "Kustomization",
        "resources": names,
        "sortOptions": {"order": "fifo"},
    });
    let (mut body, mut text) = (String::new(), String::new());
    emit(&list, &mut body);
    emit_stream([body.as_str()], header, &mut text);
    files.insert(KUSTOMIZATION.to_owned(), text);
    Some(files)
}

/// Makes a directory hold these files; what is worth saying though it worked.
///
/// # Errors
/// What the plan refuses, and what the disk does.
pub(super) fn write(
    path: &Path,
    wanted: &BTreeMap<String, String>,
    allow: Allow,
) -> Result<Vec<String>, Refusal> {
    let disk = Disk::open(path)?;
    let existing = disk.look(wanted)?;
    let (steps, warnings) = plan(&existing, wanted, allow)?;
    for step in &steps {
        match step {
            Step::Write(name, text) => disk.write(name, text)?,
            Step::Remove(name) => disk.remove(name)?,
        }
    }
    Ok(warnings)
}
