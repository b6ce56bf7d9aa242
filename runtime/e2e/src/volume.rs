//! Mounted folders, and where they are on this machine.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use serde_json::Value;

use crate::Fault;
use crate::object::{Object, find, list, mapping, text};
use crate::pod::Pod;

/// The mounts of one container.
#[derive(Debug, Default)]
pub struct Mounts {
    /// Path in the container and path here.
    paths: Vec<(String, PathBuf)>,
    /// What volumes hold at the start.
    files: Vec<(PathBuf, String)>,
}

impl Mounts {
    /// Reads `volumeMounts`; each volume becomes a folder below `root`, shared by all containers
    /// of the pod that mount it.
    ///
    /// # Errors
    /// When a mount names no volume, a ConfigMap lacks a key, or a volume is of no known sort.
    pub fn read(
        container: &Value,
        pod: &Pod,
        objects: &[Object],
        root: &Path,
    ) -> Result<Mounts, Fault> {
        let mut mounts = Mounts::default();
        for mount in list(container, "/volumeMounts") {
            let name = text(mount, "/name");
            let folder = root.join(name);
            let files = contents(name, pod, objects)?;
            let sub_path = text(mount, "/subPath");
            if !sub_path.is_empty() && !files.contains_key(sub_path) {
                return Err(format!("volume {name} holds no {sub_path}"));
            }
            mounts.files.extend(
                files
                    .into_iter()
                    .map(|(file, text)| (folder.join(file), text)),
            );
            let here = if sub_path.is_empty() {
                folder
            } else {
                folder.join(sub_path)
            };
            let path = text(mount, "/mountPath").trim_end_matches('/').to_owned();
            mounts.paths.push((path, here));
        }
        // The longest first: a mount may lie within another.
        mounts
            .paths
            .sort_by_key(|(path, _)| std::cmp::Reverse(path.len()));
        Ok(mounts)
    }

    /// Creates the folders and writes their files.
    ///
    /// # Errors
    /// When the disk refuses.
    pub fn create(&self) -> Result<(), Fault> {
        let folders = self
            .paths
            .iter()
            .filter(|(_, here)| !self.files.iter().any(|(f, _)| f == here));
        for (_, here) in folders {
            fs::create_dir_all(here).map_err(|error| format!("{}: {error}", here.display()))?;
        }
        for (file, text) in &self.files {
            let parent = file.parent().unwrap_or(file);
            let written = fs::create_dir_all(parent).and_then(|()| fs::write(file, text));
            written.map_err(|error| format!("{}: {error}", file.display()))?;
        }
        Ok(())
    }

    /// `text` with the path here in place of a path in the container: the whole text, or what
    /// follows `=` or `,` in it.
    ///
    /// # Errors
    /// When a path is on no volume, so that nothing could be there.
    pub fn rewrite(&self, text: &str) -> Result<String, Fault> {
        let mut parts = Vec::new();
        for part in text.split_inclusive(['=', ',']) {
            let (path, separator) = match part.strip_suffix(['=', ',']) {
                Some(path) => (path, &part[path.len()..]),
                None => (part, ""),
            };
            let here = if path.starts_with('/') {
                self.locate(path)?
            } else {
                path.to_owned()
            };
            parts.push(format!("{here}{separator}"));
        }
        Ok(parts.concat())
    }

    fn locate(&self, path: &str) -> Result<String, Fault> {
        let below = |mount: &str| {
            path.strip_prefix(mount)
                .filter(|r| r.is_empty() || r.starts_with('/'))
        };
        self.paths
            .iter()
            .find_map(|(mount, here)| Some(format!("{}{}", here.display(), below(mount)?)))
            .ok_or_else(|| format!("{path}: no volume of the pod holds it"))
    }
}

/// File names and texts of a volume; empty for one that starts empty.
fn contents(name: &str, pod: &Pod, objects: &[Object]) -> Result<BTreeMap<String, String>, Fault> {
    if pod.claims.iter().any(|claim| claim == name) {
        return Ok(BTreeMap::new());
    }
    let volumes = list(&pod.spec, "/volumes");
    let volume = volumes.iter().find(|volume| text(volume, "/name") == name);
    let volume = volume.ok_or_else(|| format!("{}: there is no volume {name}", pod.name))?;
    if volume.get("emptyDir").is_some() {
        return Ok(BTreeMap::new());
    }
    let Some(source) = volume.get("configMap") else {
        return Err(format!("volume {name} is of a sort not known here"));
    };
    let config = find(objects, "ConfigMap", &pod.namespace, text(source, "/name"))?;
    let data = mapping(config.at(""), "/data");
    let items = list(source, "/items");
    if items.is_empty() {
        return Ok(data);
    }
    let chosen = items.iter().map(|item| {
        let key = text(item, "/key");
        let value = data
            .get(key)
            .ok_or_else(|| format!("ConfigMap {} has no key {key}", config.name()))?;
        Ok((text(item, "/path").to_owned(), value.clone()))
    });
    chosen.collect()
}
